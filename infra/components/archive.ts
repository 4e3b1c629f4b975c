// Archive: a bucket in each region for reports and archives, each replicated to the other, so that what one
// region wrote is there when it is lost. Versioned, encrypted, private, TLS only; what is old moves to Glacier, by prefix.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { agedClasses } from "./archive-prefixes.ts";
import { policyDocument, type Statement, serviceRole } from "./trust.ts";

export interface ArchiveArgs {
  readonly prodRegion: string;
  readonly drRegion: string;
  readonly dataKeyArns: Readonly<Record<string, pulumi.Input<string>>>;
  readonly glacierAfterDays: number;
}

interface Shelf {
  readonly region: string;
  readonly side: "prod" | "dr";
  readonly keyArn: pulumi.Input<string>;
  readonly bucket: aws.s3.Bucket;
  readonly versioning: aws.s3.BucketVersioning;
}

/** What was overwritten or deleted can be had back for so long. */
const noncurrentDays = 90;

export class Archive extends pulumi.ComponentResource {
  /** Names, by region. */
  readonly buckets: Readonly<Record<string, pulumi.Output<string>>>;
  readonly bucketArns: Readonly<Record<string, pulumi.Output<string>>>;

  private readonly name: string;
  private readonly args: ArchiveArgs;

  constructor(name: string, args: ArchiveArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Archive", name, {}, options);
    this.name = name;
    this.args = args;
    const prod = this.shelf("prod", args.prodRegion);
    const dr = this.shelf("dr", args.drRegion);
    this.replicate(prod, dr);
    this.replicate(dr, prod);
    this.buckets = {
      [args.prodRegion]: prod.bucket.bucket,
      [args.drRegion]: dr.bucket.bucket,
    };
    this.bucketArns = { [args.prodRegion]: prod.bucket.arn, [args.drRegion]: dr.bucket.arn };
    this.registerOutputs({ buckets: this.buckets, bucketArns: this.bucketArns });
  }

  private shelf(side: Shelf["side"], region: string): Shelf {
    const { name, args } = this;
    const parent = { parent: this };
    const keyArn = args.dataKeyArns[region];
    if (keyArn === undefined) throw new RangeError(`no data key of ${region} is given`);
    const bucket = new aws.s3.Bucket(
      `${name}-${side}`,
      { region },
      { parent: this, protect: true },
    );
    const of = { bucket: bucket.bucket, region };
    new aws.s3.BucketPublicAccessBlock(
      `${name}-${side}-private`,
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
      `${name}-${side}-encryption`,
      {
        ...of,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
            bucketKeyEnabled: true,
          },
        ],
      },
      parent,
    );
    new aws.s3.BucketPolicy(`${name}-${side}-tls`, { ...of, policy: tlsOnly(bucket.arn) }, parent);
    this.ageing(side, of);
    const versioning = new aws.s3.BucketVersioning(
      `${name}-${side}-versions`,
      { ...of, versioningConfiguration: { status: "Enabled" } },
      parent,
    );
    return { side, region, keyArn, bucket, versioning };
  }

  private ageing(
    side: Shelf["side"],
    of: { readonly bucket: pulumi.Output<string>; readonly region: string },
  ): void {
    const { name, args } = this;
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-${side}-ageing`,
      {
        ...of,
        rules: [
          {
            id: "tidy",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
          ...Object.entries(agedClasses).map(([prefix, storageClass]) => ({
            id: `${prefix.slice(0, -1)}-to-glacier`,
            status: "Enabled",
            filter: { prefix },
            transitions: [{ days: args.glacierAfterDays, storageClass }],
          })),
        ],
      },
      { parent: this },
    );
  }

  private replicate(from: Shelf, to: Shelf): void {
    const { name } = this;
    const role = serviceRole(
      `${name}-${from.side}-copier`,
      { service: "s3.amazonaws.com", statements: copierStatements(from, to) },
      { parent: this },
    );
    new aws.s3.BucketReplicationConfig(
      `${name}-${from.side}-copies`,
      {
        bucket: from.bucket.bucket,
        region: from.region,
        role: role.arn,
        rules: [
          {
            id: "everything",
            status: "Enabled",
            filter: { prefix: "" },
            priority: 0,
            deleteMarkerReplication: { status: "Enabled" },
            sourceSelectionCriteria: {
              replicaModifications: { status: "Enabled" },
              sseKmsEncryptedObjects: { status: "Enabled" },
            },
            destination: {
              bucket: to.bucket.arn,
              encryptionConfiguration: { replicaKmsKeyId: to.keyArn },
              // Within fifteen minutes, and told when not.
              replicationTime: { status: "Enabled", time: { minutes: 15 } },
              metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
            },
          },
        ],
      },
      { parent: this, dependsOn: [from.versioning, to.versioning] },
    );
  }
}

function copierStatements(from: Shelf, to: Shelf): readonly Statement[] {
  return [
    {
      Effect: "Allow",
      Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
      Resource: from.bucket.arn,
    },
    {
      Effect: "Allow",
      Action: [
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionTagging",
      ],
      Resource: pulumi.interpolate`${from.bucket.arn}/*`,
    },
    {
      Effect: "Allow",
      Action: ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
      Resource: pulumi.interpolate`${to.bucket.arn}/*`,
    },
    { Effect: "Allow", Action: ["kms:Decrypt"], Resource: from.keyArn },
    { Effect: "Allow", Action: ["kms:Encrypt", "kms:GenerateDataKey"], Resource: to.keyArn },
  ];
}

/** S3 also answers plain HTTP unless it is told not to. */
function tlsOnly(bucketArn: pulumi.Input<string>): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ]);
}
