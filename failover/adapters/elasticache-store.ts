// The journal's Redis on ElastiCache: its primary belongs in the zone that has no engine. Whatever moves it, the
// protocol sees a new instance and fills it (rule 8); until then it stands on the two engines alone, so
// this is done while both are in sync. Each look decides the next step: cut anywhere, it goes on.

import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeReplicationGroupsCommand,
  ElastiCacheClient,
  ModifyReplicationGroupCommand,
  type ModifyReplicationGroupCommandInput,
  type ReplicationGroup,
} from "@aws-sdk/client-elasticache";
import { FailoverError } from "../errors.ts";
import type { JournalStore, StorePrimary } from "../store.ts";
import { awsCall, isAwsError } from "./aws-call.ts";
import { type AwsAccess, type CallLimits, clientOptions, controlLimits } from "./client-options.ts";

export interface ElastiCacheOptions extends AwsAccess {
  readonly replicationGroupId: string;
  /** Names in AWS of our zones: `{ c: "us-east-1c" }`. */
  readonly zones: Readonly<Record<string, string>>;
  /** Has to be off while a primary is chosen; this is how it is left. */
  readonly hasAutomaticFailover?: boolean | undefined;
  readonly moveTimeoutMs?: number | undefined;
  readonly pollMs?: number | undefined;
}

export interface StoreNode {
  readonly clusterId: string;
  /** Its name in AWS. */
  readonly zone: string;
  readonly isPrimary: boolean;
}

export interface StoreStatus {
  /** ElastiCache's own word; `available` when nothing is in motion. */
  readonly status: string;
  readonly hasAutomaticFailover: boolean;
  readonly nodes: readonly StoreNode[];
}

type Change = Omit<ModifyReplicationGroupCommandInput, "ReplicationGroupId" | "ApplyImmediately">;

const moveTimeoutMsDefault = 600_000;
const pollMsDefault = 5000;

export class ElastiCacheStore implements JournalStore {
  readonly name = "ElastiCache";
  private readonly client: ElastiCacheClient;
  private readonly options: ElastiCacheOptions;
  private readonly limits: CallLimits;

  constructor(options: ElastiCacheOptions) {
    this.options = options;
    this.limits = options.limits ?? controlLimits;
    this.client = new ElastiCacheClient(clientOptions(options, this.limits));
  }

  async status(signal: AbortSignal): Promise<StoreStatus> {
    const { replicationGroupId } = this.options;
    const command = new DescribeReplicationGroupsCommand({
      ReplicationGroupId: replicationGroupId,
    });
    const { ReplicationGroups = [] } = await awsCall(
      "ElastiCache DescribeReplicationGroups",
      signal,
      (abortSignal) => this.client.send(command, { abortSignal }),
      this.limits,
    );
    const [group] = ReplicationGroups;
    if (group !== undefined) return statusOf(group);
    throw new FailoverError("AWS_NOT_FOUND", `there is no replication group ${replicationGroupId}`);
  }

  async primary(signal: AbortSignal): Promise<StorePrimary> {
    const { zones, hasAutomaticFailover = true } = this.options;
    const store = await this.status(signal);
    const awsZone = store.nodes.find(({ isPrimary }) => isPrimary)?.zone;
    const found = Object.entries(zones).find(([, name]) => name === awsZone);
    return {
      zone: found?.[0] ?? null,
      isSettled:
        store.status === "available" && store.hasAutomaticFailover === hasAutomaticFailover,
    };
  }

  async placePrimary(zone: string, signal: AbortSignal): Promise<void> {
    const awsZone = this.nameOf(zone);
    const { moveTimeoutMs = moveTimeoutMsDefault, pollMs = pollMsDefault } = this.options;
    const looks = Math.ceil(moveTimeoutMs / pollMs);
    for (let look = 0; look < looks && !signal.aborted; look += 1) {
      const store = await this.status(signal);
      if (store.status === "available") {
        const change = this.nextChange(store, awsZone);
        if (change === null) return;
        await this.modify(change, signal);
      }
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
    throw new FailoverError(
      "DATABASE_NOT_MOVED",
      `${this.options.replicationGroupId} has no primary in zone ${zone} in the time allowed`,
    );
  }

  close(): void {
    this.client.destroy();
  }

  private nameOf(zone: string): string {
    const name = this.options.zones[zone];
    if (name !== undefined) return name;
    throw new FailoverError("AWS_NOT_FOUND", `the deployment names no zone ${zone} of AWS`);
  }

  /** `null`: all is as it shall be. */
  private nextChange(store: StoreStatus, zone: string): Change | null {
    const { hasAutomaticFailover = true } = this.options;
    if (store.nodes.some((node) => node.isPrimary && node.zone === zone)) {
      if (store.hasAutomaticFailover === hasAutomaticFailover) return null;
      return automaticFailover(hasAutomaticFailover);
    }
    const chosen = store.nodes.find((node) => node.zone === zone);
    if (chosen === undefined) {
      throw new FailoverError("AWS_NOT_FOUND", `no node of the store is in zone ${zone}`, {
        nodes: store.nodes,
      });
    }
    if (store.hasAutomaticFailover) return automaticFailover(false);
    return { PrimaryClusterId: chosen.clusterId };
  }

  private async modify(change: Change, signal: AbortSignal): Promise<void> {
    const command = new ModifyReplicationGroupCommand({
      ReplicationGroupId: this.options.replicationGroupId,
      ApplyImmediately: true,
      ...change,
    });
    try {
      await awsCall(
        "ElastiCache ModifyReplicationGroup",
        signal,
        (abortSignal) => this.client.send(command, { abortSignal }),
        this.limits,
      );
    } catch (error) {
      // Something is in motion already, perhaps just this: the next look tells.
      if (!isAwsError(error, "InvalidReplicationGroupState", "InvalidReplicationGroupStateFault")) {
        throw error;
      }
    }
  }
}

/** Both go together: one needs the other. */
const automaticFailover = (isOn: boolean): Change => ({
  AutomaticFailoverEnabled: isOn,
  MultiAZEnabled: isOn,
});

function statusOf({ Status, AutomaticFailover, NodeGroups = [] }: ReplicationGroup): StoreStatus {
  // One shard: the group has one node group, and its members tell their roles.
  const members = NodeGroups[0]?.NodeGroupMembers ?? [];
  return {
    status: Status ?? "unknown",
    hasAutomaticFailover: AutomaticFailover === "enabled" || AutomaticFailover === "enabling",
    nodes: members.map(({ CacheClusterId, PreferredAvailabilityZone, CurrentRole }) => ({
      clusterId: CacheClusterId ?? "",
      zone: PreferredAvailabilityZone ?? "",
      isPrimary: CurrentRole === "primary",
    })),
  };
}
