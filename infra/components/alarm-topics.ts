// AlarmTopics: where alarms go: pages wake somebody, tickets are looked at in working hours. Each region has its own, with a key of its
// own that only the services that raise alarms may use; nothing here waits for the other region.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, serviceRole } from "./trust.ts";

export interface AlarmTopicsArgs {
  readonly accountId: pulumi.Input<string>;
  /** Where alarms are raised, if it is not the provider's region. */
  readonly region?: string;
  readonly email: string;
  /** AWS Chatbot: workspace and channel, both authorised by hand once. */
  readonly slack?: { readonly teamId: string; readonly channelId: string };
}

/** Everything that raises an alarm of ours. */
const publishers = [
  "cloudwatch.amazonaws.com",
  "events.rds.amazonaws.com",
  "events.amazonaws.com",
  "aps.amazonaws.com",
  "budgets.amazonaws.com",
  "costalerts.amazonaws.com",
];

const placeOf = ({ region }: AlarmTopicsArgs) => (region === undefined ? {} : { region });

export class AlarmTopics extends pulumi.ComponentResource {
  readonly pageTopicArn: pulumi.Output<string>;
  readonly ticketTopicArn: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: AlarmTopicsArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:AlarmTopics", name, {}, options);
    const key = this.key(name, args);
    const [pages, tickets] = [
      this.topic(`${name}-pages`, args, key),
      this.topic(`${name}-tickets`, args, key),
    ];
    if (args.slack !== undefined) this.chat(name, args.slack, [pages.arn, tickets.arn]);

    this.pageTopicArn = pages.arn;
    this.ticketTopicArn = tickets.arn;
    this.keyArn = key.arn;
    this.registerOutputs({ pageTopicArn: this.pageTopicArn, ticketTopicArn: this.ticketTopicArn });
  }

  private key(name: string, args: AlarmTopicsArgs): aws.kms.Key {
    return new aws.kms.Key(
      `${name}-key`,
      {
        ...placeOf(args),
        description: "Alarms on their way",
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: policyDocument([
          {
            Sid: "Account",
            Effect: "Allow",
            Principal: { AWS: pulumi.interpolate`arn:aws:iam::${args.accountId}:root` },
            // A key's policy names the key itself by *; without this line nobody could administer it.
            Action: "kms:*",
            Resource: "*",
          },
          {
            Sid: "Publishers",
            Effect: "Allow",
            Principal: { Service: publishers },
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: "*",
            Condition: { StringEquals: { "aws:SourceAccount": args.accountId } },
          },
        ]),
      },
      { parent: this, protect: true },
    );
  }

  private topic(name: string, args: AlarmTopicsArgs, key: aws.kms.Key): aws.sns.Topic {
    const topic = new aws.sns.Topic(
      name,
      { ...placeOf(args), kmsMasterKeyId: key.arn },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      name,
      {
        ...placeOf(args),
        arn: topic.arn,
        policy: policyDocument([
          {
            Sid: "Publishers",
            Effect: "Allow",
            Principal: { Service: publishers },
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: { StringEquals: { "aws:SourceAccount": args.accountId } },
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
      { parent: this },
    );
    new aws.sns.TopicSubscription(
      `${name}-email`,
      { ...placeOf(args), topic: topic.arn, protocol: "email", endpoint: args.email },
      { parent: this },
    );
    return topic;
  }

  /** The channel shows alarms and their graphs; it can change nothing. */
  private chat(
    name: string,
    slack: { readonly teamId: string; readonly channelId: string },
    topicArns: pulumi.Output<string>[],
  ): void {
    const readOnly = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess";
    const role = serviceRole(
      `${name}-chat`,
      { service: "chatbot.amazonaws.com", statements: [] },
      { parent: this },
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-chat`,
      { role: role.name, policyArn: readOnly },
      { parent: this },
    );
    new aws.chatbot.SlackChannelConfiguration(
      `${name}-chat`,
      {
        configurationName: pulumi.interpolate`castle-${topicArns[0]?.apply((arn) => arn.split(":")[3] ?? "")}`,
        iamRoleArn: role.arn,
        slackTeamId: slack.teamId,
        slackChannelId: slack.channelId,
        snsTopicArns: topicArns,
        guardrailPolicyArns: [readOnly],
        loggingLevel: "ERROR",
      },
      { parent: this },
    );
  }
}
