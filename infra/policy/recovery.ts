// What must survive: data that cannot be deleted by mistake, and copies of it elsewhere.

import { promptPrefixes } from "../components/archive-prefixes.ts";
import {
  across,
  at,
  attached,
  each,
  isGiven,
  listAt,
  ofType,
  type Rule,
  type Subject,
} from "./rule.ts";

/** What holds data, identity or addresses that cannot be made again. */
const statefulTypes: readonly string[] = [
  "aws:cognito/userPool:UserPool",
  "aws:dynamodb/table:Table",
  "aws:elasticache/replicationGroup:ReplicationGroup",
  "aws:globalaccelerator/accelerator:Accelerator",
  "aws:kms/key:Key",
  "aws:memorydb/cluster:Cluster",
  "aws:msk/cluster:Cluster",
  "aws:msk/topic:Topic",
  "aws:opensearch/domain:Domain",
  "aws:rds/cluster:Cluster",
  "aws:rds/globalCluster:GlobalCluster",
  "aws:rds/instance:Instance",
  "aws:redshiftserverless/namespace:Namespace",
  "aws:route53/zone:Zone",
  "aws:s3/bucket:Bucket",
  "aws:secretsmanager/secret:Secret",
];

const retentionDaysMin = 7;

/** GLACIER_IR answers at once. */
const isSlow = (transition: unknown): boolean =>
  ["GLACIER", "DEEP_ARCHIVE"].includes(String(at(transition, "storageClass")));

/** Replicas are filled again from their source, and results by the query: tagged so. */
const isReproducible = (props: Subject["props"]): boolean =>
  isGiven(props.replicateSourceDb) || at(props, "tags.contents") === "reproducible";

const template = "aws:fis/experimentTemplate:ExperimentTemplate";
const launched = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass";
const hosts = ["aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance", launched];

/** By what an experiment aims at: the resources that bring it. */
const broughtBy: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2:instance": hosts,
  "aws:ec2:ebs-volume": hosts,
  "aws:ec2:autoscaling-group": ["aws:autoscaling/group:Group"],
  "aws:ec2:subnet": ["aws:ec2/subnet:Subnet"],
  "aws:elasticache:replicationgroup": ["aws:elasticache/replicationGroup:ReplicationGroup"],
  "aws:arc:zonal-shift-managed-resource": ["aws:lb/loadBalancer:LoadBalancer"],
};

/** Its own tags, and those of what it launches. */
const tagsOf = ({ props }: Subject, resourceType: string): readonly unknown[] => [
  props.tags,
  at(props, "spec.tags"),
  ...listAt(props, "tagSpecifications")
    .filter((one) => resourceType.endsWith(String(at(one, "resourceType"))))
    .map((one) => at(one, "tags")),
];

/** As a map, or as the list that groups take. */
const hasTag = (tags: unknown, key: unknown, value: unknown): boolean =>
  Array.isArray(tags)
    ? tags.some((tag) => at(tag, "key") === key && at(tag, "value") === value)
    : at(tags, String(key)) === value;

/** Tags that a target asks for and nothing of its kind bears. */
function tagsMissed(all: readonly Subject[], target: unknown): string[] {
  const resourceType = String(at(target, "resourceType"));
  const borne = ofType(all, ...(broughtBy[resourceType] ?? [])).flatMap((one) =>
    tagsOf(one, resourceType),
  );
  return listAt(target, "resourceTags")
    .map((tag) => [at(tag, "key"), at(tag, "value")])
    .filter(([key, value]) => !borne.some((tags) => hasTag(tags, key, value)))
    .map(([key, value]) => `no ${resourceType} bears the tag ${String(key)}=${String(value)}`);
}

export const recoveryRules: readonly Rule[] = [
  across(
    "experiment-finds-targets",
    "what an experiment does not find it skips, and the exercise shows nothing",
    (all) =>
      ofType(all, template).flatMap((one) =>
        listAt(one.props, "targets")
          .flatMap((target) => tagsMissed(all, target))
          .map((fault) => [one, fault] as const),
      ),
  ),
  {
    name: "stateful-protected",
    why: "`pulumi destroy`, or a renamed resource, must not take the data with it",
    check: (all) =>
      ofType(all, ...statefulTypes)
        .filter(({ options, props }) => !options.isProtected && !isReproducible(props))
        .map(({ name }) => ({
          rule: "stateful-protected",
          name,
          message: "holds what cannot be made again: set protect: true",
        })),
  },
  each(
    "table-recoverable",
    "a bad release deletes rows faster than people look [DDB3]",
    ["aws:dynamodb/table:Table"],
    (props) => [
      at(props, "pointInTimeRecovery.enabled") !== true && "set pointInTimeRecovery.enabled",
      props.deletionProtectionEnabled !== true && "set deletionProtectionEnabled",
    ],
  ),
  each(
    "database-recoverable",
    "as above [RDS10]",
    ["aws:rds/cluster:Cluster", "aws:rds/instance:Instance"],
    (props) =>
      isReproducible(props)
        ? []
        : [
            Number(props.backupRetentionPeriod ?? 0) < retentionDaysMin &&
              `set backupRetentionPeriod to ${retentionDaysMin} days or more`,
            props.deletionProtection !== true && "set deletionProtection",
            props.skipFinalSnapshot === true && "leave skipFinalSnapshot out",
          ],
  ),
  each(
    "global-database-kept",
    "deleting the global cluster detaches both regions",
    ["aws:rds/globalCluster:GlobalCluster"],
    (props) => [
      props.deletionProtection !== true && "set deletionProtection",
      props.storageEncrypted !== true && "set storageEncrypted",
    ],
  ),
  each("database-iam", "passwords leak [RDS6]", ["aws:rds/cluster:Cluster"], (props) => [
    props.iamDatabaseAuthenticationEnabled !== true && "set iamDatabaseAuthenticationEnabled",
  ]),
  across("bucket-versioned", "what is overwritten is gone", (all) =>
    ofType(all, "aws:s3/bucket:Bucket").flatMap((bucket) => {
      const kept = attached(all, "aws:s3/bucketVersioning:BucketVersioning", "bucket", bucket);
      const isKept = kept.some(
        ({ props }) => at(props, "versioningConfiguration.status") === "Enabled",
      );
      return isKept || isReproducible(bucket.props)
        ? []
        : [[bucket, "versioning is not enabled"] as const];
    }),
  ),
  each(
    "cache-snapshots",
    "the journal's last refuge when three members are lost",
    ["aws:elasticache/replicationGroup:ReplicationGroup"],
    (props) => [
      // A member of a Global Datastore gets its settings from the primary.
      !isGiven(props.globalReplicationGroupId) &&
        Number(props.snapshotRetentionLimit ?? 0) < 1 &&
        "set snapshotRetentionLimit",
    ],
  ),
  each(
    "backup-elsewhere",
    "a backup in the lost region is lost",
    ["aws:backup/plan:Plan"],
    (props) =>
      listAt(props, "rules").map(
        (rule) =>
          listAt(rule, "copyActions").length === 0 &&
          `rule ${String(at(rule, "ruleName"))} copies nothing to another region: add copyActions`,
      ),
  ),
  each(
    "secret-replicated",
    "the other region follows with the same secrets, and reads them where it is",
    ["aws:secretsmanager/secret:Secret"],
    (props) => [listAt(props, "replicas").length === 0 && "set replicas to the other region"],
  ),
  each(
    "glacier-by-prefix",
    "a host that asks for its bundle gets an error, and a query passes over rows, where hours are needed to bring an object back",
    ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"],
    (props) =>
      listAt(props, "rules")
        .filter((rule) => listAt(rule, "transitions").some(isSlow))
        .map((rule) => String(at(rule, "filter.prefix") ?? ""))
        .map((prefix) => {
          if (prefix === "") return "everything moves to Glacier: name a prefix";
          const isPrompt = promptPrefixes.some(
            (one) => prefix.startsWith(one) || one.startsWith(prefix),
          );
          return isPrompt && `${prefix} moves to Glacier: take GLACIER_IR, or leave it`;
        }),
  ),
  each(
    "queue-dead-letters",
    "a message that cannot be handled blocks its group for ever [SQS3]",
    ["aws:sqs/queue:Queue"],
    (props, { name }) => [
      !isGiven(props.redrivePolicy) &&
        !isGiven(props.redriveAllowPolicy) &&
        !/dead|failed/.test(name) &&
        // A notice that ends within minutes blocks nothing, and is of no use later.
        Number(props.messageRetentionSeconds ?? 345_600) > 300 &&
        "set redrivePolicy",
    ],
  ),
  each(
    "balancer-kept",
    "its name is in clients' configuration",
    ["aws:lb/loadBalancer:LoadBalancer"],
    (props) => [props.enableDeletionProtection !== true && "set enableDeletionProtection"],
  ),
  each(
    "key-waits",
    "a deleted key takes with it everything that it encrypted",
    ["aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey"],
    (props) => [Number(props.deletionWindowInDays ?? 30) < 30 && "set deletionWindowInDays to 30"],
  ),
  each(
    "stream-replays",
    "a consumer that was broken over a weekend must find everything (seed 002: seven days)",
    ["aws:kinesis/stream:Stream"],
    (props) => [Number(props.retentionPeriod ?? 24) < 168 && "set retentionPeriod to 168 hours"],
  ),
];
