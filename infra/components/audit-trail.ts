// AuditTrail: who called what in the account, in all regions, since when, signed so that a change would show. One for the account, in the global stack: prod
// and dr are seen by the same trail, and neither can end it. A second one of its name would be refused: a trail of all regions shows itself in each. CloudTrail writes on in each region by itself; what cannot
// be delivered while the home region is away is delivered afterwards.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { auditBucketStatements, auditKeyStatements } from "./audit-policies.ts";
import { logGroup } from "./log-group.ts";
import { policyDocument, serviceRole } from "./trust.ts";

export interface AuditTrailArgs {
  /** Its home: bucket, key and log are there. */
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

/** AWS demands that the bucket's policy names the trail, which comes after it. */
const trailName = "castle-audit";
/** Evidence is kept for seven years, in Glacier from the second quarter on. */
const glacierAfterDays = 90;
const keptDays = 2557;

export class AuditTrail extends pulumi.ComponentResource {
  readonly trailArn: pulumi.Output<string>;
  readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: AuditTrailArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:AuditTrail", name, {}, options);
    const trailArn = pulumi.interpolate`arn:aws:cloudtrail:${args.region}:${args.accountId}:trail/${trailName}`;
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        region: args.region,
        description: "Audit trail of the account",
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy: policyDocument(auditKeyStatements(args.accountId, trailArn)),
      },
      { parent: this, protect: true },
    );
    const { bucket, policy } = this.bucket(name, args, key, trailArn);
    const logs = logGroup(
      `${name}-log`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays, region: args.region },
      { parent: this },
    );
    const role = serviceRole(
      `${name}-log`,
      {
        service: "cloudtrail.amazonaws.com",
        statements: [
          {
            Effect: "Allow",
            Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
            Resource: pulumi.interpolate`${logs.arn}:log-stream:*`,
          },
        ],
      },
      { parent: this },
    );
    const trail = new aws.cloudtrail.Trail(
      name,
      {
        name: trailName,
        region: args.region,
        s3BucketName: bucket.id,
        kmsKeyId: key.arn,
        isMultiRegionTrail: true,
        includeGlobalServiceEvents: true,
        enableLogFileValidation: true,
        cloudWatchLogsGroupArn: pulumi.interpolate`${logs.arn}:*`,
        cloudWatchLogsRoleArn: role.arn,
        insightSelectors: [
          { insightType: "ApiCallRateInsight" },
          { insightType: "ApiErrorRateInsight" },
        ],
      },
      { parent: this, protect: true, dependsOn: [policy] },
    );
    this.trailArn = trail.arn;
    this.bucketName = bucket.id;
    this.registerOutputs({ trailArn: this.trailArn });
  }

  private bucket(
    name: string,
    args: AuditTrailArgs,
    key: aws.kms.Key,
    trailArn: pulumi.Output<string>,
  ) {
    const parent = { parent: this };
    const { region } = args;
    const bucketName = `${name}-bucket`;
    const bucket = new aws.s3.Bucket(
      bucketName,
      { region, objectLockEnabled: true },
      { ...parent, protect: true, retainOnDelete: true },
    );
    const of = { bucket: bucket.id, region };
    new aws.s3.BucketVersioning(
      bucketName,
      { ...of, versioningConfiguration: { status: "Enabled" } },
      parent,
    );
    new aws.s3.BucketObjectLockConfiguration(
      bucketName,
      { ...of, rule: { defaultRetention: { mode: "GOVERNANCE", days: 365 } } },
      parent,
    );
    new aws.s3.BucketPublicAccessBlock(
      bucketName,
      {
        ...of,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      parent,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      bucketName,
      {
        ...of,
        rules: [
          {
            applyServerSideEncryptionByDefault: {
              sseAlgorithm: "aws:kms",
              kmsMasterKeyId: key.arn,
            },
            bucketKeyEnabled: true,
          },
        ],
      },
      parent,
    );
    new aws.s3.BucketLifecycleConfiguration(
      bucketName,
      {
        ...of,
        rules: [
          {
            id: "keep",
            status: "Enabled",
            filter: { prefix: "AWSLogs/" },
            transitions: [{ days: glacierAfterDays, storageClass: "GLACIER" }],
            expiration: { days: keptDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      parent,
    );
    const policy = new aws.s3.BucketPolicy(
      bucketName,
      {
        ...of,
        policy: policyDocument(auditBucketStatements(bucket.arn, args.accountId, trailArn)),
      },
      parent,
    );
    return { bucket, policy };
  }
}
