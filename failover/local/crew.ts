// Crew: all processes of one exchange, with their logs and the note of their pids. Before the
// exchange has served for the first time, a process that says it cannot work ends the start; later
// nothing is given up.

import { join } from "node:path";
import { ClusterError } from "../errors.ts";
import { LogFile } from "./log-file.ts";
import { forgetProcesses, noteProcesses } from "./orphans.ts";
import { type Exit, type Recipe, Supervised } from "./supervised.ts";
import type { Zone } from "./zones.ts";

export interface CrewListener {
  started(process: { readonly name: string; readonly zone: Zone; readonly pid: number }): void;
  died(exit: Exit & { name: string; zone: Zone; restartInMs: number }): void;
}

/** A process ends itself with it where its own configuration or surroundings are wrong. */
const cannotWork = 2;
/** With the pauses between them, three seconds of trying. */
const deathsBeforeServingMax = 8;
/** Each step of a stop; then the process is killed. */
const stopTimeoutMs = 5_000;
const logCheckMs = 10_000;

export class Crew {
  /** Rejects when the start cannot succeed any more; never resolves. */
  readonly failure: Promise<never>;
  listener: CrewListener | undefined;
  readonly #dataDir: string;
  readonly #mayLeaveOrphans: boolean;
  readonly #members: Supervised[] = [];
  readonly #logs = new Map<string, LogFile>();
  #logTimer: NodeJS.Timeout | undefined;
  #fail: (error: Error) => void = () => {};
  #hasServed = false;
  #isStopping = false;

  constructor(dataDir: string, { mayLeaveOrphans }: { mayLeaveOrphans: boolean }) {
    this.#dataDir = dataDir;
    this.#mayLeaveOrphans = mayLeaveOrphans;
    this.failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failure.catch(() => {});
    this.#boundLogs();
  }

  get members(): readonly Supervised[] {
    return this.#members;
  }

  logOf(name: string): LogFile {
    const log = this.#logs.get(name) ?? new LogFile(this.#fileOf(name));
    this.#logs.set(name, log);
    return log;
  }

  async start(recipe: Recipe): Promise<void> {
    // A start that was given up may still be on its way to its next process.
    if (this.#isStopping) throw new ClusterError("START_FAILED", "the exchange is being stopped");
    const { name, zone } = recipe;
    let deaths = 0;
    const member = new Supervised(recipe, {
      started: (pid) => {
        if (this.#mayLeaveOrphans) noteProcesses(this.#dataDir, this.#pids());
        this.listener?.started({ name, zone, pid });
      },
      died: (exit) => {
        deaths += 1;
        const isHopeless =
          exit.code === cannotWork || exit.error !== undefined || deaths >= deathsBeforeServingMax;
        if (isHopeless && !this.#hasServed) this.#fail(this.#startFailed(name, exit));
        this.listener?.died({ name, zone, ...exit });
      },
    });
    this.#members.push(member);
    await member.start();
  }

  /** From now on deaths are answered by starts only. */
  hasServed(): void {
    this.#hasServed = true;
  }

  notServing(name: string, timeoutMs: number): ClusterError {
    return new ClusterError(
      "START_FAILED",
      `${name} does not serve after ${timeoutMs / 1000} s${this.#lastWords(name)}`,
    );
  }

  /** Group after group, each at the same time; then whatever belongs to no group. */
  async stop(groups: readonly ((member: Supervised) => boolean)[]): Promise<void> {
    this.#isStopping = true;
    for (const isInGroup of [...groups, () => true]) {
      const group = this.#members.filter(isInGroup);
      await Promise.all(group.map((member) => member.stop(stopTimeoutMs)));
    }
    clearTimeout(this.#logTimer);
    for (const log of this.#logs.values()) log.close();
    this.#logs.clear();
    forgetProcesses(this.#dataDir);
  }

  #boundLogs(): void {
    for (const log of this.#logs.values()) log.bound();
    this.#logTimer = setTimeout(() => this.#boundLogs(), logCheckMs).unref();
  }

  #pids(): { name: string; pid: number }[] {
    return this.#members.flatMap(({ name, pid }) => (pid === undefined ? [] : [{ name, pid }]));
  }

  #startFailed(name: string, exit: Exit): ClusterError {
    const code = name === "postgres" ? "POSTGRES_FAILED" : "START_FAILED";
    if (exit.error === undefined) {
      const how = exit.signal ?? `exit code ${exit.code}`;
      return new ClusterError(code, `${name} ended (${how})${this.#lastWords(name)}`);
    }
    // It holds what the program said; an error is one line.
    const how = exit.error.message.trim().replaceAll(/\s*\n\s*/g, " | ");
    return new ClusterError(code, `${name} did not start: ${how} (see ${this.#fileOf(name)})`);
  }

  #lastWords(name: string): string {
    const said = this.#logs.get(name)?.tail(1)[0];
    const see = `(see ${this.#fileOf(name)})`;
    return said === undefined ? ` ${see}` : `; it said: ${said} ${see}`;
  }

  #fileOf(name: string): string {
    return join(this.#dataDir, "logs", `${name}.log`);
  }
}
