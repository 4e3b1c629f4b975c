// Records: how a LogBatch lies in Redis (castle.lua): f64 epoch, u32 count, the entries' bytes.

import { CastleError } from "../../errors.ts";
import { faultOf, type LogBatch, lastOf, sliceBatch } from "../../replication/log-batch.ts";
import type { Answer } from "./connection.ts";
import type { Argument } from "./function-call.ts";

const headerBytes = 12;

/** First position and record of each batch, as arguments of a function. */
export function encodeRecords(batches: readonly LogBatch[]): Argument[] {
  return batches.flatMap((batch) => {
    const header = Buffer.allocUnsafe(headerBytes);
    header.writeDoubleLE(batch.epoch, 0);
    header.writeUInt32LE(batch.count, 8);
    return [batch.first, [header, batch.bytes]];
  });
}

/**
 * The entries from `from` to `to` in a reply's records.
 * @throws CastleError JOURNAL_DAMAGED where what Redis holds is no journal
 */
export function decodeRecords(reply: readonly Answer[], from: number, to: number): LogBatch[] {
  const batches: LogBatch[] = [];
  for (let at = 0; at < reply.length; at += 2) {
    const record = reply[at + 1] as Buffer;
    const bytes = record.subarray(headerBytes);
    const batch: LogBatch = {
      epoch: record.readDoubleLE(0),
      first: numberOf(reply[at]),
      count: record.readUInt32LE(8),
      bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    };
    const fault = faultOf(batch);
    if (fault !== null)
      throw new CastleError("JOURNAL_DAMAGED", `Redis at ${batch.first}: ${fault}`);
    const first = Math.max(batch.first, from);
    const last = Math.min(lastOf(batch), to);
    if (first <= last) batches.push(sliceBatch(batch, first, last));
  }
  return batches;
}

/** Functions answer with integers, or with decimals where they hand a member on. */
export function numberOf(answer: Answer | undefined): number {
  return typeof answer === "number" ? answer : Number(textOf(answer));
}

export function textOf(answer: Answer | undefined): string {
  return answer instanceof Buffer ? answer.toString("latin1") : String(answer);
}
