// AccessLogs: a region's bucket for the logs of balancers and of the accelerator. Balancers write to buckets
// with S3's own keys only (SSE-KMS is refused by AWS), hence a bucket apart from all others. Whoever
// writes may write below its own prefix, for this account, and nothing more.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement } from "./trust.ts";

export interface AccessLogsArgs {
  readonly accountId: pulumi.Input<string>;
  readonly retentionDays: number;
}

/** Below which balancers write; the accelerator's prefix is `accelerator`. */
export const balancerPrefix = "balancer";

export class AccessLogs extends pulumi.ComponentResource {
  /** Known once its policy is there: who logs to it may begin at once. */
  readonly bucket: pulumi.Output<string>;
  readonly bucketArn: pulumi.Output<string>;

  constructor(name: string, args: AccessLogsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:AccessLogs", name, {}, opts);
    const bucket = new aws.s3.Bucket(`${name}-bucket`, {}, { parent: this, protect: true });
    const child = { parent: this };
    const where = { bucket: bucket.bucket };
    const closed = new aws.s3.BucketPublicAccessBlock(
      `${name}-closed`,
      {
        ...where,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      child,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      { ...where, rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }] },
      child,
    );
    new aws.s3.BucketVersioning(
      `${name}-versions`,
      { ...where, versioningConfiguration: { status: "Enabled" } },
      child,
    );
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        ...where,
        rules: [
          {
            id: "end",
            status: "Enabled",
            filter: { prefix: "" },
            expiration: { days: args.retentionDays },
            noncurrentVersionExpiration: { noncurrentDays: 7 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      child,
    );
    const policy = new aws.s3.BucketPolicy(
      `${name}-policy`,
      { ...where, policy: writersPolicy(bucket.arn, args.accountId) },
      { parent: this, dependsOn: closed },
    );
    this.bucket = policy.bucket;
    this.bucketArn = bucket.arn;
    this.registerOutputs({ bucket: this.bucket, bucketArn: this.bucketArn });
  }
}

function writersPolicy(
  bucketArn: pulumi.Output<string>,
  accountId: pulumi.Input<string>,
): pulumi.Output<string> {
  const ofAccount = { StringEquals: { "aws:SourceAccount": accountId } };
  const writes = (service: string, prefix: string): Statement => ({
    Effect: "Allow",
    Principal: { Service: service },
    Action: "s3:PutObject",
    Resource: pulumi.interpolate`${bucketArn}/${prefix}/AWSLogs/${accountId}/*`,
    Condition: ofAccount,
  });
  return policyDocument([
    {
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    writes("logdelivery.elasticloadbalancing.amazonaws.com", balancerPrefix),
    writes("delivery.logs.amazonaws.com", "accelerator"),
    {
      Effect: "Allow",
      Principal: { Service: "delivery.logs.amazonaws.com" },
      Action: "s3:GetBucketAcl",
      Resource: bucketArn,
      Condition: ofAccount,
    },
  ]);
}
