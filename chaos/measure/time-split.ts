// From the fault to trading again, as the worst client saw it, split by what the engines wrote down.
// Pure. Whole milliseconds, so that the four parts add up to the gap exactly.

import type { Acknowledgements } from "./acknowledgements.ts";

/** One line of an engine's decisions, as far as the split needs it. */
export interface TimedDecision {
  readonly atMs: number;
  readonly node: string;
  readonly code: string;
  readonly epoch: number;
}

export interface FaultTime {
  /** When it was begun, and when it was known to hold. The gap counts from the former. */
  readonly begunMs: number;
  readonly heldMs: number;
}

export interface TimeSplit {
  /** To the first acknowledgement of an order meant to be sent after the fault, worst client. */
  readonly gapMs: number;
  /** To the standby's suspicion. */
  readonly detectMs: number;
  /** To the end of voting and reading logs. */
  readonly decideMs: number;
  /** To serving: log written, barrier committed, gateways told. */
  readonly promoteMs: number;
  /** To that acknowledgement. */
  readonly reconnectMs: number;
  /** Epoch and engine that served; absent where leadership did not move before the gap's end. */
  readonly promoted: { readonly node: string; readonly epoch: number } | undefined;
}

/**
 * A planned act begins when the primary stops taking orders: how long the request was on its way, no
 * client notices. Everything else begins when it is done.
 */
export function noticedFrom(fault: FaultTime, decisions: readonly TimedDecision[]): FaultTime {
  const handingOver = decisions.find(
    ({ code, atMs }) => code === "HANDING_OVER" && atMs >= fault.begunMs && atMs <= fault.heldMs,
  );
  if (handingOver === undefined) return fault;
  return { begunMs: handingOver.atMs, heldMs: handingOver.atMs };
}

/** `undefined` where a client had no order acknowledged after the fault: the gap has no end. */
export function splitTime(
  fault: FaultTime,
  decisions: readonly TimedDecision[],
  acknowledgements: Acknowledgements,
): TimeSplit | undefined {
  const gapEndMs = acknowledgements.worstFirstMs(fault.heldMs);
  if (gapEndMs === undefined) return undefined;
  const since = decisions
    .filter(({ atMs }) => atMs >= fault.begunMs && atMs <= gapEndMs)
    .sort((a, b) => a.atMs - b.atMs);
  const serving = since.find(({ code }) => code === "SERVING");
  const own = since.filter(({ node }) => node === serving?.node);
  const suspected = own.find(({ code }) => code === "SUSPECTED");
  const barrier = own.find(({ code }) => code === "BARRIER_APPENDED") ?? serving;
  const decided = own.findLast(
    ({ code, atMs }) => DECIDING.includes(code) && atMs <= (barrier?.atMs ?? 0),
  );
  const gapMs = Math.round(gapEndMs - fault.begunMs);
  // Without a promotion all of the gap is the client's own way round.
  const servingMs = afterMs(fault, serving?.atMs, 0, gapMs);
  const detectMs = afterMs(fault, suspected?.atMs, 0, servingMs);
  const decidedMs = afterMs(fault, decided?.atMs, detectMs, servingMs);
  return {
    gapMs,
    detectMs,
    decideMs: decidedMs - detectMs,
    promoteMs: servingMs - decidedMs,
    reconnectMs: gapMs - servingMs,
    promoted: serving && { node: serving.node, epoch: serving.epoch },
  };
}

const DECIDING: readonly string[] = ["EPOCH_TAKEN", "VOTE_GRANTED", "LOG_READ"];

/** Milliseconds after the fault, held between two bounds; the lower one where it did not happen. */
function afterMs(
  fault: FaultTime,
  atMs: number | undefined,
  leastMs: number,
  mostMs: number,
): number {
  const passedMs = atMs === undefined ? leastMs : Math.round(atMs - fault.begunMs);
  return Math.min(mostMs, Math.max(leastMs, passedMs));
}
