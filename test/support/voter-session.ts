// A RedisVoter that is asked and answers, one request after the other or several at once.

import { pino } from "pino";
import { RedisVoter } from "../../engine/adapters/redis/redis-voter.ts";
import { decodeLines, encodeLines } from "../../engine/codec/lines-codec.ts";
import { LINE_BYTES } from "../../engine/core/memory.ts";
import { buildBatch, type LogBatch, visitEntries } from "../../engine/replication/log-batch.ts";
import type { RedisReply, RedisRequest, Snapshot } from "../../engine/replication/messages.ts";

export class VoterSession {
  readonly voter: RedisVoter;
  private readonly waiting = new Map<RedisRequest, (reply: RedisReply) => void>();
  /** Replies to a request that had its reply already. */
  surplus = 0;

  constructor(url: string, shard: string, timeoutMs = 1_000) {
    this.voter = new RedisVoter({
      url,
      shard,
      timeoutMs,
      log: pino({ level: "silent" }),
      onReply: (request, reply) => {
        const resolve = this.waiting.get(request);
        if (resolve === undefined) this.surplus++;
        this.waiting.delete(request);
        resolve?.(reply);
      },
    });
  }

  static async open(url: string, shard: string, timeoutMs?: number): Promise<VoterSession> {
    const session = new VoterSession(url, shard, timeoutMs);
    await session.voter.connect();
    return session;
  }

  ask(request: RedisRequest): Promise<RedisReply> {
    return new Promise((resolve) => {
      this.waiting.set(request, resolve);
      this.voter.call(request);
    });
  }

  async instance(): Promise<string> {
    const reply = await this.ask({ kind: "observe" });
    return reply.kind === "observed" ? reply.instance : "";
  }

  /** Fills whatever is there; the name of the new instance. */
  async fill(snapshot: Snapshot, batches: readonly LogBatch[], epoch = 1): Promise<string> {
    const key = `key-${++fills}`;
    const instance = await this.instance();
    const reply = await this.ask({ kind: "fill", instance, key, epoch, snapshot, batches });
    return reply.kind === "filled" ? reply.instance : JSON.stringify(reply);
  }
}

let fills = 0;

/** Commands whose bytes name their place and epoch, so that a mixed-up one is seen. */
export function batchOf(epoch: number, first: number, count: number): LogBatch {
  return buildBatch(
    epoch,
    first,
    Array.from({ length: count }, (_, index) => ({
      kind: "command" as const,
      data: Uint8Array.from(Buffer.from(`${epoch}/${first + index}`)),
    })),
  );
}

/** Line number to the byte that fills it. */
export type Fillings = Readonly<Record<number, number>>;

export function linesOf(fillings: Fillings): Uint8Array {
  const lines = Uint32Array.from(Object.keys(fillings).map(Number)).sort();
  const memory = new Uint8Array(((lines.at(-1) ?? -1) + 1) * LINE_BYTES);
  for (const line of lines) {
    memory.fill(fillings[line] as number, line * LINE_BYTES, (line + 1) * LINE_BYTES);
  }
  return encodeLines(memory, lines);
}

export function snapshotAt(position: number, fillings: Fillings, epoch = 1): Snapshot {
  const hash = `hash-${position}`;
  return { position, epoch, instance: "before", hash, lines: linesOf(fillings) };
}

/** Bytes of each line that is not zero, by its first byte. */
export function fillingsOf(lines: Uint8Array): Fillings {
  const fillings: Record<number, number> = {};
  for (const { firstLine, bytes } of decodeLines(lines)) {
    for (let at = 0; at < bytes.length; at += LINE_BYTES) {
      if (bytes[at] !== 0) fillings[firstLine + at / LINE_BYTES] = bytes[at] as number;
    }
  }
  return fillings;
}

export function textsOf(batches: readonly LogBatch[]): string[] {
  const texts: string[] = [];
  for (const batch of batches) {
    visitEntries(batch, batch.first, (position, _kind, data) => {
      texts.push(`${position}=${Buffer.from(data).toString()}`);
    });
  }
  return texts;
}
