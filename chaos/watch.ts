// Watches a run: gathers what happens into one list of events and shows it as it happens. Looks at
// files and at what the load reports; asks the exchange for roles a few times a second at most, so
// that watching costs next to nothing.

import type { Exchange } from "../failover/index.ts";
import type { DrillEvent } from "./drill-report.ts";
import type { LoadProcess } from "./load/load-process.ts";
import type { LoadProgress } from "./load/load-protocol.ts";
import { type Decision, DecisionTail } from "./probes/decisions.ts";
import { describeRoles, look } from "./probes/roles.ts";
import type { View } from "./view.ts";

/** Ten times within the quickest failover: events are shown in order and soon. */
const READ_EVERY_MS = 25;
/** Roles are for the eye; all figures come from the engines' own records. */
const LOOK_EVERY_MS = 500;

const WORDS: Readonly<Record<string, string>> = {
  SUSPECTED: "suspects its primary",
  TRUSTED_AGAIN: "trusts its primary again",
  EPOCH_TAKEN: "takes an epoch of its own",
  VOTE_GRANTED: "has won a vote",
  VOTE_REFUSED: "was refused a vote",
  LOG_READ: "has read the voter's log",
  BARRIER_APPENDED: "appends its barrier",
  SERVING: "serves as primary",
  DEPOSED: "is deposed",
  LOG_CUT: "cuts what was never committed",
  STATE_REBUILT: "has rebuilt its state",
  STANDING_BY: "stands by",
  SNAPSHOT_LOADED: "has loaded a snapshot",
  RECOVERING: "recovers",
  RECOVERED: "has recovered",
  REDIS_LOST: "has lost Redis",
  REDIS_FILLED: "has filled Redis",
  REDIS_CAUGHT_UP: "has caught Redis up",
  REDIS_AGREED: "and its peer agree on Redis",
  PEER_LOST: "has lost its peer",
  PEER_IN_SYNC: "has its peer in sync",
  HASH_DIVERGED: "HAS A STATE OTHER THAN THE PRIMARY'S",
};

export class Watch {
  readonly events: DrillEvent[] = [];
  readonly decisions: Decision[] = [];
  /** The load's own delay at worst. */
  lagMsMax = 0;
  readonly #exchange: Exchange;
  readonly #view: View;
  readonly #tail: DecisionTail;
  readonly #now: () => number;
  readonly #timers: NodeJS.Timeout[] = [];
  #startMs: number;
  #isStopped = false;

  constructor(options: { exchange: Exchange; load: LoadProcess; view: View; now: () => number }) {
    const { exchange, load, view, now } = options;
    this.#exchange = exchange;
    this.#view = view;
    this.#now = now;
    this.#startMs = now();
    this.#tail = new DecisionTail(exchange);
    load.on("progress", (progress) => this.#onProgress(progress));
    // Only losses: that connections are made again follows from the acknowledgements.
    load.on("connection", ({ accountId, endpoint, state, reason, atMs }) => {
      if (state === "lost" && !this.#isStopped) {
        this.tell("clients", `account ${accountId} drops ${endpoint}: ${reason}`, atMs);
      }
    });
    exchange.on("exit", ({ name, code, signal }) => {
      if (!this.#isStopped) this.tell("supervisor", `${name} died (${signal ?? `code ${code}`})`);
    });
    exchange.on("start", ({ name, pid }) => {
      if (!this.#isStopped) this.tell("supervisor", `${name} is started again (pid ${pid})`);
    });
  }

  start(startMs: number): void {
    this.#startMs = startMs;
    this.#every(READ_EVERY_MS, () => this.#read());
    this.#every(LOOK_EVERY_MS, async () => {
      const seen = await look(this.#exchange);
      if (!this.#isStopped) this.#view.roles(describeRoles(seen));
    });
  }

  tell(source: DrillEvent["source"], text: string, atMs = this.#now()): void {
    this.events.push({ atMs, source, text });
    this.#view.event(atMs - this.#startMs, source, text);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#read();
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.events.sort((a, b) => a.atMs - b.atMs);
  }

  #onProgress(progress: LoadProgress): void {
    this.lagMsMax = Math.max(this.lagMsMax, progress.lagMsMax);
    this.#view.progress(progress.atMs - this.#startMs, progress);
  }

  #read(): void {
    for (const decision of this.#tail.read()) {
      this.decisions.push(decision);
      const { node, code, epoch, position, reason, atMs } = decision;
      const why = reason === undefined ? "" : ` (${reason})`;
      const words = WORDS[code] ?? code;
      this.tell("engine", `${node} ${words}${why}, epoch ${epoch}, position ${position}`, atMs);
    }
  }

  #every(ms: number, act: () => void | Promise<void>): void {
    const index = this.#timers.length;
    const again = async () => {
      await act();
      if (!this.#isStopped) this.#timers[index] = setTimeout(() => void again(), ms);
    };
    this.#timers.push(setTimeout(() => void again(), ms));
  }
}
