// All ranges: the rows, by service, and the laws between several arguments of one resource. Kept by
// hand. Sources: "SDK" is the comment beside the argument in the installed @pulumi packages; "CFN" the
// resource's CloudFormation schema; "API" the service's own API model, as botocore 1.44.8 (2026-11)
// carries it; "cfn-lint" the tables that cfn-lint 1.58 took from AWS on 2026-10-20; "provider" a check in
// hashicorp/terraform-provider-aws, which the SDK wraps; else a page or file. A list of versions or types
// says of which month it is: what AWS adds later must be added here. A row that is "unverified" refuses only
// what has not the form of a right value.

import { edgeRanges } from "./edge-ranges.ts";
import { experimentLaws } from "./experiment-laws.ts";
import { pipelineRanges } from "./pipeline-ranges.ts";
import { between, matching, oneOf, type Range, row } from "./range.ts";
import { rangeLaws } from "./range-laws.ts";
import { computeRanges, trafficRanges } from "./service-ranges.ts";

const replicationGroup = "aws:elasticache/replicationGroup:ReplicationGroup";
const table = "aws:dynamodb/table:Table";
const queue = "aws:sqs/queue:Queue";
const stream = "aws:kinesis/stream:Stream";
const userPool = "aws:cognito/userPool:UserPool";

const dataRows: readonly Range[] = [
  row(
    "cache-engine-version",
    replicationGroup,
    "engineVersion",
    oneOf("6.2", "6.x", "7.0", "7.1", "7.2", "8.0", "8.1", "8.2", "9.0", "9.1"),
    "cfn-lint: engine versions, 2026-10; 6.x: SDK",
  ),
  row("cache-replicas", replicationGroup, "replicasPerNodeGroup", between(0, 5), "CFN"),
  row(
    "cache-node-type",
    replicationGroup,
    "nodeType",
    matching(/^cache\.[a-z]\d[a-z]*\.\w+$/, "write a cache.* type such as cache.r7g.large"),
    "cfn-lint: all 94 node types, 2026-10",
  ),
  row(
    "database-engine",
    "aws:rds/cluster:Cluster",
    "engine",
    oneOf("aurora-mysql", "aurora-postgresql", "mysql", "postgres"),
    "SDK",
  ),
  row(
    "database-capacity",
    "aws:rds/cluster:Cluster",
    "serverlessv2ScalingConfiguration.minCapacity",
    between(0, 256, 0.5),
    "SDK",
  ),
  row(
    "database-capacity-max",
    "aws:rds/cluster:Cluster",
    "serverlessv2ScalingConfiguration.maxCapacity",
    between(1, 256, 0.5),
    "SDK",
  ),
  row(
    "database-retention",
    "aws:rds/cluster:Cluster",
    "backupRetentionPeriod",
    between(1, 35, 1),
    "API: rds CreateDBCluster",
  ),
  row(
    "instance-retention",
    "aws:rds/instance:Instance",
    "backupRetentionPeriod",
    between(0, 35, 1),
    "SDK",
  ),
  row(
    "database-monitoring",
    ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"],
    "monitoringInterval",
    oneOf(0, 1, 5, 10, 15, 30, 60),
    "SDK",
  ),
  row(
    "database-promotion",
    "aws:rds/clusterInstance:ClusterInstance",
    "promotionTier",
    between(0, 15, 1),
    "API: rds CreateDBInstance",
  ),
  row(
    "database-class",
    ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"],
    "instanceClass",
    matching(/^db\.(serverless|[a-z]\d[a-z]*\.\w[\w.-]*)$/, "write a db.* class"),
    "cfn-lint: all 414 instance classes, 2026-10",
  ),
  row(
    "proxy-engine",
    "aws:rds/proxy:Proxy",
    "engineFamily",
    oneOf("MYSQL", "POSTGRESQL", "SQLSERVER"),
    "SDK",
  ),
  row(
    "kafka-version",
    "aws:msk/cluster:Cluster",
    "kafkaVersion",
    // 3.6 left support on 2026-06-01, 3.7 on 2026-09-01: no new cluster gets them.
    matching(/^(3\.[89]|4\.\d)\.x(\.kraft)?$/, "write a version in support, such as 3.8.x"),
    "docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html, 2026-05",
  ),
  row(
    "kafka-instance",
    "aws:msk/cluster:Cluster",
    "brokerNodeGroupInfo.instanceType",
    matching(
      /^(kafka|express)\.[a-z]\d[a-z]*\.\w+$/,
      "write a kafka.* type such as kafka.m7g.large",
    ),
    "SDK; express: docs.aws.amazon.com/msk/latest/developerguide/broker-instance-types.html",
  ),
  row(
    "search-version",
    "aws:opensearch/domain:Domain",
    "engineVersion",
    matching(
      /^(Elasticsearch_\d|OpenSearch_\d{1,2})\.\d{1,2}$/,
      "write OpenSearch_ and a version, such as OpenSearch_2.19",
    ),
    "API: opensearch CreateDomain",
  ),
  row(
    "search-instance",
    "aws:opensearch/domain:Domain",
    "clusterConfig.instanceType",
    matching(/\.search$/, "write a type that ends in .search"),
    "cfn-lint: all 237 instance types, 2026-10",
  ),
  row(
    "warehouse-capacity",
    "aws:redshiftserverless/workgroup:Workgroup",
    "baseCapacity",
    warehouseCapacity(),
    "docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html",
  ),
  row("table-billing", table, "billingMode", oneOf("PROVISIONED", "PAY_PER_REQUEST"), "SDK"),
  row("table-key-type", table, "attributes[].type", oneOf("S", "N", "B"), "SDK"),
  row(
    "table-stream",
    table,
    "streamViewType",
    oneOf("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"),
    "SDK",
  ),
  row(
    "dax-node-type",
    "aws:dax/cluster:Cluster",
    "nodeType",
    matching(/^dax\.[rt]\d[a-z]*\.\w+$/, "write a dax.* type such as dax.r5.large"),
    "cfn-lint: all 31 node types, 2026-10",
  ),
  row("queue-retention", queue, "messageRetentionSeconds", between(60, 1_209_600), "SDK"),
  row("queue-visibility", queue, "visibilityTimeoutSeconds", between(0, 43_200), "SDK"),
  row("queue-wait", queue, "receiveWaitTimeSeconds", between(0, 20), "SDK"),
  row("stream-retention", stream, "retentionPeriod", between(24, 8760), "SDK"),
  row("stream-encryption", stream, "encryptionType", oneOf("NONE", "KMS"), "SDK"),
  row(
    "stream-mode",
    stream,
    "streamModeDetails.streamMode",
    oneOf("PROVISIONED", "ON_DEMAND"),
    "SDK",
  ),
  row(
    "bucket-name",
    "aws:s3/bucket:Bucket",
    "bucket",
    matching(
      /^(?!xn--|sthree-)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      "write 3 to 63 small letters, digits, single dots and hyphens",
    ),
    "docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
  ),
  row(
    "bucket-storage-class",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "rules[].transitions[].storageClass",
    oneOf(
      "GLACIER",
      "STANDARD_IA",
      "ONEZONE_IA",
      "INTELLIGENT_TIERING",
      "DEEP_ARCHIVE",
      "GLACIER_IR",
    ),
    "SDK",
  ),
];

const watchRows: readonly Range[] = [
  row(
    "key-deletion",
    ["aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"],
    "deletionWindowInDays",
    between(7, 30),
    "SDK",
  ),
  row("key-rotation", "aws:kms/key:Key", "rotationPeriodInDays", between(90, 2560), "SDK"),
  row(
    "secret-recovery",
    "aws:secretsmanager/secret:Secret",
    "recoveryWindowInDays",
    oneOf(0, ...Array.from({ length: 24 }, (_, n) => n + 7)),
    "SDK",
  ),
  row(
    "log-retention",
    "aws:cloudwatch/logGroup:LogGroup",
    "retentionInDays",
    oneOf(
      0,
      1,
      3,
      5,
      7,
      14,
      30,
      60,
      90,
      120,
      150,
      180,
      365,
      400,
      545,
      731,
      1096,
      1827,
      2192,
      2557,
      2922,
      3288,
      3653,
    ),
    "SDK",
  ),
  row("alarm-period", "aws:cloudwatch/metricAlarm:MetricAlarm", "period", matchingPeriod(), "SDK"),
  row(
    "alarm-missing-data",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "treatMissingData",
    oneOf("missing", "ignore", "breaching", "notBreaching"),
    "SDK",
  ),
  row("pool-mfa", userPool, "mfaConfiguration", oneOf("OFF", "ON", "OPTIONAL"), "SDK"),
  row(
    "pool-password",
    userPool,
    "passwordPolicy.minimumLength",
    between(6, 99),
    "API: cognito-idp",
  ),
  row("pool-tier", userPool, "userPoolTier", oneOf("LITE", "ESSENTIALS", "PLUS"), "SDK"),
  row(
    "api-integration-timeout",
    "aws:apigateway/integration:Integration",
    "timeoutMilliseconds",
    between(50, 300_000),
    "SDK",
  ),
  row(
    "websocket-protocol",
    "aws:apigatewayv2/api:Api",
    "protocolType",
    oneOf("HTTP", "WEBSOCKET"),
    "SDK",
  ),
  row(
    "budget-unit",
    "aws:budgets/budget:Budget",
    "timeUnit",
    oneOf("DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"),
    "SDK",
  ),
  row(
    "grafana-access",
    "aws:grafana/workspace:Workspace",
    "accountAccessType",
    oneOf("CURRENT_ACCOUNT", "ORGANIZATION"),
    "SDK",
  ),
];

/** 10, 20 and 30 seconds, or whole minutes. */
function matchingPeriod() {
  return {
    is: (value: unknown) =>
      typeof value === "number" &&
      ([10, 20, 30].includes(value) || (value > 0 && value % 60 === 0)),
    advice: "write 10, 20, 30, or a multiple of 60",
  };
}

/** RPUs: 4, or 8 to 512 in steps of 8, or up to 1024 in steps of 32. */
function warehouseCapacity() {
  return {
    is: (value: unknown) =>
      value === 4 || between(8, 512, 8).is(value) || between(512, 1024, 32).is(value),
    advice: "write 4, 8 to 512 in steps of 8, or 512 to 1024 in steps of 32",
  };
}

export const ranges: readonly Range[] = [
  ...trafficRanges,
  ...computeRanges,
  ...pipelineRanges,
  ...edgeRanges,
  ...dataRows,
  ...watchRows,
  ...rangeLaws,
  ...experimentLaws,
];
