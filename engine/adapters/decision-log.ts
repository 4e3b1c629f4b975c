// DecisionLog: every step of a failover, one JSON line each, append-only; the newest also in memory
// for /status. Written at once: the line before a crash is the one that matters.

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ReplicaDecision } from "../replication/decision.ts";
import type { Decision } from "../status.ts";
import type { Clock } from "./clock.ts";

const recentMax = 200;

export class DecisionLog {
  readonly recent: Decision[] = [];
  /** Since the start. */
  readonly counts = new Map<string, number>();
  private readonly file: string;
  private readonly node: string;
  private readonly clock: Clock;

  constructor(directory: string, node: string, clock: Clock) {
    mkdirSync(directory, { recursive: true });
    this.file = join(directory, "decisions.jsonl");
    this.node = node;
    this.clock = clock;
  }

  add(decided: ReplicaDecision): Decision {
    const decision: Decision = { atMs: this.clock.wallMs(), node: this.node, ...decided };
    this.counts.set(decided.code, (this.counts.get(decided.code) ?? 0) + 1);
    this.recent.push(decision);
    this.recent.splice(0, this.recent.length - recentMax);
    appendFileSync(this.file, `${JSON.stringify(decision)}\n`);
    return decision;
  }
}
