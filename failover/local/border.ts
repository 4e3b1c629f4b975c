// Border: the line between two regions on this machine, a process of its own so that its delays are
// nobody's pauses. Cut, it is silent both ways and nobody is told.

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ClusterError } from "../errors.ts";
import type { ProxyLink } from "./delay-proxy.ts";

const main = fileURLToPath(new URL("border-main.ts", import.meta.url));
const answerTimeoutMs = 5_000;

export interface BorderOptions {
  readonly rttMs: number;
  readonly links: readonly ProxyLink[];
  readonly isPrecise?: boolean;
}

export class Border {
  private readonly child: ChildProcess;
  private readonly answers: ((line: string) => void)[] = [];

  private constructor(options: BorderOptions) {
    const { rttMs, links, isPrecise = false } = options;
    const plan = JSON.stringify({ rttMs, links, isPrecise });
    // Its input ends with this process, and it with its input.
    this.child = spawn(process.execPath, [main, plan], { stdio: ["pipe", "pipe", "inherit"] });
    if (this.child.stdout !== null) {
      createInterface({ input: this.child.stdout }).on("line", (line) => {
        this.answers.shift()?.(line);
      });
    }
    this.child.stdin?.on("error", () => {});
  }

  /** @throws ClusterError START_FAILED */
  static async open(options: BorderOptions): Promise<Border> {
    const border = new Border(options);
    await border.answer("the border to listen");
    return border;
  }

  cut(): Promise<void> {
    return this.tell("cut");
  }

  heal(): Promise<void> {
    return this.tell("heal");
  }

  setRtt(rttMs: number): Promise<void> {
    return this.tell(`rtt ${rttMs}`);
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((exited) => this.child.once("exit", exited));
    this.child.stdin?.end();
    await gone;
  }

  private async tell(line: string): Promise<void> {
    this.child.stdin?.write(`${line}\n`);
    await this.answer(line);
  }

  private answer(label: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        clearTimeout(timer);
        reject(new ClusterError("START_FAILED", `waited for ${label} in vain: ${why}`));
      };
      const timer = setTimeout(() => fail("no answer"), answerTimeoutMs);
      const onExit = () => fail("it has ended; is a port of it taken?");
      this.child.once("exit", onExit);
      this.answers.push((line) => {
        clearTimeout(timer);
        this.child.off("exit", onExit);
        resolve(line);
      });
    });
  }
}
