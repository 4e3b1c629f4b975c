// Who may write to and read the audit trail's bucket, and use its key: CloudTrail for this one trail, and nobody over plain HTTP.

import * as pulumi from "@pulumi/pulumi";
import type { Statement } from "./trust.ts";

export function auditKeyStatements(
  accountId: pulumi.Input<string>,
  trailArn: pulumi.Input<string>,
): Statement[] {
  return [
    {
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
      // A key's policy names the key itself by *; without this line nobody could administer it.
      Action: "kms:*",
      Resource: "*",
    },
    {
      Sid: "Trail",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: ["kms:GenerateDataKey", "kms:DescribeKey", "kms:Decrypt"],
      Resource: "*",
      Condition: { StringEquals: { "aws:SourceArn": trailArn } },
    },
  ];
}

export function auditBucketStatements(
  bucketArn: pulumi.Input<string>,
  accountId: pulumi.Input<string>,
  trailArn: pulumi.Input<string>,
): Statement[] {
  const cloudtrail = { Service: "cloudtrail.amazonaws.com" };
  return [
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: { AWS: "*" },
      Action: "s3:*",
      Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "TrailLooks",
      Effect: "Allow",
      Principal: cloudtrail,
      Action: "s3:GetBucketAcl",
      Resource: bucketArn,
      Condition: { StringEquals: { "aws:SourceArn": trailArn } },
    },
    {
      Sid: "TrailWrites",
      Effect: "Allow",
      Principal: cloudtrail,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${accountId}/*`,
      Condition: {
        StringEquals: {
          "aws:SourceArn": trailArn,
          "s3:x-amz-acl": "bucket-owner-full-control",
        },
      },
    },
  ];
}
