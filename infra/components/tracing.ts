// Tracing: X-Ray's rules for a region. Orders are traced one in a hundred, whatever fails is found by its group. Nothing of the
// path through the engines is traced: its steps are measured by the engines themselves.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface TracingArgs {
  readonly dataKeyArn: pulumi.Input<string>;
}

const anything = {
  host: "*",
  httpMethod: "*",
  serviceName: "*",
  serviceType: "*",
  resourceArn: "*",
};

export class Tracing extends pulumi.ComponentResource {
  readonly groupArns: pulumi.Output<string>[];

  constructor(name: string, args: TracingArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Tracing", name, {}, options);
    const parent = { parent: this };
    new aws.xray.EncryptionConfig(
      `${name}-encryption`,
      { type: "KMS", keyId: args.dataKeyArn },
      parent,
    );
    new aws.xray.SamplingRule(
      `${name}-orders`,
      {
        ruleName: "castle-orders",
        priority: 100,
        version: 1,
        ...anything,
        urlPath: "/api/v3/order*",
        reservoirSize: 5,
        fixedRate: 0.01,
      },
      parent,
    );
    new aws.xray.SamplingRule(
      `${name}-others`,
      {
        ruleName: "castle-others",
        priority: 1000,
        version: 1,
        ...anything,
        urlPath: "*",
        reservoirSize: 1,
        fixedRate: 0.05,
      },
      parent,
    );
    const groups = {
      faults: "fault = true OR error = true",
      // What the seeds ask for at p99.
      slow: "responsetime > 0.1",
    };
    this.groupArns = Object.entries(groups).map(
      ([kind, filterExpression]) =>
        new aws.xray.Group(
          `${name}-${kind}`,
          {
            groupName: `castle-${kind}`,
            filterExpression,
            insightsConfiguration: {
              insightsEnabled: kind === "faults",
              notificationsEnabled: kind === "faults",
            },
          },
          parent,
        ).arn,
    );
    this.registerOutputs({ groupArns: this.groupArns });
  }
}
