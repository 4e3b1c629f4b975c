// WebBucket: the pages in one region: private, versioned, encrypted, read by the CDN alone. Two of them, one
// copied to the other, are what WebDelivery fails over between.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./trust.ts";

export interface WebBucketArgs {
  readonly region: string;
  readonly keyArn: pulumi.Input<string>;
}

export class WebBucket extends pulumi.ComponentResource {
  /** Known once its versions are kept, which replication asks for. */
  readonly bucket: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly domainName: pulumi.Output<string>;
  readonly region: string;
  readonly #name: string;
  readonly #closed: aws.s3.BucketPublicAccessBlock;

  constructor(name: string, args: WebBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:WebBucket", name, {}, opts);
    this.#name = name;
    const { region, keyArn } = args;
    this.region = region;
    const bucket = new aws.s3.Bucket(`${name}-bucket`, { region }, { parent: this, protect: true });
    const where = { region, bucket: bucket.bucket };
    this.#closed = new aws.s3.BucketPublicAccessBlock(
      `${name}-closed`,
      {
        ...where,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      { parent: this },
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        ...where,
        rules: [
          {
            bucketKeyEnabled: true,
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
          },
        ],
      },
      { parent: this },
    );
    const versions = new aws.s3.BucketVersioning(
      `${name}-versions`,
      { ...where, versioningConfiguration: { status: "Enabled" } },
      { parent: this },
    );
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        ...where,
        rules: [
          {
            id: "old-pages",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays: 90 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      { parent: this, dependsOn: versions },
    );
    this.bucket = versions.bucket;
    this.arn = bucket.arn;
    this.domainName = bucket.bucketRegionalDomainName;
    this.registerOutputs({ bucket: this.bucket, arn: this.arn, domainName: this.domainName });
  }

  /** To be called once, when the distribution is known. */
  allowReadsBy(distributionArn: pulumi.Input<string>): void {
    const objects = pulumi.interpolate`${this.arn}/*`;
    new aws.s3.BucketPolicy(
      `${this.#name}-policy`,
      {
        region: this.region,
        bucket: this.bucket,
        policy: policyDocument([
          {
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [this.arn, objects],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
          {
            Effect: "Allow",
            Principal: { Service: "cloudfront.amazonaws.com" },
            Action: "s3:GetObject",
            Resource: objects,
            Condition: { StringEquals: { "aws:SourceArn": distributionArn } },
          },
        ]),
      },
      { parent: this, dependsOn: this.#closed },
    );
  }
}
