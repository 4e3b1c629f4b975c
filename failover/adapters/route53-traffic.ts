// Traffic by Route 53: failover or weighted records, one set a region, and the health checks behind them. The
// checks on /health/primary move clients by themselves; Route 53's control plane is in us-east-1 alone,
// so these calls are an accelerator and a plan may go on without them.

import { setTimeout as sleep } from "node:timers/promises";
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHealthCheckCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
  UpdateHealthCheckCommand,
} from "@aws-sdk/client-route-53";
import { FailoverError } from "../errors.ts";
import type { TrafficRouter } from "../traffic.ts";
import { awsCall, isAwsError } from "./aws-call.ts";
import { type AwsAccess, type CallLimits, clientOptions, controlLimits } from "./client-options.ts";
import {
  changesTo,
  preferredRegion,
  type RecordName,
  type RecordSets,
  setsOf,
} from "./route53-records.ts";

export interface Route53Options extends Omit<AwsAccess, "region"> {
  readonly hostedZoneId: string;
  readonly records: readonly RecordName[];
  readonly regions: Readonly<Record<string, Route53Region>>;
  /**
   * After a move the old region's health check is made to fail until a move back. Off by default: to be
   * let in again a region then needs Route 53's control plane.
   */
  readonly excludesOld?: boolean | undefined;
  /** How long to wait until all of Route 53's servers have the change. */
  readonly inSyncWaitMs?: number | undefined;
}

export interface Route53Region {
  readonly setIdentifier: string;
  readonly healthCheckId?: string | undefined;
}

/** A hosted zone has one control plane, and it is there. */
const controlRegion = "us-east-1";
const inSyncPollMs = 2000;

export class Route53Traffic implements TrafficRouter {
  readonly name = "Route 53";
  private readonly client: Route53Client;
  private readonly options: Route53Options;
  private readonly limits: CallLimits;
  private readonly setIdentifiers: ReadonlyMap<string, string>;

  constructor(options: Route53Options) {
    this.options = options;
    this.limits = options.limits ?? controlLimits;
    this.client = new Route53Client(
      clientOptions({ ...options, region: controlRegion }, this.limits),
    );
    this.setIdentifiers = new Map(
      Object.entries(options.regions).map(([region, { setIdentifier }]) => [region, setIdentifier]),
    );
  }

  describe(toRegion: string): string {
    const names = this.options.records.map(({ name, type }) => `${name} ${type}`).join(", ");
    return (
      `Route 53: make ${toRegion} the preferred answer of ${names}` +
      `${this.options.excludesOld ? " and fail the other region's health check" : ""}; ` +
      "its control plane is in us-east-1: without it the health checks on /health/primary move clients by themselves"
    );
  }

  async current(signal: AbortSignal): Promise<string | null> {
    const regions = new Set<string | null>();
    for (const record of this.options.records) {
      regions.add(preferredRegion(await this.read(record, signal)));
    }
    const [first = null] = regions;
    if (regions.size !== 1 || first === null) return null;
    const healthCheckId = this.options.regions[first]?.healthCheckId;
    if (healthCheckId === undefined) return first;
    const { isOut } = await this.exclusionOf(healthCheckId, signal);
    return isOut === false ? first : null;
  }

  async moveTo(toRegion: string, signal: AbortSignal): Promise<void> {
    if (!this.setIdentifiers.has(toRegion)) {
      throw new FailoverError("TRAFFIC_UNSAFE", `Route 53 knows no region ${toRegion}`);
    }
    // The new region is let in first: were the old one failed before, both could be out for a while. The
    // records change last, so that a move is not taken for done while a health check is still to change.
    await this.setExcluded(toRegion, false, signal);
    if (this.options.excludesOld) {
      for (const region of this.setIdentifiers.keys()) {
        if (region !== toRegion) await this.setExcluded(region, true, signal);
      }
    }
    const changeId = await this.changeRecords(toRegion, signal);
    if (changeId !== null) await this.waitForInSync(changeId, signal);
  }

  close(): void {
    this.client.destroy();
  }

  /** @returns the change's id; `null` where nothing was to change. */
  private async changeRecords(toRegion: string, signal: AbortSignal): Promise<string | null> {
    try {
      return await this.tryChange(toRegion, signal);
    } catch (error) {
      // `InvalidChangeBatch`, which the SDK does not always know by name: another change came between,
      // or this was our own one, repeated after its answer was lost. What is there now tells.
      if (!(error instanceof FailoverError) || error.code !== "AWS_FAILED") throw error;
      return await this.tryChange(toRegion, signal);
    }
  }

  private async tryChange(toRegion: string, signal: AbortSignal): Promise<string | null> {
    const changes: Change[] = [];
    for (const record of this.options.records) {
      changes.push(...changesTo(toRegion, record, await this.read(record, signal)));
    }
    if (changes.length === 0) return null;
    const command = new ChangeResourceRecordSetsCommand({
      HostedZoneId: this.options.hostedZoneId,
      ChangeBatch: { Comment: `Castle: clients to ${toRegion}`, Changes: changes },
    });
    const { ChangeInfo } = await this.call("ChangeResourceRecordSets", signal, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return ChangeInfo?.Id ?? null;
  }

  private async read(record: RecordName, signal: AbortSignal): Promise<RecordSets> {
    const command = new ListResourceRecordSetsCommand({
      HostedZoneId: this.options.hostedZoneId,
      StartRecordName: record.name,
      StartRecordType: record.type,
      // In order of name and type, so a record's own sets come first.
      MaxItems: 10,
    });
    const { ResourceRecordSets = [] } = await this.call(
      "ListResourceRecordSets",
      signal,
      (abortSignal) => this.client.send(command, { abortSignal }),
    );
    return setsOf(record, ResourceRecordSets, this.setIdentifiers);
  }

  /**
   * A check that is disabled counts as healthy, and one that is inverted as well as unhealthy, whatever
   * the endpoint says (Route 53, "Disabled" and "Inverted" of UpdateHealthCheck).
   */
  private async setExcluded(region: string, isOut: boolean, signal: AbortSignal): Promise<void> {
    const HealthCheckId = this.options.regions[region]?.healthCheckId;
    if (HealthCheckId === undefined) return;
    const { isOut: wasOut, version } = await this.exclusionOf(HealthCheckId, signal);
    if (wasOut === isOut) return;
    const update = new UpdateHealthCheckCommand({
      HealthCheckId,
      // Refused where somebody else changed it meanwhile.
      HealthCheckVersion: version,
      Disabled: isOut,
      Inverted: isOut,
    });
    try {
      await this.call("UpdateHealthCheck", signal, (abortSignal) =>
        this.client.send(update, { abortSignal }),
      );
    } catch (error) {
      if (!isAwsError(error, "HealthCheckVersionMismatch")) throw error;
      // Our own update whose answer was lost, or somebody else's: what is there now tells.
      const now = await this.exclusionOf(HealthCheckId, signal);
      if (now.isOut !== isOut) throw error;
    }
  }

  /** `null`: half of it, which neither lets in nor keeps out for sure. */
  private async exclusionOf(
    HealthCheckId: string,
    signal: AbortSignal,
  ): Promise<{ isOut: boolean | null; version: number | undefined }> {
    const { HealthCheck } = await this.call("GetHealthCheck", signal, (abortSignal) =>
      this.client.send(new GetHealthCheckCommand({ HealthCheckId }), { abortSignal }),
    );
    const { Disabled = false, Inverted = false } = HealthCheck?.HealthCheckConfig ?? {};
    const isOut = Disabled === Inverted ? Disabled : null;
    return { isOut, version: HealthCheck?.HealthCheckVersion };
  }

  private async waitForInSync(Id: string, signal: AbortSignal): Promise<void> {
    const { inSyncWaitMs = 0 } = this.options;
    const looks = Math.ceil(inSyncWaitMs / inSyncPollMs);
    for (let look = 0; look < looks; look += 1) {
      const { ChangeInfo } = await this.call("GetChange", signal, (abortSignal) =>
        this.client.send(new GetChangeCommand({ Id }), { abortSignal }),
      );
      if (ChangeInfo?.Status === "INSYNC") return;
      await sleep(inSyncPollMs, undefined, { signal });
    }
  }

  private call<T>(
    name: string,
    signal: AbortSignal,
    send: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return awsCall(`Route 53 ${name}`, signal, send, this.limits);
  }
}
