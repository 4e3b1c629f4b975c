// ApiFunction: a Lambda that an API of API Gateway calls, message by message; its archive comes from configuration.
// Who may call it is said by the API, and what it may do by whoever wires it.

import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { closedGroup } from "./closed-group.ts";
import { lambdaFunction } from "./lambda-function.ts";
import type { Statement } from "./trust.ts";

export interface ApiFunctionArgs {
  /** Path of a .zip with `index.handler` in it. */
  readonly archive: string;
  readonly memoryMiB: number;
  readonly concurrencyMax: number;
  readonly environment?: Record<string, pulumi.Input<string>>;
  readonly statements: readonly Statement[];
  readonly vpcId: pulumi.Input<string>;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** API Gateway waits 29 s and no longer; whoever needs more is late anyway. */
const timeoutSeconds = 10;

export class ApiFunction extends pulumi.ComponentResource {
  readonly functionName: pulumi.Output<string>;
  readonly invokeArn: pulumi.Output<string>;
  readonly roleName: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: ApiFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:ApiFunction", name, {}, opts);
    const group = closedGroup(name, args.vpcId, this);
    const { fn, role } = lambdaFunction(
      name,
      {
        ...args,
        code: new pulumi.asset.FileArchive(args.archive),
        timeoutSeconds,
        securityGroupIds: [group.id],
      },
      { parent: this },
    );
    alarm(
      `${name}-errors`,
      {
        description: `${name} fails: its callers get errors`,
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: fn.name },
        statistic: "Sum",
        periodSeconds: 60,
        periods: 3,
        when: ">",
        threshold: 5,
        silence: "notBreaching",
        topicArn: args.alarmTopicArn,
      },
      { parent: this },
    );
    this.functionName = fn.name;
    this.invokeArn = fn.invokeArn;
    this.roleName = role.name;
    this.securityGroupId = group.id;
    this.registerOutputs({ functionName: this.functionName, roleName: this.roleName });
  }
}
