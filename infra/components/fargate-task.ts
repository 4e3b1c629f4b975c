// FargateTask: a task that runs when it is asked for, by a schedule or an operator: definition, roles, group. On
// demand, never on Spot: a witness that is taken away in the middle has seen nothing.

import * as pulumi from "@pulumi/pulumi";
import { defineTask, type TaskArgs } from "./task-definition.ts";
import { taskGroup } from "./task-group.ts";

export interface FargateTaskArgs extends TaskArgs {
  readonly vpcId: pulumi.Input<string>;
}

export class FargateTask extends pulumi.ComponentResource {
  readonly taskDefinitionArn: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** Execution and task role: whoever starts it hands them over. */
  readonly roleArns: readonly pulumi.Output<string>[];

  constructor(name: string, args: FargateTaskArgs, options?: pulumi.ComponentResourceOptions) {
    super("castle:infra:FargateTask", name, {}, options);
    const task = defineTask(name, args, this);
    this.taskDefinitionArn = task.arn;
    this.securityGroupId = taskGroup(name, args.vpcId, [], this).id;
    this.roleArns = [task.executionRoleArn, task.taskRoleArn];
    this.registerOutputs({ taskDefinitionArn: this.taskDefinitionArn });
  }
}
