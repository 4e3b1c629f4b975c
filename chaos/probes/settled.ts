// Is the exchange at rest, with every member complete? Pure judgement on one look, and the wait for
// it. At rest: one primary serves with both voters in sync; the standby, every gateway and the
// history hold all that is committed; no command waits.

import type { Exchange } from "../../failover/index.ts";
import { type Look, look } from "./roles.ts";

/** What is missing, one clause each; empty at rest. */
export function unsettled(seen: Look): string[] {
  const missing: string[] = [...seen.unwell.map((node) => `${node} is not well`)];
  const primaries = seen.engines.filter(({ role, isServing }) => role === "primary" && isServing);
  const [primary] = primaries;
  if (primary === undefined || primaries.length > 1) {
    return [...missing, `${primaries.length} engines serve as primary`];
  }
  for (const voter of ["peer", "redis"] as const) {
    if (!primary.inSync.includes(voter)) missing.push(`${voter} is not in sync`);
  }
  const end = primary.position.committed;
  if (primary.position.appended !== end) missing.push("the primary has uncommitted entries");
  for (const { node, role, position } of seen.engines) {
    if (role !== "primary" && position.applied < end) missing.push(`${node} lags behind`);
  }
  for (const { node, position, pending } of seen.followers) {
    if (position < end) missing.push(`${node} lags behind`);
    if ((pending ?? 0) > 0) missing.push(`${node} has commands that wait`);
  }
  return missing;
}

/** Engines' state hashes: equal, unequal, or (`undefined`) not both at one mark yet. */
export function hashesEqual({ engines }: Look): boolean | undefined {
  const [one, other] = engines.map(({ mark }) => mark);
  if (one === undefined || other === undefined) return undefined;
  if (one.position !== other.position || one.position === 0) return undefined;
  return one.hash === other.hash;
}

/** What one more fault would meet unready, one clause each; empty where each single fault is fine. */
export function unready(seen: Look): string[] {
  const missing: string[] = seen.unwell.map((node) => `${node} is not well`);
  const primary = seen.engines.find(({ role, isServing }) => role === "primary" && isServing);
  for (const voter of ["peer", "redis"] as const) {
    if (!primary?.inSync.includes(voter)) missing.push(`${voter} is not in sync`);
  }
  return missing;
}

export interface Settled {
  readonly look: Look;
  /** Empty when it came to rest in time. */
  readonly missing: readonly string[];
  readonly hashesEqual: boolean | undefined;
}

export interface SettleOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Engines mark their state as they go on: one that has just come back needs a command for it. */
  readonly nudge?: () => void;
}

const LOOK_EVERY_MS = 100;
const NUDGE_EVERY_LOOKS = 10;

/** Waits for rest and for both hashes at one mark, at the latest until `timeoutMs` have passed. */
export async function settle(exchange: Exchange, options: SettleOptions): Promise<Settled> {
  const { timeoutMs, signal, nudge } = options;
  const untilMs = performance.now() + timeoutMs;
  let restingLooks = 0;
  for (;;) {
    signal.throwIfAborted();
    const seen = await look(exchange);
    const missing = unsettled(seen);
    const areEqual = hashesEqual(seen);
    const isDone = missing.length === 0 && (areEqual !== undefined || nudge === undefined);
    if (isDone || performance.now() >= untilMs) {
      return { look: seen, missing, hashesEqual: areEqual };
    }
    if (missing.length === 0) restingLooks += 1;
    if (restingLooks % NUDGE_EVERY_LOOKS === NUDGE_EVERY_LOOKS - 1) nudge?.();
    await new Promise((resume) => setTimeout(resume, LOOK_EVERY_MS));
  }
}
