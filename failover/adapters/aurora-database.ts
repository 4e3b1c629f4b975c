// The history's database as an Aurora global database. A switchover is asked of the writer's region and loses
// nothing; a failover is asked of the region that is to write, which is the one that lives. A move that is
// done, or under way to the same region, is never begun again.

import { setTimeout as sleep } from "node:timers/promises";
import {
  DescribeDBClustersCommand,
  DescribeGlobalClustersCommand,
  FailoverGlobalClusterCommand,
  type GlobalCluster,
  RDSClient,
  SwitchoverGlobalClusterCommand,
} from "@aws-sdk/client-rds";
import type { GlobalDatabase } from "../database.ts";
import { FailoverError } from "../errors.ts";
import { awsCall, isAwsError } from "./aws-call.ts";
import { type AwsAccess, type CallLimits, clientOptions, controlLimits } from "./client-options.ts";

export interface AuroraOptions extends Omit<AwsAccess, "region"> {
  readonly globalClusterId: string;
  /** By region of ours. */
  readonly clusters: Readonly<Record<string, AuroraCluster>>;
  /** How long a move may take: a switchover takes minutes, and trading does not wait for it. */
  readonly moveTimeoutMs?: number | undefined;
  readonly pollMs?: number | undefined;
}

export interface AuroraCluster {
  readonly arn: string;
  readonly awsRegion: string;
}

type Promotion = Parameters<GlobalDatabase["promote"]>[0];

const moveTimeoutMsDefault = 900_000;
const pollMsDefault = 3000;

/** AWS is in the middle of something, perhaps of just this. */
const busyNames = ["InvalidGlobalClusterStateFault", "InvalidDBClusterStateFault"];

export class AuroraDatabase implements GlobalDatabase {
  readonly name = "Aurora global database";
  private readonly options: AuroraOptions;
  private readonly limits: CallLimits;
  private readonly clients = new Map<string, RDSClient>();

  constructor(options: AuroraOptions) {
    this.options = options;
    this.limits = options.limits ?? controlLimits;
  }

  async writerRegion(signal: AbortSignal): Promise<string> {
    const writer = this.writerOf(await this.describeAnywhere(signal));
    if (writer !== null) return writer;
    throw new FailoverError(
      "AWS_NOT_FOUND",
      `${this.options.globalClusterId} has no writer we know`,
    );
  }

  async writerEndpoint(signal: AbortSignal): Promise<string> {
    const cluster = this.clusterOf(await this.writerRegion(signal));
    const command = new DescribeDBClustersCommand({ DBClusterIdentifier: cluster.arn });
    const { DBClusters = [] } = await this.call("DescribeDBClusters", signal, (abortSignal) =>
      this.client(cluster).send(command, { abortSignal }),
    );
    const endpoint = DBClusters[0]?.Endpoint;
    if (endpoint !== undefined) return endpoint;
    throw new FailoverError("AWS_NOT_FOUND", `cluster ${cluster.arn} has no endpoint`);
  }

  async promote(request: Promotion, signal: AbortSignal): Promise<void> {
    const target = this.clusterOf(request.region);
    const { moveTimeoutMs = moveTimeoutMsDefault, pollMs = pollMsDefault } = this.options;
    const looks = Math.ceil(moveTimeoutMs / pollMs);
    let isAsked = false;
    for (let look = 0; look < looks && !signal.aborted; look += 1) {
      const cluster = await this.describe(target, signal);
      if (this.isDone(cluster, request)) return;
      if (!isAsked && !isUnderWay(cluster)) {
        isAsked = await this.ask(request, cluster, signal);
      }
      await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    }
    throw new FailoverError(
      "DATABASE_NOT_MOVED",
      `${this.options.globalClusterId} did not make ${request.region} its writer in the time allowed: it goes on by itself`,
    );
  }

  close(): void {
    for (const client of this.clients.values()) client.destroy();
  }

  /**
   * A switchover is done when nothing is in motion any more. A failover is done when the new writer writes:
   * the lost region's cluster is built again when that region is back, which nobody waits for.
   */
  private isDone(cluster: GlobalCluster, { region, mode }: Promotion): boolean {
    if (this.writerOf(cluster) !== region) return false;
    return mode === "failover" || !isUnderWay(cluster);
  }

  /** @returns whether AWS took it on; `false`: it is busy, look again. */
  private async ask(
    { region, mode }: Promotion,
    cluster: GlobalCluster,
    signal: AbortSignal,
  ): Promise<boolean> {
    const target = this.clusterOf(region);
    const move = {
      GlobalClusterIdentifier: this.options.globalClusterId,
      TargetDbClusterIdentifier: target.arn,
    };
    try {
      if (mode === "failover") {
        const command = new FailoverGlobalClusterCommand({ ...move, AllowDataLoss: true });
        await this.call("FailoverGlobalCluster", signal, (abortSignal) =>
          this.client(target).send(command, { abortSignal }),
        );
      } else {
        const writer = this.clusterOf(this.writerOf(cluster) ?? region);
        const command = new SwitchoverGlobalClusterCommand(move);
        await this.call("SwitchoverGlobalCluster", signal, (abortSignal) =>
          this.client(writer).send(command, { abortSignal }),
        );
      }
      return true;
    } catch (error) {
      if (isAwsError(error, ...busyNames)) return false;
      throw error;
    }
  }

  private writerOf({ GlobalClusterMembers = [] }: GlobalCluster): string | null {
    const writerArn = GlobalClusterMembers.find(({ IsWriter }) => IsWriter === true)?.DBClusterArn;
    const found = Object.entries(this.options.clusters).find(([, { arn }]) => arn === writerArn);
    return found?.[0] ?? null;
  }

  /** Any region that answers will do: one of them may be lost. */
  private async describeAnywhere(signal: AbortSignal): Promise<GlobalCluster> {
    let failure: unknown;
    for (const cluster of Object.values(this.options.clusters)) {
      try {
        return await this.describe(cluster, signal);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  private async describe(asked: AuroraCluster, signal: AbortSignal): Promise<GlobalCluster> {
    const { globalClusterId } = this.options;
    const command = new DescribeGlobalClustersCommand({ GlobalClusterIdentifier: globalClusterId });
    const { GlobalClusters = [] } = await this.call(
      "DescribeGlobalClusters",
      signal,
      (abortSignal) => this.client(asked).send(command, { abortSignal }),
    );
    const [cluster] = GlobalClusters;
    if (cluster !== undefined) return cluster;
    throw new FailoverError("AWS_NOT_FOUND", `there is no global cluster ${globalClusterId}`);
  }

  private clusterOf(region: string): AuroraCluster {
    const cluster = this.options.clusters[region];
    if (cluster !== undefined) return cluster;
    throw new FailoverError(
      "AWS_NOT_FOUND",
      `the deployment names no cluster for region ${region}`,
    );
  }

  private client({ awsRegion }: AuroraCluster): RDSClient {
    const there = this.clients.get(awsRegion);
    if (there !== undefined) return there;
    const made = new RDSClient(clientOptions({ ...this.options, region: awsRegion }, this.limits));
    this.clients.set(awsRegion, made);
    return made;
  }

  private call<T>(
    name: string,
    signal: AbortSignal,
    send: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return awsCall(`RDS ${name}`, signal, send, this.limits);
  }
}

/** Of any move: `FailoverState` is empty while nothing is in motion. */
const isUnderWay = ({ FailoverState, Status }: GlobalCluster): boolean =>
  FailoverState?.Status !== undefined || Status === "switching-over" || Status === "failing-over";
