// NodeEvents: where ElastiCache, MemoryDB and DAX tell what befell their nodes: failed over, replaced, no snapshot. A topic apart
// from alarms, for ElastiCache publishes to none that is encrypted, and to none that knows its publishers by aws:SourceAccount
// (ElastiCache guide, "Event Notifications and Amazon SNS"). What it holds are names of nodes and of events.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./trust.ts";

export interface NodeEventsArgs {
  readonly accountId: pulumi.Input<string>;
  readonly email: string;
}

/** By it policies know the one topic without a key. */
const tags = { contents: "node-events" };

export class NodeEvents extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, args: NodeEventsArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:NodeEvents", name, {}, options);
    const parent = { parent: this };
    const topic = new aws.sns.Topic(name, { tags }, parent);
    const policy = new aws.sns.TopicPolicy(
      name,
      {
        arn: topic.arn,
        policy: policyDocument([
          {
            Sid: "StoresOfTheAccount",
            Effect: "Allow",
            Principal: { AWS: "*" },
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: { StringEquals: { "aws:SourceOwner": args.accountId } },
          },
          {
            Sid: "TlsOnly",
            Effect: "Deny",
            Principal: { AWS: "*" },
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ]),
      },
      parent,
    );
    new aws.sns.TopicSubscription(
      `${name}-email`,
      { topic: topic.arn, protocol: "email", endpoint: args.email },
      parent,
    );
    // A store that finds the topic closed turns its notifications off for good.
    this.topicArn = policy.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}
