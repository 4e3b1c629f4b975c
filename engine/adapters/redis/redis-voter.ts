// RedisVoter: the third member of the quorum, as the engines call it. Exactly one reply a call, in
// any order; a call that failed may or may not have been carried out.
// Large images go in parts that nobody sees, and one last call that makes them the image.

import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { LogBatch } from "../../replication/log-batch.ts";
import type { RedisReply, RedisRequest } from "../../replication/messages.ts";
import { type Answer, RedisConnection } from "./connection.ts";
import type { Argument } from "./function-call.ts";
import { isWorthStaging, partBytesMax, partsOf, runsOf } from "./image.ts";
import { readImage } from "./image-reader.ts";
import { encodeRecords, numberOf } from "./records.ts";
import { type RedisFaultCode, RedisFaults, redisFaultOf } from "./redis-faults.ts";
import { argumentsOf, replyOf } from "./requests.ts";

export interface RedisVoterOptions {
  readonly url: string;
  readonly shard: string;
  readonly timeoutMs: number;
  onReply(request: RedisRequest, reply: RedisReply): void;
  readonly log: Logger;
}

type FillRequest = Extract<RedisRequest, { kind: "fill" | "catchUp" }>;
type WriteRequest = Extract<RedisRequest, { kind: "writeSnapshot" }>;
type TrimRequest = Extract<RedisRequest, { kind: "trim" }>;

/** Parts under way: one is carried out while the next one travels. */
const partsInFlight = 2;
/** Calls of at most a thousand records each: far more than arrive between two trims. */
const trimCallsMax = 100;

export class RedisVoter {
  private readonly options: RedisVoterOptions;
  private readonly connection: RedisConnection;
  private readonly faults: RedisFaults;
  /**
   * It had no memory for what was to be written. Until it has, it counts as lost, also for calls
   * that write nothing: one that refuses every append is no voter.
   */
  private isFull = false;
  private snapshotMs = Number.NEGATIVE_INFINITY;

  constructor(options: RedisVoterOptions) {
    this.options = options;
    this.faults = new RedisFaults(options.log);
    this.connection = new RedisConnection(options);
  }

  /**
   * Starts connecting, for good.
   * @throws CastleError REDIS_TOO_OLD, REDIS_UNREACHABLE: of the first attempt; others follow.
   */
  connect(): Promise<void> {
    return this.connection.connect();
  }

  close(): void {
    this.connection.close();
  }

  /** Calls that failed while Redis was connected, since the start. */
  get faultCounts(): ReadonlyMap<string, number> {
    return this.faults.counts;
  }

  get underWayBytes(): number {
    return this.connection.underWayBytes;
  }

  /** Since the last snapshot or fill; 0 before the first. */
  get snapshotAgeMs(): number {
    return this.snapshotMs < 0 ? 0 : performance.now() - this.snapshotMs;
  }

  /** `onReply` follows, never within this call. */
  call(request: RedisRequest): void {
    // What `onReply` throws is a bug, and ends the process.
    void this.carryOut(request)
      .catch((error: Error): RedisReply => this.failed(request, error))
      .then((reply) => {
        const isSnapshot = reply.kind === "snapshotWritten" || reply.kind === "filled";
        if (isSnapshot) this.snapshotMs = performance.now();
        this.options.onReply(request, reply);
      });
  }

  private failed(request: RedisRequest, error: Error): RedisReply {
    const code: RedisFaultCode = redisFaultOf(error);
    if (code === "REDIS_OUT_OF_MEMORY") this.isFull = true;
    // What cannot be reached was told when it was lost.
    if (this.connection.isUsable) this.faults.tell(code, request.kind, error.message);
    const isRefusal = code === "REDIS_OUT_OF_MEMORY" || code === "REDIS_READ_ONLY";
    return isRefusal ? { kind: "failed", reason: code } : { kind: "failed" };
  }

  private async carryOut(request: RedisRequest): Promise<RedisReply> {
    switch (request.kind) {
      case "fill":
      case "catchUp":
        return this.fill(request);
      case "writeSnapshot":
        return this.writeSnapshot(request);
      case "loadSnapshot":
        return { kind: "snapshotLoaded", ...(await readImage(this.connection)) };
      case "trim":
        return this.trim(request);
      case "observe": {
        const answer = await this.connection.call(this.isFull ? "probe" : "observe", []);
        this.isFull = false;
        return replyOf(answer);
      }
      default:
        return replyOf(await this.connection.call(request.kind, argumentsOf(request)));
    }
  }

  private async fill(request: FillRequest): Promise<RedisReply> {
    const { instance, epoch, snapshot, batches } = request;
    const token = randomUUID();
    let parts = await this.stageLines(token, "empty", snapshot.lines);
    let previous = { position: snapshot.position, epoch: snapshot.epoch };
    for (const group of groupsOf(batches)) {
      const records = encodeRecords(group);
      await this.connection.call("stage_log", [
        token,
        previous.position,
        previous.epoch,
        ...records,
      ]);
      parts++;
      const last = group.at(-1) as LogBatch;
      previous = { position: last.first + last.count - 1, epoch: last.epoch };
    }
    const head = [snapshot.position, snapshot.epoch, snapshot.instance, snapshot.hash];
    if (request.kind === "catchUp") {
      const args = [instance, epoch, ...head, token, parts];
      return replyOf(await this.connection.call("catch_up", args));
    }
    const args = [instance, request.key, epoch, ...head, token, parts];
    return replyOf(await this.connection.call("fill", args));
  }

  private async writeSnapshot(request: WriteRequest): Promise<RedisReply> {
    const { instance, epoch, onPosition, snapshot } = request;
    const isLarge = isWorthStaging(snapshot.lines);
    const token = isLarge ? randomUUID() : "";
    const parts = isLarge ? await this.stageLines(token, "live", snapshot.lines) : 0;
    const lines = isLarge ? "" : runsOf(snapshot.lines);
    const head = [snapshot.position, snapshot.epoch, snapshot.instance, snapshot.hash];
    const args = [instance, epoch, onPosition, ...head, token, parts, lines];
    return replyOf(await this.connection.call("write_snapshot", args));
  }

  /** @returns how many parts there are */
  private async stageLines(token: string, base: string, lines: Uint8Array): Promise<number> {
    const underWay: Promise<Answer[]>[] = [];
    let parts = 0;
    for (const part of partsOf(lines)) {
      if (underWay.length === partsInFlight) await underWay.shift();
      const args: Argument[] = [token, base, part];
      const call = this.connection.call("stage_lines", args);
      // It is awaited later, or not at all after another one failed.
      call.catch(() => undefined);
      underWay.push(call);
      parts++;
    }
    await Promise.all(underWay);
    return parts;
  }

  private async trim(request: TrimRequest): Promise<RedisReply> {
    for (let calls = 1; ; calls++) {
      const answer = await this.connection.call("trim", argumentsOf(request));
      const reply = replyOf(answer);
      const isMore = reply.kind === "trimmed" && numberOf(answer.at(-1)) === 1;
      if (!isMore || calls === trimCallsMax) return reply;
    }
  }
}

/** Batches for one call each time: about `partBytesMax`, and not too many arguments. */
function* groupsOf(batches: readonly LogBatch[]): Generator<LogBatch[]> {
  let group: LogBatch[] = [];
  let bytes = 0;
  for (const batch of batches) {
    group.push(batch);
    bytes += batch.bytes.length;
    if (bytes < partBytesMax && group.length < 1_000) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}
