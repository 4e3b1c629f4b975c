// An engine's disk in a folder of a test's own: opened, killed, and opened again.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import {
  type EngineStorage,
  type EngineStorageOptions,
  openStorage,
} from "../../engine/adapters/storage/engine-storage.ts";
import { formatEngine } from "../../engine/adapters/storage/identity.ts";
import type { LogBatch } from "../../engine/replication/log-batch.ts";
import type { Loaded } from "../../engine/replication/ports.ts";
import { textsOf } from "./voter-session.ts";

export const diskIdentity = { shard: "disk", engineId: 1 as const };

export const engineDefaults: EngineStorageOptions = {
  ...diskIdentity,
  fsync: "never",
  fsyncIntervalMs: 50,
  log: pino({ level: "silent" }),
  bootId: "boot-1",
};

export class EngineDisk {
  readonly dir = mkdtempSync(join(tmpdir(), "castle-disk-"));

  constructor() {
    formatEngine(this.dir, diskIdentity);
  }

  open(more: Partial<EngineStorageOptions> = {}): EngineStorage {
    return openStorage(this.dir, { ...engineDefaults, ...more });
  }

  /** Open, loaded, and holding these batches behind what it had. */
  withLog(batches: readonly LogBatch[], more?: Partial<EngineStorageOptions>): EngineStorage {
    const storage = this.open(more);
    storage.load();
    for (const batch of batches) storage.appendLog(batch);
    return storage;
  }

  /** What the next start finds, as after a kill: nothing was closed. */
  reload(more?: Partial<EngineStorageOptions>): Loaded & { readonly entries: string[] | null } {
    const loaded = this.open(more).load();
    return { ...loaded, entries: loaded.log === null ? null : textsOf(loaded.log.batches) };
  }

  /** The oldest first. */
  logPaths(): string[] {
    const names = readdirSync(join(this.dir, "log")).sort();
    return names.map((name) => join(this.dir, "log", name));
  }

  newestLog(): string {
    return this.logPaths().at(-1) as string;
  }

  /** Begins the next file of the log, as after 64 MiB. */
  roll(storage: EngineStorage, first: number): void {
    (storage as unknown as { files: { roll(first: number): void } }).files.roll(first);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
