// How the surviving region took over, from its controller's own log: when it had made up its mind, and when
// its gateways served. Read from the file, as an operator reads it afterwards.

import { join } from "node:path";
import { OperationLog } from "../../failover/index.ts";

export interface Takeover {
  /** When the plan began: the loss was believed, and approved where that was asked for. */
  readonly decidedAtMs: number;
  readonly servingAtMs: number;
  readonly by: string;
  readonly reason: string;
  /** In order, with what they took. */
  readonly steps: readonly { readonly step: string; readonly ms: number }[];
}

/** `undefined`: no plan since then has come as far as that gateways serve. */
export function takeoverIn(regionDir: string, sinceMs: number): Takeover | undefined {
  for (const { planned, records } of new OperationLog(join(regionDir, "controller")).plans()) {
    if (planned.atMs < sinceMs) continue;
    const done = records.filter((record) => record.kind === "stepDone");
    const serving = done.find(({ step }) => step === "serve");
    if (serving === undefined) continue;
    const { atMs: decidedAtMs, by, reason } = planned;
    // A plan that a controller resumed has looked at its first steps again.
    const steps = [...new Map(done.map(({ step, ms }) => [step, { step, ms }])).values()];
    return { decidedAtMs, servingAtMs: serving.atMs, by, reason, steps };
  }
  return undefined;
}
