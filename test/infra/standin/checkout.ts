// A clean checkout in a temporary folder, where commands run as docs/deploy.md has them: nothing of this
// machine's Pulumi or AWS reaches them, and state, secrets and what the stand-in makes stay in the folder.

import { execFileSync, spawn } from "node:child_process";
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Cloud } from "./cloud.ts";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const require = createRequire(import.meta.url);

const commandTimeoutMs = 600_000;
/** In which Pulumi ends what it has begun. */
const graceMs = 10_000;

export function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Ended {
  readonly code: number;
  /** Both streams. */
  readonly text: string;
  readonly seconds: number;
}

export class Checkout {
  readonly folder: string;
  readonly cloud: Cloud;
  /** Of Pulumi, as `pulumi login` takes it. */
  readonly stateUrl: string;
  readonly #home: string;
  readonly #cloudFolder: string;

  constructor() {
    this.#home = realpathSync(mkdtempSync(join(tmpdir(), "castle-pulumi-")));
    this.folder = join(this.#home, "castle");
    this.#cloudFolder = join(this.#home, "cloud");
    this.cloud = new Cloud(this.#cloudFolder);
    this.stateUrl = `file://${join(this.#home, "state")}`;
    mkdirSync(join(this.#home, "state"));
    this.#copySources();
    this.#writePlugins(join(this.#home, "bin"));
  }

  /** What a commit of this work tree would hold. `npm ci` is not run: the packages are those at hand. */
  #copySources(): void {
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const files = execFileSync("git", list, { cwd: root, encoding: "utf8" }).split("\0");
    for (const file of files.filter((name) => name !== "" && existsSync(join(root, name)))) {
      mkdirSync(dirname(join(this.folder, file)), { recursive: true });
      copyFileSync(join(root, file), join(this.folder, file));
    }
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  /** Pulumi prefers a plugin that is on the PATH to one of the wanted version. */
  #writePlugins(folder: string): void {
    mkdirSync(folder);
    for (const sdk of ["aws", "awsx", "eks", "kubernetes"]) {
      const { version } = require(`@pulumi/${sdk}/package.json`) as { version: string };
      this.#writePlugin(
        join(folder, `pulumi-resource-${sdk}`),
        join(here, "provider-main.ts"),
        `STANDIN_VERSION=${version} `,
      );
    }
    if (onPath("pulumi-language-nodejs") === undefined) {
      this.#writePlugin(join(folder, "pulumi-language-nodejs"), join(here, "language-main.ts"), "");
    }
  }

  #writePlugin(path: string, main: string, environment: string): void {
    const line = `${environment}exec '${process.execPath}' --no-warnings '${main}' "$@"`;
    writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Changes a file of the checkout; the text must be there. */
  edit(file: string, from: string, to: string): void {
    const text = this.read(file);
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
    writeFileSync(join(this.folder, file), text.replaceAll(from, to));
  }

  #environment(command: string): NodeJS.ProcessEnv {
    return {
      PATH: `${join(this.#home, "bin")}${delimiter}${process.env.PATH ?? ""}`,
      HOME: this.#home,
      PULUMI_HOME: join(this.#home, "pulumi"),
      PULUMI_CONFIG_PASSPHRASE: "castle",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // In place of a person who looks at the preview and says yes.
      PULUMI_SKIP_CONFIRMATIONS: "true",
      npm_config_cache: join(this.#home, "npm"),
      npm_config_update_notifier: "false",
      STANDIN_CLOUD: this.#cloudFolder,
      STANDIN_STACK: /--stack (\w+)/.exec(command)?.[1] ?? "",
    };
  }

  /** Runs a line of a shell and waits for its end, whatever it is. */
  run(command: string, timeoutMs = commandTimeoutMs): Promise<Ended> {
    const startMs = performance.now();
    const shell = spawn("sh", ["-c", command], {
      cwd: this.folder,
      env: this.#environment(command),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, which can be ended whole.
      detached: true,
    });
    const chunks: Buffer[] = [];
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    }
    const end = (signal: NodeJS.Signals) => {
      try {
        if (shell.pid !== undefined) process.kill(-shell.pid, signal);
      } catch {
        // It has ended by itself.
      }
    };
    const timers = [
      setTimeout(() => end("SIGINT"), timeoutMs),
      setTimeout(() => end("SIGKILL"), timeoutMs + graceMs),
    ];
    return new Promise((resolve, reject) => {
      shell.on("error", reject);
      shell.on("close", (code) => {
        for (const timer of timers) clearTimeout(timer);
        const seconds = (performance.now() - startMs) / 1000;
        resolve({ code: code ?? 1, text: Buffer.concat(chunks).toString(), seconds });
      });
    });
  }

  /** As `run`, and fails with all that was printed unless the command succeeds. */
  async succeed(command: string): Promise<Ended> {
    const ended = await this.run(command);
    if (ended.code === 0) return ended;
    throw new Error(`${command} ended with ${ended.code}:\n${ended.text}`);
  }

  /** Processes of this checkout that run still, as far as the system tells. */
  running(): number[] {
    if (!existsSync("/proc/self/environ")) return [];
    const mark = `STANDIN_CLOUD=${this.#cloudFolder}\0`;
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(mark))
      .map(Number);
  }

  /** @returns processes that did not end by themselves within the grace, and were killed */
  async endAll(): Promise<number[]> {
    for (let waitedMs = 0; waitedMs < graceMs && this.running().length > 0; waitedMs += 100) {
      await sleep(100);
    }
    const left = this.running();
    for (const pid of left) process.kill(pid, "SIGKILL");
    return left;
  }

  remove(): void {
    rmSync(this.#home, { recursive: true, force: true });
  }
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    // It has ended, or is another user's.
    return "";
  }
}
