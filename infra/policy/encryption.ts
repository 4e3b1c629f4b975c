// Encryption at rest with keys of our own, in transit with TLS.

import { across, at, attached, each, isGiven, listAt, ofType, type Rule } from "./rule.ts";

const withKey = (name: string, what: string, type: string, key: string): Rule =>
  each(
    name,
    `${what} without a key of our own can be read by whoever holds AWS's`,
    [type],
    (props) => [
      !isGiven(at(props, key)) && `${what} is not encrypted with a key of our own: set ${key}`,
    ],
  );

const modernTls = /^ELBSecurityPolicy-TLS13-|^TLSv1\.(2_2021|2_2025|3_2025)$/;

export const encryptionRules: readonly Rule[] = [
  across(
    "bucket-encrypted",
    "a bucket's default encryption uses a key that anyone with s3:GetObject may use [S3]",
    (all) =>
      ofType(all, "aws:s3/bucket:Bucket").flatMap((bucket) => {
        const type =
          "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
        const isEncrypted = attached(all, type, "bucket", bucket).length > 0;
        return isEncrypted
          ? []
          : [[bucket, "no encryption configuration names this bucket"] as const];
      }),
  ),
  each(
    "volume-encrypted",
    "a volume outlives its instance [EC26]",
    ["aws:ec2/launchTemplate:LaunchTemplate"],
    (props) =>
      listAt(props, "blockDeviceMappings").map(
        (mapping) =>
          String(at(mapping, "ebs.encrypted")) !== "true" &&
          `volume ${String(at(mapping, "deviceName"))} is not encrypted: set ebs.encrypted`,
      ),
  ),
  withKey("queue-encrypted", "the queue [SQS2]", "aws:sqs/queue:Queue", "kmsMasterKeyId"),
  each(
    "topic-encrypted",
    "the topic [SNS2] without a key of our own can be read by whoever holds AWS's",
    ["aws:sns/topic:Topic"],
    (props) => [
      // ElastiCache publishes to no other (node-events-heard).
      at(props, "tags.contents") !== "node-events" &&
        !isGiven(props.kmsMasterKeyId) &&
        "the topic is not encrypted with a key of our own: set kmsMasterKeyId",
    ],
  ),
  withKey("stream-encrypted", "the stream [KDS1]", "aws:kinesis/stream:Stream", "kmsKeyId"),
  withKey(
    "table-encrypted",
    "the table",
    "aws:dynamodb/table:Table",
    "serverSideEncryption.kmsKeyArn",
  ),
  withKey("database-encrypted", "the database [RDS2]", "aws:rds/cluster:Cluster", "kmsKeyId"),
  withKey("instance-encrypted", "the database [RDS2]", "aws:rds/instance:Instance", "kmsKeyId"),
  withKey("secret-encrypted", "the secret", "aws:secretsmanager/secret:Secret", "kmsKeyId"),
  withKey("logs-encrypted", "the log group", "aws:cloudwatch/logGroup:LogGroup", "kmsKeyId"),
  withKey(
    "warehouse-encrypted",
    "the warehouse [RS2]",
    "aws:redshiftserverless/namespace:Namespace",
    "kmsKeyId",
  ),
  each(
    "cache-encrypted",
    "the journal holds every order [AEC3]",
    ["aws:elasticache/replicationGroup:ReplicationGroup"],
    (props) => [
      at(props, "atRestEncryptionEnabled") !== true && "set atRestEncryptionEnabled",
      at(props, "transitEncryptionEnabled") !== true && "set transitEncryptionEnabled",
      !isGiven(props.kmsKeyId) && "set kmsKeyId",
    ],
  ),
  each("kafka-encrypted", "topics hold orders [MSK2]", ["aws:msk/cluster:Cluster"], (props) => [
    !isGiven(at(props, "encryptionInfo.encryptionAtRestKmsKeyArn")) &&
      "set encryptionInfo.encryptionAtRestKmsKeyArn",
    at(props, "encryptionInfo.encryptionInTransit.clientBroker") !== "TLS" &&
      "set encryptionInfo.encryptionInTransit.clientBroker to TLS",
  ]),
  each(
    "search-encrypted",
    "the search domain holds logs and trades [OS1]",
    ["aws:opensearch/domain:Domain"],
    (props) => [
      at(props, "encryptAtRest.enabled") !== true && "set encryptAtRest.enabled",
      at(props, "nodeToNodeEncryption.enabled") !== true && "set nodeToNodeEncryption.enabled",
      at(props, "domainEndpointOptions.enforceHttps") !== true &&
        "set domainEndpointOptions.enforceHttps",
    ],
  ),
  each(
    "table-cache-encrypted",
    "DAX keeps what the tables hold [DDB4]",
    ["aws:dax/cluster:Cluster"],
    (props) => [
      at(props, "serverSideEncryption.enabled") !== true && "set serverSideEncryption.enabled",
      props.clusterEndpointEncryptionType !== "TLS" && "set clusterEndpointEncryptionType to TLS",
    ],
  ),
  each(
    "key-rotates",
    "a key that never changes leaks for ever [KMS5]",
    ["aws:kms/key:Key"],
    (props) => [props.enableKeyRotation !== true && "set enableKeyRotation"],
  ),
  each(
    "listener-modern-tls",
    "TLS 1.0 and 1.1 are broken",
    ["aws:lb/listener:Listener"],
    (props) => [
      (props.protocol === "HTTPS" || props.protocol === "TLS") &&
        !modernTls.test(String(props.sslPolicy ?? "")) &&
        "set sslPolicy to an ELBSecurityPolicy-TLS13 policy",
      props.protocol === "HTTP" &&
        at(props, "defaultActions.0.type") !== "redirect" &&
        "plain HTTP may only redirect",
    ],
  ),
  each(
    "cdn-modern-tls",
    "TLS 1.0 and 1.1 are broken [CFR4]",
    ["aws:cloudfront/distribution:Distribution"],
    (props) => [
      !modernTls.test(String(at(props, "viewerCertificate.minimumProtocolVersion") ?? "")) &&
        "set viewerCertificate.minimumProtocolVersion to TLSv1.2_2021 or newer",
      at(props, "defaultCacheBehavior.viewerProtocolPolicy") === "allow-all" &&
        "set defaultCacheBehavior.viewerProtocolPolicy to redirect-to-https or https-only",
    ],
  ),
];
