// Local PostgreSQL: a real server under a folder of its own, for a cluster on one machine.
// Durable as in production (fsync on). Only TCP, only with the password kept in the folder: other
// users of the machine stay out. A server that a killed supervisor left behind on the same folder
// is stopped first; keeping two supervisors off one folder is up to the caller.

import { type ChildProcess, type SpawnOptions, spawn as spawnChild } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isIPv6 } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { stopLeftover } from "./leftover-postgres.ts";
import { findPostgres, type PostgresBinaries } from "./postgres-binaries.ts";
import { canReach, type Identity, runAs, unprivilegedIdentity } from "./unprivileged.ts";

export type Spawn = (command: string, args: string[], options: SpawnOptions) => ChildProcess;

export interface PostgresOptions {
  /** Made where it is missing; its first start takes about a second longer. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Called with every line the server says. */
  readonly log: (line: string) => void;
  /** Runs the command elsewhere (a network namespace); must hand on `options.stdio`, and exec. */
  readonly spawn?: Spawn;
}

export interface LocalPostgres {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Ends sessions, writes a checkpoint, and resolves when the server is gone. */
  stop(): Promise<void>;
}

const startTimeoutMs = 30_000;
const stopTimeoutMs = 10_000;

// What differs from the defaults. No replica, so the log need not serve one; jit costs more than it
// saves on short statements; a dead client must not keep its locks.
const settings = {
  unix_socket_directories: "",
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "2GB",
  max_connections: "64",
  shared_buffers: "128MB",
  jit: "off",
  idle_in_transaction_session_timeout: "15s",
  log_checkpoints: "off",
  lc_messages: "C",
  timezone: "UTC",
};

/** @throws Error that says what the server said, where it does not start. */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const identity = unprivilegedIdentity();
  const binaries = findPostgres(identity);
  const dataDir = resolve(options.dataDir);
  const password = prepareFolder(dataDir, identity);
  const folder = openFolder(dataDir, identity);
  try {
    const run = (command: string, args: string[]): ChildProcess => {
      const line = runAs(identity, command, args);
      return (options.spawn ?? spawnChild)(line.command, [...line.args], {
        stdio: ["ignore", "pipe", "pipe", folder.fd],
        env: { PATH: process.env.PATH, LC_ALL: "C" },
      });
    };
    const cluster = join(dataDir, "cluster");
    if (!existsSync(cluster)) {
      await initialize({ run, binaries, folder: folder.path, log: options.log });
      // Only a finished cluster gets its name: an interrupted initdb is begun anew.
      renameSync(join(dataDir, "cluster.new"), cluster);
    }
    await stopLeftover(cluster, stopTimeoutMs);
    writeFileSync(join(dataDir, "hba.conf"), admission(options.host), { mode: 0o644 });
    const child = await serve(run, binaries, folder.path, options);
    const host = isIPv6(options.host) ? `[${options.host}]` : options.host;
    return handle(child, `postgres://castle:${password}@${host}:${options.port}/postgres`);
  } finally {
    closeSync(folder.fd);
  }
}

/** Makes folder and password, both closed to others. */
function prepareFolder(dataDir: string, identity: Identity): string {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const passwordFile = join(dataDir, "password");
  if (!existsSync(join(dataDir, "cluster"))) {
    rmSync(join(dataDir, "cluster.new"), { recursive: true, force: true });
    writeFileSync(passwordFile, randomBytes(18).toString("hex"), { mode: 0o600 });
    if (identity.kind === "user") {
      chownSync(dataDir, identity.uid, identity.gid);
      chownSync(passwordFile, identity.uid, identity.gid);
    }
  }
  return readFileSync(passwordFile, "utf8");
}

// Below a folder that is closed to the server's user (root's home), the server gets its own folder
// as an open file: a path through /proc/self/fd does not pass the closed one. Nobody's rights change.
function openFolder(dataDir: string, identity: Identity): { fd: number; path: string } {
  const fd = openSync(dataDir, "r");
  return { fd, path: canReach(identity, dataDir) ? dataDir : "/proc/self/fd/3" };
}

type Run = (command: string, args: string[]) => ChildProcess;

interface Initialization {
  readonly run: Run;
  readonly binaries: PostgresBinaries;
  readonly folder: string;
  readonly log: (line: string) => void;
}

async function initialize({ run, binaries, folder, log }: Initialization): Promise<void> {
  const child = run(binaries.initdb, [
    `--pgdata=${folder}/cluster.new`,
    `--pwfile=${folder}/password`,
    "--username=castle",
    "--auth=scram-sha-256",
    "--no-locale",
    "--encoding=UTF8",
  ]);
  const said = collect(child, log);
  const code = await ended(child);
  if (code !== 0) throw new Error(`initdb failed (${code}): ${said.join("\n")}`);
}

function admission(host: string): string {
  const isLoopback = host.startsWith("127.") || host === "::1" || host === "localhost";
  const from = isLoopback ? ["127.0.0.0/8", "::1/128"] : ["samehost", "samenet"];
  return from.map((address) => `host all all ${address} scram-sha-256\n`).join("");
}

/** Resolves when the server accepts connections. */
async function serve(
  run: Run,
  binaries: PostgresBinaries,
  folder: string,
  { host, port, log }: PostgresOptions,
): Promise<ChildProcess> {
  const set = { ...settings, listen_addresses: host, hba_file: `${folder}/hba.conf` };
  const args = Object.entries(set).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const deadlineMs = performance.now() + startTimeoutMs;
  for (;;) {
    const child = run(binaries.postgres, ["-D", `${folder}/cluster`, "-p", `${port}`, ...args]);
    const said = collect(child, log);
    if (await isReady(child, deadlineMs)) return child;
    const text = said.join("\n");
    if (/Address already in use/.test(text)) {
      throw new Error(`port ${port} on ${host} is taken: PostgreSQL cannot listen there`);
    }
    // After kill -9, the last sessions of the server before need a moment to notice.
    const mayPass = /pre-existing shared memory block|lock file .* already exists/.test(text);
    if (!mayPass || performance.now() > deadlineMs) {
      throw new Error(`PostgreSQL did not start:\n${text}`);
    }
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** Whether the server came up (true) or ended or hung (false). */
async function isReady(child: ChildProcess, deadlineMs: number): Promise<boolean> {
  const watch = new AbortController();
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  const ready = new Promise<boolean>((answer) => {
    lines.on("line", (line) => {
      if (line.includes("database system is ready to accept connections")) answer(true);
    });
    watch.signal.addEventListener("abort", () => answer(false));
  });
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    watch.abort();
  }, deadlineMs - performance.now());
  const result = await Promise.race([ready, ended(child).then(() => false)]);
  clearTimeout(timer);
  return result;
}

/** Everything said, passed on line by line; the last lines are kept for an error. */
function collect(child: ChildProcess, log: (line: string) => void): string[] {
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      said.push(line);
      if (said.length > 50) said.shift();
      log(line);
    });
  }
  child.on("error", (error) => said.push(error.message));
  return said;
}

/** The exit code, once all output has been read; null where a signal ended it or it never ran. */
async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  if (child.signalCode !== null) return null;
  return new Promise((resolve) => {
    child.once("close", (code) => resolve(code));
    child.once("error", () => resolve(null));
  });
}

function handle(child: ChildProcess, url: string): LocalPostgres {
  const exited = ended(child).then(() => {});
  return {
    url,
    pid: child.pid as number,
    exited,
    async stop() {
      // Fast, then immediate (recovers at the next start), then the kernel.
      for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
        if (child.exitCode !== null || child.signalCode !== null) break;
        child.kill(signal);
        const timeout = AbortSignal.timeout(stopTimeoutMs);
        await Promise.race([exited, once(timeout, "abort")]);
      }
      await exited;
    },
  };
}
