// JournalStore: the third member of the quorum, a passive voter. It keeps the journal and the snapshot
// in a few keys under one hash tag, and its functions check epoch, position and instance as they
// write. Its primary belongs into zone c, which has no engine: then no zone holds two of three. It
// replicates asynchronously; a failover makes a new instance, which the engines fill (docs/replication.md, rule 8).
// It must never evict: a store that forgets single keys would break its word unnoticed.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { journalUser } from "./exchange-config.ts";
import { openTo } from "./ingress.ts";
import { logGroup } from "./log-group.ts";

export interface JournalStoreArgs {
  readonly config: {
    readonly kind: "elasticache" | "memorydb";
    readonly engineVersion: string;
    readonly nodeType: string;
    readonly replicaCount: number;
  };
  /** A copy in the other region hangs on this store (JournalCopy). */
  readonly isGlobalPrimary: boolean;
  readonly vpcId: pulumi.Input<string>;
  readonly dataSubnetIds: readonly pulumi.Input<string>[];
  /** By zone, a to c. */
  readonly zoneNames: readonly pulumi.Input<string>[];
  readonly primaryZoneIndex: number;
  /** The other region, whose engines read this journal, and its data key. */
  readonly peer: {
    readonly cidr: string;
    readonly region: string;
    readonly dataKeyArn: pulumi.Input<string>;
  };
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
  /** Of NodeEvents. */
  readonly eventTopicArn: pulumi.Input<string>;
}

const journalPort = 6379;
/** Its last refuge when all three members are lost. */
const snapshotDays = 7;

/**
 * What the nodes need: their functions, and in them keys with the exchange's hash tag. Nothing that
 * lists, flushes or configures; INFO tells the instance.
 */
export const journalAccess =
  "on ~{castle:* resetchannels -@all +@read +@write +@scripting +@connection -@dangerous +info";

export class JournalStore extends pulumi.ComponentResource {
  readonly endpoint: pulumi.Output<string>;
  readonly port = journalPort;
  readonly securityGroupId: pulumi.Output<string>;
  /** Empty for MemoryDB, as the next two. */
  readonly replicationGroupId: pulumi.Output<string>;
  readonly subnetGroupName: pulumi.Output<string>;
  readonly userGroupId: pulumi.Output<string>;
  /** JSON: `username`, `password`. */
  readonly userSecretArn: pulumi.Output<string>;
  /** Empty where no copy hangs on it. */
  readonly globalDatastoreId: pulumi.Output<string>;

  private readonly name: string;
  private readonly args: JournalStoreArgs;

  constructor(name: string, args: JournalStoreArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:JournalStore", name, {}, options);
    this.name = name;
    this.args = args;
    this.securityGroupId = this.securityGroup();
    const secret = this.userSecret();
    this.userSecretArn = secret.arn;
    const { password } = secret;
    if (args.config.kind === "elasticache") {
      this.subnetGroupName = this.cacheSubnets();
      this.userGroupId = this.cacheUsers(password);
      const group = this.replicationGroup();
      this.endpoint = group.primaryEndpointAddress;
      this.replicationGroupId = group.id;
      this.globalDatastoreId = this.globalDatastore(group);
    } else {
      this.endpoint = this.memoryCluster(password);
      const none = pulumi.output("");
      this.replicationGroupId = none;
      this.subnetGroupName = none;
      this.userGroupId = none;
      this.globalDatastoreId = none;
    }
    this.registerOutputs({ endpoint: this.endpoint, userSecretArn: this.userSecretArn });
  }

  private securityGroup(): pulumi.Output<string> {
    const { name, args } = this;
    const parent = { parent: this };
    const group = new aws.ec2.SecurityGroup(
      `${name}-group`,
      { vpcId: args.vpcId, description: "The journal's store", egress: [] },
      parent,
    );
    const door = { securityGroupId: group.id, port: journalPort };
    openTo(name, "peer", door, { cidrIpv4: args.peer.cidr }, this);
    return group.id;
  }

  allow(who: string, referencedSecurityGroupId: pulumi.Input<string>): void {
    openTo(this.name, who, this, { referencedSecurityGroupId }, this);
  }

  /** Letters and digits alone: it stands in a URL. */
  private password(): pulumi.Output<string> {
    const chance = aws.secretsmanager.getRandomPasswordOutput(
      { passwordLength: 40, excludePunctuation: true },
      { parent: this },
    );
    return pulumi.secret(chance.randomPassword);
  }

  /** Nodes of the other region read it too, each where it is: no store of secrets answers for another region. */
  private userSecret() {
    const { name, args } = this;
    const secret = new aws.secretsmanager.Secret(
      `${name}-user-secret`,
      {
        description: "The journal's user",
        kmsKeyId: args.dataKeyArn,
        recoveryWindowInDays: 30,
        replicas: [{ region: args.peer.region, kmsKeyId: args.peer.dataKeyArn }],
      },
      { parent: this, protect: true },
    );
    const first = new aws.secretsmanager.SecretVersion(
      `${name}-user-secret-first`,
      {
        secretId: secret.id,
        secretString: pulumi.jsonStringify({ username: journalUser, password: this.password() }),
      },
      { parent: this, protect: true, ignoreChanges: ["secretString"] },
    );
    // As it was kept, not as this run drew it: the user may be made by a later run than the secret.
    return { arn: secret.arn, password: pulumi.secret(first.secretString.apply(passwordIn)) };
  }

  private cacheSubnets(): pulumi.Output<string> {
    return new aws.elasticache.SubnetGroup(
      `${this.name}-subnets`,
      { subnetIds: [...this.args.dataSubnetIds] },
      { parent: this },
    ).name;
  }

  private replicationGroup(): aws.elasticache.ReplicationGroup {
    const { name, args } = this;
    const { config } = args;
    const parent = { parent: this };
    const parameters = new aws.elasticache.ParameterGroup(
      `${name}-parameters`,
      {
        family: `valkey${majorOf(config.engineVersion)}`,
        parameters: [
          { name: "maxmemory-policy", value: "noeviction" },
          // Room for replication and snapshots beside the data.
          { name: "reserved-memory-percent", value: "25" },
        ],
      },
      parent,
    );
    const log = logGroup(
      `${name}-log`,
      { keyArn: args.logKeyArn, retentionDays: args.logRetentionDays },
      parent,
    );
    const delivery = {
      destination: log.name,
      destinationType: "cloudwatch-logs",
      logFormat: "json",
    };
    const group = new aws.elasticache.ReplicationGroup(
      `${name}-store`,
      {
        description: "Journal and snapshot of the exchange",
        engine: "valkey",
        engineVersion: config.engineVersion,
        nodeType: config.nodeType,
        numCacheClusters: 1 + config.replicaCount,
        // The first one is the primary's.
        preferredCacheClusterAzs: zonesOfNodes(args),
        automaticFailoverEnabled: true,
        multiAzEnabled: true,
        port: journalPort,
        subnetGroupName: this.subnetGroupName,
        securityGroupIds: [this.securityGroupId],
        parameterGroupName: parameters.name,
        atRestEncryptionEnabled: true,
        kmsKeyId: args.dataKeyArn,
        transitEncryptionEnabled: true,
        transitEncryptionMode: "required",
        userGroupIds: [this.userGroupId],
        snapshotRetentionLimit: snapshotDays,
        autoMinorVersionUpgrade: false,
        applyImmediately: false,
        notificationTopicArn: args.eventTopicArn,
        logDeliveryConfigurations: [
          { ...delivery, logType: "slow-log" },
          { ...delivery, logType: "engine-log" },
        ],
        tags: { AzImpairmentPower: "DisruptElasticache" },
      },
      // Where the primary is changes with a failover; the toolkit brings it home, not an update.
      { parent: this, protect: true, ignoreChanges: ["preferredCacheClusterAzs"] },
    );
    this.alarms(pulumi.interpolate`${group.id}-001`);
    return group;
  }

  private cacheUsers(password: pulumi.Output<string>): pulumi.Output<string> {
    const { name } = this;
    const nobody = new aws.elasticache.User(
      `${name}-nobody`,
      {
        userId: `${name}-nobody`,
        userName: "default",
        engine: "valkey",
        accessString: "off ~* -@all",
        // Off as it is: a group of Valkey takes no user without a password.
        authenticationMode: { type: "password", passwords: [this.password()] },
      },
      { parent: this, ignoreChanges: ["authenticationMode"] },
    );
    const user = new aws.elasticache.User(
      `${name}-user`,
      {
        userId: `${name}-user`,
        userName: journalUser,
        engine: "valkey",
        accessString: journalAccess,
        authenticationMode: { type: "password", passwords: [password] },
      },
      { parent: this, ignoreChanges: ["authenticationMode"] },
    );
    const group = new aws.elasticache.UserGroup(
      `${name}-users`,
      { userGroupId: `${name}-users`, engine: "valkey", userIds: [nobody.userId, user.userId] },
      { parent: this },
    );
    return group.userGroupId;
  }

  private globalDatastore(group: aws.elasticache.ReplicationGroup): pulumi.Output<string> {
    if (!this.args.isGlobalPrimary) return pulumi.output("");
    const datastore = new aws.elasticache.GlobalReplicationGroup(
      `${this.name}-global`,
      {
        globalReplicationGroupIdSuffix: this.name,
        globalReplicationGroupDescription: "A read-only copy of the journal in the other region",
        primaryReplicationGroupId: group.id,
      },
      { parent: this, protect: true },
    );
    return datastore.globalReplicationGroupId;
  }

  /**
   * Every write waits for a durable log over zones. It does not let its primary's zone be chosen, and is always in cluster
   * mode, where a replica sends engines elsewhere: without one, the cluster's endpoint leads to the one node.
   */
  private memoryCluster(password: pulumi.Output<string>): pulumi.Output<string> {
    const { name, args } = this;
    const { config } = args;
    const parent = { parent: this };
    const subnets = new aws.memorydb.SubnetGroup(
      `${name}-subnets`,
      { subnetIds: [...args.dataSubnetIds] },
      parent,
    );
    const parameters = new aws.memorydb.ParameterGroup(
      `${name}-parameters`,
      {
        family: `memorydb_valkey${majorOf(config.engineVersion)}`,
        parameters: [{ name: "maxmemory-policy", value: "noeviction" }],
      },
      parent,
    );
    const user = new aws.memorydb.User(
      `${name}-user`,
      {
        userName: journalUser,
        accessString: journalAccess,
        authenticationMode: { type: "password", passwords: [password] },
      },
      { parent: this, ignoreChanges: ["authenticationMode"] },
    );
    const acl = new aws.memorydb.Acl(`${name}-users`, { userNames: [user.userName] }, parent);
    const cluster = new aws.memorydb.Cluster(
      `${name}-store`,
      {
        description: "Journal and snapshot of the exchange",
        engine: "valkey",
        engineVersion: config.engineVersion,
        nodeType: config.nodeType.replace(/^cache\./, "db."),
        numShards: 1,
        numReplicasPerShard: 0,
        port: journalPort,
        subnetGroupName: subnets.name,
        securityGroupIds: [this.securityGroupId],
        parameterGroupName: parameters.name,
        aclName: acl.name,
        tlsEnabled: true,
        kmsKeyArn: args.dataKeyArn,
        snapshotRetentionLimit: snapshotDays,
        autoMinorVersionUpgrade: false,
        snsTopicArn: args.eventTopicArn,
      },
      { parent: this, protect: true },
    );
    return cluster.clusterEndpoints.apply((endpoints) => endpoints[0]?.address ?? "");
  }

  private alarms(nodeId: pulumi.Input<string>): void {
    const { name, args } = this;
    const common = {
      namespace: "AWS/ElastiCache",
      dimensions: { CacheClusterId: nodeId },
      statistic: "Maximum",
      periodSeconds: 60,
      topicArn: args.alarmTopicArn,
    } as const;
    alarm(
      `${name}-memory`,
      {
        ...common,
        description:
          "The journal's store is filling: it refuses entries when it is full. Which follower keeps the journal from being trimmed?",
        metricName: "DatabaseMemoryUsagePercentage",
        periods: 3,
        when: ">",
        threshold: 70,
        silence: "breaching",
      },
      { parent: this },
    );
    alarm(
      `${name}-processor`,
      {
        ...common,
        description:
          "The journal's store has one thread, and it is nearly busy: take larger nodes.",
        metricName: "EngineCPUUtilization",
        periods: 3,
        when: ">",
        threshold: 80,
        silence: "breaching",
      },
      { parent: this },
    );
    alarm(
      `${name}-evictions`,
      {
        ...common,
        description:
          "The journal's store evicts keys: engines refuse it until its policy is noeviction.",
        metricName: "Evictions",
        periods: 1,
        when: ">",
        threshold: 0,
        silence: "notBreaching",
      },
      { parent: this },
    );
  }
}

/** The primary's zone first; replicas in the others, in turn. */
export function zonesOfNodes<T>({
  config,
  zoneNames,
  primaryZoneIndex,
}: {
  readonly config: { readonly replicaCount: number };
  readonly zoneNames: readonly T[];
  readonly primaryZoneIndex: number;
}): T[] {
  const primary = zoneNames[primaryZoneIndex];
  if (primary === undefined) throw new RangeError(`there is no zone ${primaryZoneIndex}`);
  const others = zoneNames.filter((_, index) => index !== primaryZoneIndex);
  const replicas = Array.from(
    { length: config.replicaCount },
    (_, index) => others[index % others.length] ?? primary,
  );
  return [primary, ...replicas];
}

const passwordIn = (document: string | undefined): string =>
  (JSON.parse(document ?? "{}") as { readonly password?: string }).password ?? "";

const majorOf = (version: string): string => version.split(".")[0] ?? version;
