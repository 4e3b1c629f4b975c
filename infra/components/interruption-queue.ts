// InterruptionQueue: what EC2 tells of instances that will go (Spot two minutes ahead, rebalancing, maintenance,
// changes of state), for whoever moves their pods first. A notice is worth nothing after five minutes, and is
// gone then.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, queueTlsOnly } from "./trust.ts";

export interface InterruptionQueueArgs {
  readonly dataKeyArn: pulumi.Input<string>;
}

/** By label: source and kind of the event, as EventBridge names them. */
const notices = {
  spot: ["aws.ec2", "EC2 Spot Instance Interruption Warning"],
  rebalance: ["aws.ec2", "EC2 Instance Rebalance Recommendation"],
  state: ["aws.ec2", "EC2 Instance State-change Notification"],
  health: ["aws.health", "AWS Health Event"],
} as const;

const noticeSeconds = 300;

export class InterruptionQueue extends pulumi.ComponentResource {
  readonly queueName: pulumi.Output<string>;
  readonly queueArn: pulumi.Output<string>;

  constructor(
    name: string,
    args: InterruptionQueueArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:InterruptionQueue", name, {}, options);
    const parent = { parent: this };
    const queue = new aws.sqs.Queue(
      name,
      { messageRetentionSeconds: noticeSeconds, kmsMasterKeyId: args.dataKeyArn },
      parent,
    );
    const rules = Object.entries(notices).map(([label, [source, kind]]) => {
      const rule = new aws.cloudwatch.EventRule(
        `${name}-${label}`,
        {
          description: `${kind}, for the nodes of the cluster`,
          eventPattern: JSON.stringify({ source: [source], "detail-type": [kind] }),
        },
        parent,
      );
      new aws.cloudwatch.EventTarget(
        `${name}-${label}-target`,
        { rule: rule.name, arn: queue.arn },
        parent,
      );
      return rule;
    });
    new aws.sqs.QueuePolicy(
      `${name}-policy`,
      {
        queueUrl: queue.id,
        policy: policyDocument([
          queueTlsOnly(queue.arn),
          {
            Sid: "Notices",
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sqs:SendMessage",
            Resource: queue.arn,
            Condition: { ArnEquals: { "aws:SourceArn": rules.map(({ arn }) => arn) } },
          },
        ]),
      },
      parent,
    );
    this.queueName = queue.name;
    this.queueArn = queue.arn;
    this.registerOutputs({ queueName: this.queueName, queueArn: this.queueArn });
  }
}
