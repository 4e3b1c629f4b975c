// Processes of a local exchange, stopped and started on purpose through its supervisor, and their directories
// put away. What is archived is renamed inside the data directory, never deleted: an engine's log is
// the last copy of what it holds.

import { existsSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import {
  type EngineIdentity,
  exchangeSchema,
  loadJson,
  readIncarnation,
  seatEngine,
} from "../../engine/index.ts";
import { ClusterError } from "../errors.ts";
import type { Processes } from "../ports.ts";
import { askSupervisor } from "./control.ts";

/** A stop may take five seconds before the process is killed. */
const timeoutMs = 8_000;

function identityOf(dataDir: string, name: string): EngineIdentity {
  const { shard } = loadJson(exchangeSchema, join(dataDir, "exchange.json"));
  return { shard, engineId: name === "engine-1" ? 1 : 2 };
}

interface SupervisorStatus {
  readonly processes: readonly { readonly name: string; readonly pid?: number }[];
}

export function localProcesses(dataDir: string): Processes {
  const archive = (name: string, label: string) => join(dataDir, "archive", `${name}-${label}`);
  const tell = async (name: string, what: "stop" | "start") => {
    const answer = await askSupervisor(dataDir, "POST", `/processes/${name}/${what}`, timeoutMs);
    const { error } = answer as { error?: string };
    if (error !== undefined) throw new ClusterError("NOT_POSSIBLE", error);
  };
  return {
    stop: (name) => tell(name, "stop"),
    start: (name) => tell(name, "start"),
    isRunning: async (name) => {
      const status = await askSupervisor(dataDir, "GET", "/status", timeoutMs);
      const { processes } = status as SupervisorStatus;
      return processes.some((process) => process.name === name && process.pid !== undefined);
    },
    archive: async (name, label) => {
      mkdirSync(join(dataDir, "archive"), { recursive: true, mode: 0o700 });
      if (existsSync(join(dataDir, name))) renameSync(join(dataDir, name), archive(name, label));
      return archive(name, label);
    },
    isArchived: async (name, label) => existsSync(archive(name, label)),
    seat: async (name, incarnation) => {
      seatEngine(join(dataDir, name), { ...identityOf(dataDir, name), incarnation });
    },
    isSeated: async (name, incarnation) => {
      const directory = join(dataDir, name);
      return readIncarnation(directory, identityOf(dataDir, name)) === incarnation;
    },
  };
}
