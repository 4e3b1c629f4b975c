// Good and bad examples of infra/policy/encryption.ts.

import { type Example, one, subject } from "./example.ts";

const key = "arn:aws:kms:us-east-1:111122223333:key/mrk-1";
const bucket = subject("aws:s3/bucket:Bucket", {}, { id: "trades" });
const encryption =
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";

export const encryptionExamples: readonly Example[] = [
  {
    rule: "bucket-encrypted",
    good: [bucket, subject(encryption, { bucket: "trades" })],
    bad: [bucket, subject(encryption, { bucket: "another" })],
  },
  ...one(
    "volume-encrypted",
    "aws:ec2/launchTemplate:LaunchTemplate",
    { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { encrypted: "true" } }] },
    { blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: {} }] },
  ),
  ...one(
    "queue-encrypted",
    "aws:sqs/queue:Queue",
    { kmsMasterKeyId: key },
    { kmsMasterKeyId: undefined },
  ),
  ...one("topic-encrypted", "aws:sns/topic:Topic", { kmsMasterKeyId: key }, { kmsMasterKeyId: "" }),
  ...one(
    "topic-encrypted",
    "aws:sns/topic:Topic",
    { tags: { contents: "node-events" } },
    { tags: { contents: "alarms" } },
  ),
  ...one(
    "stream-encrypted",
    "aws:kinesis/stream:Stream",
    { kmsKeyId: key },
    { kmsKeyId: undefined },
  ),
  ...one(
    "table-encrypted",
    "aws:dynamodb/table:Table",
    { serverSideEncryption: { enabled: true, kmsKeyArn: key } },
    { serverSideEncryption: { enabled: true } },
  ),
  ...one("database-encrypted", "aws:rds/cluster:Cluster", { kmsKeyId: key }, { kmsKeyId: "" }),
  ...one("instance-encrypted", "aws:rds/instance:Instance", { kmsKeyId: key }, { kmsKeyId: "" }),
  ...one(
    "secret-encrypted",
    "aws:secretsmanager/secret:Secret",
    { kmsKeyId: key },
    { kmsKeyId: "" },
  ),
  ...one("logs-encrypted", "aws:cloudwatch/logGroup:LogGroup", { kmsKeyId: key }, { kmsKeyId: "" }),
  ...one(
    "warehouse-encrypted",
    "aws:redshiftserverless/namespace:Namespace",
    { kmsKeyId: key },
    { kmsKeyId: "" },
  ),
  ...one(
    "cache-encrypted",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    { atRestEncryptionEnabled: true, transitEncryptionEnabled: true, kmsKeyId: key },
    { atRestEncryptionEnabled: false },
    { transitEncryptionEnabled: false },
    { kmsKeyId: undefined },
  ),
  ...one(
    "kafka-encrypted",
    "aws:msk/cluster:Cluster",
    {
      encryptionInfo: {
        encryptionAtRestKmsKeyArn: key,
        encryptionInTransit: { clientBroker: "TLS" },
      },
    },
    { encryptionInfo: { encryptionInTransit: { clientBroker: "TLS" } } },
    {
      encryptionInfo: {
        encryptionAtRestKmsKeyArn: key,
        encryptionInTransit: { clientBroker: "TLS_PLAINTEXT" },
      },
    },
  ),
  ...one(
    "search-encrypted",
    "aws:opensearch/domain:Domain",
    {
      encryptAtRest: { enabled: true },
      nodeToNodeEncryption: { enabled: true },
      domainEndpointOptions: { enforceHttps: true },
    },
    { encryptAtRest: undefined },
    { nodeToNodeEncryption: { enabled: false } },
    { domainEndpointOptions: {} },
  ),
  ...one(
    "table-cache-encrypted",
    "aws:dax/cluster:Cluster",
    { serverSideEncryption: { enabled: true }, clusterEndpointEncryptionType: "TLS" },
    { serverSideEncryption: undefined },
    { clusterEndpointEncryptionType: "NONE" },
  ),
  ...one(
    "key-rotates",
    "aws:kms/key:Key",
    { enableKeyRotation: true },
    { enableKeyRotation: false },
  ),
  ...one(
    "listener-modern-tls",
    "aws:lb/listener:Listener",
    { protocol: "HTTPS", sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06" },
    { sslPolicy: "ELBSecurityPolicy-2016-08" },
    { protocol: "HTTP", defaultActions: [{ type: "forward" }] },
  ),
  ...one(
    "cdn-modern-tls",
    "aws:cloudfront/distribution:Distribution",
    {
      viewerCertificate: { minimumProtocolVersion: "TLSv1.2_2021" },
      defaultCacheBehavior: { viewerProtocolPolicy: "redirect-to-https" },
    },
    { viewerCertificate: { minimumProtocolVersion: "TLSv1" } },
    { defaultCacheBehavior: { viewerProtocolPolicy: "allow-all" } },
  ),
];
