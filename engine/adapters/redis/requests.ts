// RedisRequest to arguments of a function and its answer to a RedisReply (castle.lua says which).

import type { RedisReply, RedisRequest } from "../../replication/messages.ts";
import type { EpochRun } from "../../replication/replica-log.ts";
import type { Answer } from "./connection.ts";
import type { Argument } from "./function-call.ts";
import { decodeRecords, encodeRecords, numberOf, textOf } from "./records.ts";

/** Requests that are one call, whatever their size. */
export type PlainRequest = Extract<
  RedisRequest,
  { kind: "observe" | "append" | "vote" | "read" | "agree" | "trim" }
>;

export function argumentsOf(request: PlainRequest): Argument[] {
  switch (request.kind) {
    case "observe":
      return [];
    case "append":
      return [
        request.instance,
        request.epoch,
        request.previousPosition,
        request.previousEpoch,
        request.committed,
        ...encodeRecords(request.batches),
      ];
    case "vote":
      return [request.instance, request.epoch, request.seat, request.incarnation];
    case "agree":
      return [request.instance, request.epoch];
    case "read":
      return [request.instance, request.epoch, request.from];
    case "trim":
      return [request.instance, request.epoch, request.upTo];
  }
}

type Refusal = Extract<RedisReply, { kind: "refused" }>["reason"];

/** What every function says first: kind, instance, agreed, epoch. */
const headLength = 4;

/** @throws CastleError JOURNAL_DAMAGED */
export function replyOf(answer: readonly Answer[]): RedisReply {
  const kind = textOf(answer[0]);
  const instance = textOf(answer[1]);
  if (kind === "amnesia") return { kind, instance };
  const from = { instance, isAgreed: answer[2] === 1, epoch: numberOf(answer[3]) };
  const rest = answer.slice(headLength);
  const at = (index: number) => numberOf(rest[index]);
  switch (kind) {
    case "refused":
      return { ...from, kind, reason: textOf(rest[0]) as Refusal, retryAfter: at(1) };
    case "appended":
    case "snapshotWritten":
      return { ...from, kind, position: at(0) };
    case "observed":
      return {
        ...from,
        kind,
        lastEpoch: at(0),
        lastPosition: at(1),
        beat: at(2),
        snapshotPosition: at(3),
      };
    case "granted":
      return {
        ...from,
        kind,
        lastEpoch: at(0),
        lastPosition: at(1),
        snapshotPosition: at(2),
        runs: runsOf(rest[3] as Buffer),
      };
    case "entries": {
      const batches = decodeRecords(rest.slice(2), at(0), at(1));
      return { ...from, kind, from: at(0), batches, lastPosition: at(1) };
    }
    case "filled":
    case "agreedUpon":
    case "trimmed":
      return { ...from, kind };
    default:
      throw new Error(`the library answered "${kind}"`);
  }
}

function runsOf(packed: Buffer): EpochRun[] {
  const runs: EpochRun[] = [];
  for (let at = 0; at < packed.length; at += 16) {
    runs.push({ epoch: packed.readDoubleLE(at), first: packed.readDoubleLE(at + 8) });
  }
  return runs;
}
