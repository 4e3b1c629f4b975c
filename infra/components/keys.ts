// Keys: one key for data and one for logs, each the same in both regions (multi-region), so that what
// prod encrypted dr can read when prod is gone. Rotated yearly. Who may use them is said by the roles of
// the account, except for services that act by themselves: those are named here. The CDN's logs are in
// us-east-1 wherever the exchange is, so the logs' key is there as well.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { edgeRegion } from "./certificates.ts";
import { policyDocument, type Statement } from "./trust.ts";

export interface KeysArgs {
  readonly prodRegion: string;
  readonly drRegion: string;
}

type ByRegion = Readonly<Record<string, pulumi.Output<string>>>;

/** Services that read or write encrypted things on nobody's behalf: topics, trails, the CDN's origin. */
const dataServices = [
  "backup.amazonaws.com",
  "budgets.amazonaws.com",
  "cloudfront.amazonaws.com",
  "cloudtrail.amazonaws.com",
  "cloudwatch.amazonaws.com",
  "costalerts.amazonaws.com",
  "delivery.logs.amazonaws.com",
  "events.amazonaws.com",
];

const useActions = [
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:DescribeKey",
];

export class Keys extends pulumi.ComponentResource {
  readonly dataKeyArns: ByRegion;
  readonly logKeyArns: ByRegion;

  private readonly name: string;
  private readonly args: KeysArgs;

  constructor(name: string, args: KeysArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Keys", name, {}, options);
    this.name = name;
    this.args = args;
    const account = aws.getCallerIdentityOutput({}, { parent: this }).accountId;
    this.dataKeyArns = this.key("data", [ownerStatement(account), ...dataStatements(account)]);
    this.logKeyArns = this.key("log", [
      ownerStatement(account),
      ...[...new Set([...this.regions(), edgeRegion])].map((region) =>
        logStatement(account, region),
      ),
    ]);
    this.registerOutputs({ dataKeyArns: this.dataKeyArns, logKeyArns: this.logKeyArns });
  }

  private key(kind: "data" | "log", statements: readonly Statement[]): ByRegion {
    const { name, args } = this;
    const policy = policyDocument(statements);
    const description = `Castle: ${kind === "data" ? "data at rest" : "logs"}`;
    const key = new aws.kms.Key(
      `${name}-${kind}`,
      {
        description,
        policy,
        region: args.prodRegion,
        multiRegion: true,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
      },
      { parent: this, protect: true },
    );
    const replica = (place: string, region: string) =>
      new aws.kms.ReplicaKey(
        `${name}-${kind}-${place}`,
        { description, policy, region, primaryKeyArn: key.arn, deletionWindowInDays: 30 },
        { parent: this, protect: true },
      ).arn;
    const isAtEdge = kind === "log" && !this.regions().includes(edgeRegion);
    return {
      [args.prodRegion]: key.arn,
      [args.drRegion]: replica("dr", args.drRegion),
      ...(isAtEdge ? { [edgeRegion]: replica("edge", edgeRegion) } : {}),
    };
  }

  private regions(): string[] {
    return [this.args.prodRegion, this.args.drRegion];
  }
}

/** Without it nobody could ever change the key again; roles' own policies say who may use it for what. */
const ownerStatement = (account: pulumi.Input<string>): Statement => ({
  Sid: "RolesOfTheAccount",
  Effect: "Allow",
  Principal: { AWS: pulumi.interpolate`arn:aws:iam::${account}:root` },
  Action: "kms:*",
  Resource: "*",
});

/** Fargate encrypts the disks of tasks itself, for clusters of this account. */
function fargateStatements(account: pulumi.Input<string>): readonly Statement[] {
  const cluster = { "kms:EncryptionContext:aws:ecs:clusterAccount": account };
  const fargate = {
    Effect: "Allow",
    Principal: { Service: "fargate.amazonaws.com" },
    Resource: "*",
  } as const;
  return [
    {
      ...fargate,
      Sid: "DisksOfTasks",
      Action: "kms:GenerateDataKeyWithoutPlaintext",
      Condition: { StringEquals: cluster },
    },
    {
      ...fargate,
      Sid: "GrantsForDisksOfTasks",
      Action: "kms:CreateGrant",
      Condition: {
        StringEquals: cluster,
        "ForAllValues:StringEquals": { "kms:GrantOperations": ["Decrypt"] },
      },
    },
  ];
}

function dataStatements(account: pulumi.Input<string>): readonly Statement[] {
  // The role that starts engines has no policy that could be changed, and may not exist yet: the
  // condition names it where a principal would be refused.
  const starter = {
    StringEquals: { "kms:CallerAccount": account },
    ArnEquals: {
      "aws:PrincipalArn": pulumi.interpolate`arn:aws:iam::${account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`,
    },
  };
  return [
    {
      Sid: "ServicesOfTheAccount",
      Effect: "Allow",
      Principal: { Service: dataServices },
      Action: ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
    ...fargateStatements(account),
    {
      Sid: "VolumesOfEngines",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: useActions,
      Resource: "*",
      Condition: starter,
    },
    {
      Sid: "GrantsForVolumesOfEngines",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: "kms:CreateGrant",
      Resource: "*",
      Condition: { ...starter, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

const logStatement = (account: pulumi.Input<string>, region: string): Statement => ({
  Sid: `LogsOf${region.replaceAll("-", "")}`,
  Effect: "Allow",
  Principal: { Service: `logs.${region}.amazonaws.com` },
  Action: useActions,
  Resource: "*",
  Condition: {
    ArnLike: {
      "kms:EncryptionContext:aws:logs:arn": pulumi.interpolate`arn:aws:logs:${region}:${account}:log-group:*`,
    },
  },
});
