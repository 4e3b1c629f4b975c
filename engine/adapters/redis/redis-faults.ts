// RedisFaults: why calls to Redis fail, as a code, and told once: a server without memory refuses
// twenty calls a second, and a log that says so twenty times a second hides what else it says.

import type { Logger } from "pino";

export type RedisFaultCode =
  | "REDIS_OUT_OF_MEMORY"
  | "REDIS_READ_ONLY"
  | "REDIS_BUSY"
  | "REDIS_DATA_DAMAGED"
  | "REDIS_CALL_FAILED";

const codes: readonly (readonly [RegExp, RedisFaultCode])[] = [
  [/^OOM\b/, "REDIS_OUT_OF_MEMORY"],
  [/^READONLY\b/, "REDIS_READ_ONLY"],
  [/^(BUSY|LOADING|MASTERDOWN)\b/, "REDIS_BUSY"],
  [/^(CASTLE|WRONGTYPE)\b/, "REDIS_DATA_DAMAGED"],
];

/** The same fault is told again after this, with how often it was met. */
const repeatMs = 60_000;

export function redisFaultOf(error: Error): RedisFaultCode {
  return codes.find(([pattern]) => pattern.test(error.message))?.[1] ?? "REDIS_CALL_FAILED";
}

export class RedisFaults {
  /** Since the start. */
  readonly counts = new Map<RedisFaultCode, number>();
  private readonly log: Logger;
  private readonly met = new Map<RedisFaultCode, { toldMs: number; untold: number }>();

  constructor(log: Logger) {
    this.log = log;
  }

  tell(code: RedisFaultCode, request: string, reason: string): void {
    this.counts.set(code, (this.counts.get(code) ?? 0) + 1);
    const nowMs = performance.now();
    const fault = this.met.get(code) ?? { toldMs: Number.NEGATIVE_INFINITY, untold: 0 };
    this.met.set(code, fault);
    fault.untold++;
    if (nowMs - fault.toldMs < repeatMs) return;
    this.log.warn({ code, request, reason, times: fault.untold }, "redis call failed");
    fault.toldMs = nowMs;
    fault.untold = 0;
  }
}
