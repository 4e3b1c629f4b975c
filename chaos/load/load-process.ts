// The parent's side of the load process: starts it, tells it what to do, hears its reports.
// Whatever goes wrong with it rejects the wait for the next report: a drill without a load is not
// a drill.

import type { ChildProcess } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ChaosError } from "../errors.ts";
import type { LoadOptions, LoadOrder, LoadProgress, LoadReport } from "./load-protocol.ts";

export const loadMain: string = fileURLToPath(new URL("../load-main.ts", import.meta.url));

type Kind = LoadReport["kind"];
type ReportOf<K extends Kind> = Extract<LoadReport, { kind: K }>;

interface LoadEvents {
  progress: [LoadProgress];
  connection: [ReportOf<"connection">];
}

const LAST_WORDS_MAX = 2000;

export class LoadProcess extends EventEmitter<LoadEvents> {
  readonly #child: ChildProcess;
  readonly #reports = new EventEmitter();
  readonly #failure: Promise<never>;
  #lastWords = "";

  /** `child`: `node load-main.ts` with pipes for all three streams. */
  constructor(child: ChildProcess) {
    super();
    this.#child = child;
    const { stdout, stderr, stdin } = child;
    if (stdout === null || stderr === null || stdin === null) throw new Error("needs three pipes");
    stderr.on("data", (text) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(-LAST_WORDS_MAX);
    });
    // Writing to a load that has died is told by its exit, below.
    stdin.on("error", () => {});
    createInterface({ input: stdout }).on("line", (line) => this.#hear(JSON.parse(line)));
    this.#failure = new Promise<never>((_, reject) => {
      const fail = (why: string) => {
        const words = this.#lastWords.trim();
        reject(new ChaosError("LOAD_FAILED", `the load ended early: ${words || why}`));
      };
      child.once("error", (error) => fail(error.message));
      child.once("exit", (code, signal) => fail(signal ?? `exit code ${code}`));
    });
    // Observed by whoever waits for a report; nobody waits when it ends as it should.
    this.#failure.catch(() => {});
  }

  async prepare(options: LoadOptions): Promise<void> {
    await this.#ask(options, "ready");
  }

  /** When the first action is due. */
  async start(): Promise<number> {
    return (await this.#ask({ kind: "start" }, "started")).atMs;
  }

  /** Resolves when the flow has ended and all is settled. */
  async finished(): Promise<ReportOf<"finished">> {
    return this.#next("finished");
  }

  stop(): void {
    this.#send({ kind: "stop" });
  }

  nudge(): void {
    this.#send({ kind: "nudge" });
  }

  async reconcile(): Promise<ReportOf<"reconciled">> {
    return this.#ask({ kind: "reconcile" }, "reconciled");
  }

  /** Ends the process. */
  async exit(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#send({ kind: "exit" });
    await exited;
  }

  async #ask<K extends Kind>(order: LoadOrder, kind: K): Promise<ReportOf<K>> {
    const answer = this.#next(kind);
    this.#send(order);
    return answer;
  }

  #next<K extends Kind>(kind: K): Promise<ReportOf<K>> {
    const told = new Promise<ReportOf<K>>((resolve) => this.#reports.once(kind, resolve));
    return Promise.race([told, this.#failure]);
  }

  #send(order: LoadOrder): void {
    this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  #hear(report: LoadReport): void {
    if (report.kind === "progress") this.emit("progress", report);
    else if (report.kind === "connection") this.emit("connection", report);
    else if (report.kind === "failed") this.#lastWords = report.message;
    else this.#reports.emit(report.kind, report);
  }
}
