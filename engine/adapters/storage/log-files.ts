// LogFiles: the log as a sequence of append-only files, log/<number>-<first position>.log. The number
// gives the order of writing; positions may step back where a log was cut. Old files are kept for a
// while behind the checkpoint, for audits. What cannot be written ends the process: the standby
// takes over, and nothing half-written is believed.

import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writevSync,
} from "node:fs";
import { join } from "node:path";
import { assert } from "../../core/assert.ts";
import type { LogBatch } from "../../replication/log-batch.ts";
import { syncFolder, writeFully } from "./durable-file.ts";
import { encodeFrame, frameBytes } from "./frame.ts";

export interface LogFile {
  readonly number: number;
  /** Of its first frame: what later files say of this position and those behind it counts. */
  readonly first: number;
  readonly path: string;
}

export type FsyncPolicy = "batch" | "interval" | "never";

/** A new file after so many bytes: large enough to be few, small enough to be dropped one by one. */
const rollBytes = 64 * 1024 * 1024;
const namePattern = /^(\d{8})-(\d{16})\.log$/;

export function listLogFiles(logDir: string): LogFile[] {
  return readdirSync(logDir)
    .flatMap((name) => {
      const match = namePattern.exec(name);
      if (match === null) return [];
      return [{ number: Number(match[1]), first: Number(match[2]), path: join(logDir, name) }];
    })
    .sort((a, b) => a.number - b.number);
}

export interface LogFilesOptions {
  readonly dir: string;
  readonly fsync: FsyncPolicy;
  readonly fsyncIntervalMs: number;
}

export class LogFiles {
  private readonly options: LogFilesOptions;
  private files: LogFile[];
  private lastNumber: number;
  private file: number | null = null;
  private fileBytes = 0;
  private isDirty = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(options: LogFilesOptions) {
    this.options = options;
    this.files = listLogFiles(options.dir);
    this.lastNumber = this.files.at(-1)?.number ?? 0;
  }

  get bytes(): number {
    return this.files.reduce((sum, { path }) => sum + statSync(path).size, 0);
  }

  /** The number that the next file gets; never one that was used before. */
  get nextNumber(): number {
    return this.lastNumber + 1;
  }

  /** Files numbered lower than that are behind a checkpoint, even where they are gone. */
  skipTo(number: number): void {
    this.lastNumber = Math.max(this.lastNumber, number - 1);
  }

  read(file: LogFile): Buffer {
    return readFileSync(file.path);
  }

  from(number: number): LogFile[] {
    return this.files.filter((file) => file.number >= number);
  }

  /** The oldest file needed for the entries behind a position: it replaced those before it. */
  fileFor(position: number): number {
    return this.files.findLast((file) => file.first <= position)?.number ?? 1;
  }

  /** Goes on in the newest file, of which `wholeBytes` are good; what follows them is cut. */
  resume(wholeBytes: number): void {
    const last = this.files.at(-1);
    assert(last !== undefined, "there is a file to go on in");
    this.file = openSync(last.path, "r+");
    if (fstatSync(this.file).size > wholeBytes) {
      ftruncateSync(this.file, wholeBytes);
      fdatasyncSync(this.file);
    }
    closeSync(this.file);
    this.file = openSync(last.path, "a");
    this.fileBytes = wholeBytes;
  }

  append(batch: LogBatch): void {
    if (this.file === null || this.fileBytes >= rollBytes) this.roll(batch.first);
    const file = this.file as unknown as number;
    const [head, bytes] = encodeFrame(batch);
    const size = frameBytes(batch);
    const written = writevSync(file, [head, bytes]);
    // A system may take less than it was given, and a full disk does before it refuses.
    if (written < size) writeFully(file, Buffer.concat([head, bytes]).subarray(written));
    this.fileBytes += size;
    this.settle(file);
  }

  /** The next frame starts a new file. */
  roll(first: number): void {
    this.closeFile();
    const number = ++this.lastNumber;
    const name = `${String(number).padStart(8, "0")}-${String(first).padStart(16, "0")}.log`;
    const path = join(this.options.dir, name);
    this.file = openSync(path, "ax");
    this.fileBytes = 0;
    this.files.push({ number, first, path });
    syncFolder(this.options.dir);
  }

  private settle(file: number): void {
    switch (this.options.fsync) {
      case "batch":
        fdatasyncSync(file);
        break;
      case "interval":
        this.isDirty = true;
        this.syncLater();
        break;
      case "never":
        break;
    }
  }

  /** In the thread pool: the loop never waits for the disk. */
  private syncLater(): void {
    if (this.timer !== null) return;
    this.timer = setTimeout(() => {
      const { file } = this;
      this.isDirty = false;
      if (file === null) {
        this.timer = null;
        return;
      }
      fdatasync(file, (error) => {
        this.timer = null;
        // A file that was closed meanwhile was synced then.
        if (error !== null && error.code !== "EBADF") throw error;
        if (this.isDirty) this.syncLater();
      });
    }, this.options.fsyncIntervalMs).unref();
  }

  /** Durable on return, whatever the policy is. */
  sync(): void {
    if (this.file !== null) fdatasyncSync(this.file);
    this.isDirty = false;
  }

  private closeFile(): void {
    const { file } = this;
    if (file === null) return;
    this.file = null;
    if (this.options.fsync !== "interval") {
      closeSync(file);
      return;
    }
    fdatasync(file, (error) => {
      if (error !== null) throw error;
      closeSync(file);
    });
  }

  /** Deletes the oldest files before `number`, until at most `bytesMax` of such are left. */
  retain(number: number, bytesMax: number): void {
    const behind = this.files.filter((file) => file.number < number);
    let bytes = 0;
    for (const file of behind.reverse()) {
      bytes += statSync(file.path).size;
      if (bytes > bytesMax) this.remove(file);
    }
  }

  private remove(file: LogFile): void {
    rmSync(file.path, { force: true });
    this.files = this.files.filter((kept) => kept !== file);
  }

  /** Nothing is left. */
  clear(): void {
    this.closeFile();
    for (const file of this.files) rmSync(file.path, { force: true });
    syncFolder(this.options.dir);
    this.files = [];
  }

  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.sync();
    this.closeFile();
  }
}
