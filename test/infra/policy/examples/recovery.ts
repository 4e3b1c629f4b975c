// Good and bad examples of infra/policy/recovery.ts and watch.ts.

import { type Example, one, subject } from "./example.ts";

const bucket = subject("aws:s3/bucket:Bucket", {}, { id: "trades" });
const versioning = "aws:s3/bucketVersioning:BucketVersioning";
const cluster = "aws:rds/cluster:Cluster";
const vpc = subject("aws:ec2/vpc:Vpc", {}, { id: "vpc-1" });
const acl = subject("aws:wafv2/webAcl:WebAcl", { arn: "arn:acl" });
const aclLogs = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration";
const topicArn = "arn:aws:sns:us-east-1:111122223333:nodes";
const events = subject("aws:sns/topic:Topic", { arn: topicArn });
const encryptedEvents = subject("aws:sns/topic:Topic", { arn: topicArn, kmsMasterKeyId: "key" });
const eventsOpen = (key: string) =>
  subject("aws:sns/topicPolicy:TopicPolicy", {
    arn: topicArn,
    policy: JSON.stringify({
      Statement: [{ Effect: "Allow", Condition: { StringEquals: { [key]: "111122223333" } } }],
    }),
  });
const cacheWith = (props: Readonly<Record<string, unknown>>) =>
  subject("aws:elasticache/replicationGroup:ReplicationGroup", {
    notificationTopicArn: topicArn,
    ...props,
  });
const ageing = (prefix: string, storageClass: string) => ({
  filter: { prefix },
  transitions: [{ days: 90, storageClass }],
});
const allClusterLogs = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

const lossOf = (resourceType: string, value: string) =>
  subject("aws:fis/experimentTemplate:ExperimentTemplate", {
    targets: [{ name: "some", resourceType, resourceTags: [{ key: "AzImpairmentPower", value }] }],
  });
const volumeLoss = lossOf("aws:ec2:ebs-volume", "ApiPauseVolume");
const launching = (resourceType: string) =>
  subject("aws:ec2/launchTemplate:LaunchTemplate", {
    tagSpecifications: [{ resourceType, tags: { AzImpairmentPower: "ApiPauseVolume" } }],
  });
const groupLoss = lossOf("aws:ec2:autoscaling-group", "IceAsg");
const groupWith = (value: string) =>
  subject("aws:autoscaling/group:Group", { tags: [{ key: "AzImpairmentPower", value }] });

export const recoveryExamples: readonly Example[] = [
  {
    rule: "experiment-finds-targets",
    good: [volumeLoss, launching("volume")],
    bad: [volumeLoss, launching("instance")],
  },
  {
    rule: "experiment-finds-targets",
    good: [groupLoss, groupWith("IceAsg")],
    bad: [groupLoss, groupWith("StopInstances")],
  },
  {
    rule: "stateful-protected",
    good: [subject("aws:s3/bucket:Bucket", {}, { isProtected: true })],
    bad: [subject("aws:s3/bucket:Bucket", {})],
  },
  ...one(
    "table-recoverable",
    "aws:dynamodb/table:Table",
    { pointInTimeRecovery: { enabled: true }, deletionProtectionEnabled: true },
    { pointInTimeRecovery: undefined },
    { deletionProtectionEnabled: false },
  ),
  ...one(
    "database-recoverable",
    cluster,
    { backupRetentionPeriod: 35, deletionProtection: true },
    { backupRetentionPeriod: 1 },
    { deletionProtection: false },
    { skipFinalSnapshot: true },
  ),
  ...one(
    "global-database-kept",
    "aws:rds/globalCluster:GlobalCluster",
    { deletionProtection: true, storageEncrypted: true },
    { deletionProtection: false },
    { storageEncrypted: false },
  ),
  ...one(
    "database-iam",
    cluster,
    { iamDatabaseAuthenticationEnabled: true },
    { iamDatabaseAuthenticationEnabled: false },
  ),
  {
    rule: "bucket-versioned",
    good: [
      bucket,
      subject(versioning, { bucket: "trades", versioningConfiguration: { status: "Enabled" } }),
    ],
    bad: [
      bucket,
      subject(versioning, { bucket: "trades", versioningConfiguration: { status: "Suspended" } }),
    ],
  },
  ...one(
    "cache-snapshots",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    { snapshotRetentionLimit: 7 },
    { snapshotRetentionLimit: 0 },
  ),
  ...one(
    "backup-elsewhere",
    "aws:backup/plan:Plan",
    { rules: [{ ruleName: "daily", copyActions: [{ destinationVaultArn: "arn:vault" }] }] },
    { rules: [{ ruleName: "daily" }] },
  ),
  ...one(
    "secret-replicated",
    "aws:secretsmanager/secret:Secret",
    { replicas: [{ region: "us-west-2", kmsKeyId: "arn:key" }] },
    { replicas: [] },
    { replicas: undefined },
  ),
  ...one(
    "glacier-by-prefix",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    { rules: [ageing("experiments/", "GLACIER"), ageing("trades/", "GLACIER_IR")] },
    { rules: [ageing("", "GLACIER")] },
    { rules: [ageing("bundles/us-east-1/", "GLACIER")] },
    { rules: [ageing("t", "DEEP_ARCHIVE")] },
  ),
  ...one(
    "queue-dead-letters",
    "aws:sqs/queue:Queue",
    { redrivePolicy: "{}" },
    { redrivePolicy: undefined },
  ),
  ...one(
    "queue-dead-letters",
    "aws:sqs/queue:Queue",
    { messageRetentionSeconds: 300 },
    { messageRetentionSeconds: 3600 },
  ),
  ...one(
    "balancer-kept",
    "aws:lb/loadBalancer:LoadBalancer",
    { enableDeletionProtection: true },
    { enableDeletionProtection: false },
  ),
  ...one("key-waits", "aws:kms/key:Key", { deletionWindowInDays: 30 }, { deletionWindowInDays: 7 }),
  ...one(
    "stream-replays",
    "aws:kinesis/stream:Stream",
    { retentionPeriod: 168 },
    { retentionPeriod: 24 },
  ),
];

export const watchExamples: readonly Example[] = [
  {
    rule: "vpc-flow-logs",
    good: [vpc, subject("aws:ec2/flowLog:FlowLog", { vpcId: "vpc-1" })],
    bad: [vpc],
  },
  ...one(
    "log-group-ends",
    "aws:cloudwatch/logGroup:LogGroup",
    { retentionInDays: 90 },
    { retentionInDays: undefined },
  ),
  ...one(
    "balancer-logs",
    "aws:lb/loadBalancer:LoadBalancer",
    { loadBalancerType: "application", accessLogs: { enabled: true } },
    { accessLogs: { enabled: false } },
  ),
  ...one(
    "api-logs",
    "aws:apigateway/stage:Stage",
    { accessLogSettings: { destinationArn: "arn:logs" } },
    { accessLogSettings: undefined },
  ),
  ...one(
    "api-traced",
    "aws:apigateway/stage:Stage",
    { xrayTracingEnabled: true },
    { xrayTracingEnabled: false },
  ),
  ...one(
    "alarm-acts",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    { alarmActions: ["arn:topic"] },
    { alarmActions: [] },
  ),
  ...one(
    "alarm-without-data",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    { treatMissingData: "breaching" },
    { treatMissingData: undefined },
  ),
  ...one(
    "kafka-logs",
    "aws:msk/cluster:Cluster",
    { loggingInfo: { brokerLogs: { cloudwatchLogs: { enabled: true } } } },
    { loggingInfo: {} },
  ),
  ...one(
    "database-logs",
    cluster,
    { enabledCloudwatchLogsExports: ["postgresql"] },
    { enabledCloudwatchLogsExports: [] },
  ),
  ...one(
    "cluster-logs",
    "aws:eks/cluster:Cluster",
    { enabledClusterLogTypes: allClusterLogs },
    { enabledClusterLogTypes: allClusterLogs.slice(1) },
  ),
  ...one(
    "tasks-watched",
    "aws:ecs/cluster:Cluster",
    { settings: [{ name: "containerInsights", value: "enhanced" }] },
    { settings: [{ name: "containerInsights", value: "disabled" }] },
    { settings: [] },
  ),
  ...one(
    "trail-everywhere",
    "aws:cloudtrail/trail:Trail",
    { isMultiRegionTrail: true, enableLogFileValidation: true, kmsKeyId: "arn:key" },
    { isMultiRegionTrail: false },
    { enableLogFileValidation: false },
    { kmsKeyId: undefined },
  ),
  {
    rule: "trail-once",
    good: [],
    bad: [subject("aws:cloudtrail/trail:Trail", {})],
    surroundings: { role: "dr", isActive: false },
  },
  ...[
    [cacheWith({ notificationTopicArn: undefined }), events, eventsOpen("aws:SourceOwner")],
    [cacheWith({}), encryptedEvents, eventsOpen("aws:SourceOwner")],
    [cacheWith({}), events, eventsOpen("aws:SourceAccount")],
    [cacheWith({}), events],
  ].map((bad) => ({
    rule: "node-events-heard",
    good: [cacheWith({}), events, eventsOpen("aws:SourceOwner")],
    bad,
  })),
  {
    rule: "firewall-logs",
    good: [acl, subject(aclLogs, { resourceArn: "arn:acl" })],
    bad: [acl],
  },
];
