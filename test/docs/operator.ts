// Operator: types a runbook's commands where its exchange is, and compares what they print. What only looks is
// repeated until it sees what the page says, since an exchange takes a moment to get there; what acts
// is done once.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../tidy/source-tree.ts";
import { type Command, missingLine } from "./runbook.ts";

/** Recovery of an engine takes seconds, on a busy machine many. */
const patienceMs = 60_000;
const betweenLooksMs = 200;

const isLook = (text: string): boolean =>
  /^castle (status|preflight|history|doctor)\b/.test(text) ||
  /--dry-run\b/.test(text) ||
  /^curl\b(?!.*-X)/.test(text);

interface Outcome {
  readonly printed: string;
  readonly exitCode: number | null;
}

export class Operator {
  private readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly terminals: ChildProcess[] = [];

  /** @param variables what the pages call `$NAME`. */
  constructor(folder: string, variables: Readonly<Record<string, string>> = {}) {
    this.folder = folder;
    const bin = join(folder, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "castle"), `#!/bin/sh\nexec '${root}/castle' "$@"\n`, { mode: 0o755 });
    const path = `${bin}${delimiter}${process.env.PATH ?? ""}`;
    this.env = { ...process.env, ...variables, PATH: path };
  }

  /** @throws Error with what was expected and what was printed. */
  async type(command: Command): Promise<void> {
    if (command.isBackground) return this.keepRunning(command);
    const deadlineMs = performance.now() + patienceMs;
    while (true) {
      const outcome = await this.run(command.text);
      const problem = problemOf(command, outcome);
      if (problem === undefined) return;
      if (!isLook(command.text) || performance.now() > deadlineMs) throw new Error(problem);
      await sleep(betweenLooksMs);
    }
  }

  /** Something that no page says, but that happens. */
  async act(text: string): Promise<void> {
    const { exitCode, printed } = await this.run(text);
    if (exitCode !== 0) throw new Error(`${text}: exit code ${exitCode}\n${printed}`);
  }

  /** Ends what runs in terminals. */
  async leave(): Promise<void> {
    for (const terminal of this.terminals) {
      if (terminal.exitCode !== null || terminal.signalCode !== null) continue;
      const gone = new Promise((exited) => terminal.once("exit", exited));
      terminal.kill("SIGTERM");
      await gone;
    }
  }

  private run(text: string): Promise<Outcome> {
    const child = spawn("sh", ["-c", text], { cwd: this.folder, env: this.env });
    let printed = "";
    child.stdout.on("data", (data) => (printed += data));
    child.stderr.on("data", (data) => (printed += data));
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => resolve({ printed, exitCode }));
    });
  }

  private async keepRunning(command: Command): Promise<void> {
    // `exec`: a signal reaches the command itself.
    const child = spawn("sh", ["-c", `exec ${command.text}`], { cwd: this.folder, env: this.env });
    this.terminals.push(child);
    let printed = "";
    child.stdout.on("data", (data) => (printed += data));
    child.stderr.on("data", (data) => (printed += data));
    const deadlineMs = performance.now() + patienceMs;
    while (missingLine(command.expected, printed) !== undefined) {
      const hasEnded = child.exitCode !== null;
      if (hasEnded || performance.now() > deadlineMs) {
        throw new Error(problemOf(command, { printed, exitCode: command.exitCode }));
      }
      await sleep(20);
    }
  }
}

function problemOf({ text, line, expected, exitCode }: Command, outcome: Outcome) {
  const missing = missingLine(expected, outcome.printed);
  const isRight = outcome.exitCode === exitCode && missing === undefined;
  if (isRight) return undefined;
  const why =
    missing === undefined
      ? `exit code ${outcome.exitCode}, not ${exitCode}`
      : `no line: ${missing}`;
  return `line ${line}: ${text}\n${why}\nprinted:\n${outcome.printed}`;
}
