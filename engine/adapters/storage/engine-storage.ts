// EngineStorage: the engine's own disk (docs/replication.md, rules 1, 9 and 10): epoch, log and checkpoint.
// Invariants: what a call wrote is in the system's hands when it returns, and on the disk where the
// policy says so; a log that may lack something it answered for is reported lost, and stays so until
// a whole one replaces it. A write that fails ends the process.

import type { Logger } from "pino";
import { assert } from "../../core/assert.ts";
import type { LogBatch } from "../../replication/log-batch.ts";
import type { Snapshot } from "../../replication/messages.ts";
import type { Loaded, Storage } from "../../replication/ports.ts";
import { genesisBase, type LogBase } from "../../replication/replica-log.ts";
import { readNewestCheckpoint } from "./checkpoint-file.ts";
import { CheckpointWriter } from "./checkpoint-writer.ts";
import { EpochFile } from "./epoch-file.ts";
import { EpochRuns } from "./epoch-runs.ts";
import { FrameReplay, scanFrames } from "./frame.ts";
import {
  currentBootId,
  type EngineIdentity,
  isFormatted,
  isLogLost,
  markLogLost,
  prepareFolders,
  readIncarnation,
  readSession,
  removeFormat,
  type SeatedIdentity,
  unmarkLogLost,
  writeFormat,
  writeSession,
} from "./identity.ts";
import { keepAsLeftOut } from "./left-out.ts";
import { type FsyncPolicy, LogFiles } from "./log-files.ts";

export interface EngineStorageOptions extends EngineIdentity {
  readonly fsync: FsyncPolicy;
  readonly fsyncIntervalMs: number;
  readonly log: Logger;
  /** Log kept behind the checkpoint, for audits. */
  readonly retainBytes?: number;
  /** Of this start of the machine; tests hand in their own. */
  readonly bootId?: string;
}

const retainBytesDefault = 4 * 1024 ** 3;

/**
 * The disk of one engine; `formatEngine` comes first, once. One process at a time.
 * @throws CastleError VERSION_MISMATCH where the directory is another engine's
 */
export function openStorage(dir: string, options: EngineStorageOptions): EngineStorage {
  return new EngineStorage(dir, options);
}

export class EngineStorage implements Storage {
  private readonly dir: string;
  private readonly options: EngineStorageOptions;
  private readonly bootId: string;
  readonly incarnation: number;
  private readonly epochFile: EpochFile;
  private readonly files: LogFiles;
  private readonly checkpoints: CheckpointWriter;
  private isDiskKept: boolean;
  private epoch: number;
  /** Of the log behind the checkpoint; `null` while there is no log that could be trusted. */
  private runs: EpochRuns | null = null;
  /** The next file begins with a frame that says that the log starts anew there. */
  private isNewStart = false;

  constructor(dir: string, options: EngineStorageOptions) {
    this.dir = dir;
    this.options = options;
    this.bootId = options.bootId ?? currentBootId();
    const { fsync, fsyncIntervalMs } = options;
    this.files = new LogFiles({ dir: prepareFolders(dir), fsync, fsyncIntervalMs });
    this.epochFile = new EpochFile(dir);
    const epoch = this.epochFile.read();
    this.incarnation = readIncarnation(dir, options);
    this.isDiskKept = isFormatted(dir, this.seated) && epoch !== null;
    this.epoch = epoch ?? 0;
    this.checkpoints = new CheckpointWriter(dir, (checkpoint) => {
      this.files.retain(checkpoint.fromFile, options.retainBytes ?? retainBytesDefault);
    });
    // Once lost, lost until there is a whole log: a start that was cut short must not change that.
    if (!this.isDiskKept) removeFormat(dir);
    else this.judgeLastRun();
    writeSession(dir, { bootId: this.bootId, fsync, isClean: false });
  }

  private get seated(): SeatedIdentity {
    const { shard, engineId } = this.options;
    return { shard, engineId, incarnation: this.incarnation };
  }

  /** What was answered for may have been in the memory of a machine that lost it (rule 9). */
  private judgeLastRun(): void {
    const last = readSession(this.dir);
    if (last === null || last.isClean || last.bootId === this.bootId) return;
    if (last.fsync === "batch" || isLogLost(this.dir)) return;
    this.loseLog(`the machine restarted, and the log was written with fsync: ${last.fsync}`);
  }

  private loseLog(reason: string): void {
    markLogLost(this.dir, reason);
    this.options.log.warn({ code: "LOG_LOST", reason }, "the log cannot be trusted");
  }

  load(): Loaded {
    const lost: Loaded = {
      disk: this.isDiskKept ? "kept" : "lost",
      epoch: this.epoch,
      incarnation: this.incarnation,
      log: null,
      checkpoint: null,
    };
    if (!this.isDiskKept || isLogLost(this.dir)) return lost;
    const checkpoint = readNewestCheckpoint(this.dir);
    if (checkpoint === "damaged") {
      this.loseLog("the checkpoint is damaged");
      return lost;
    }
    const base = baseOf(checkpoint?.snapshot ?? null);
    const batches = this.loadLog(base, checkpoint?.fromFile ?? 1);
    if (batches === null) return lost;
    this.runs = new EpochRuns(base);
    for (const batch of batches) this.runs.append(batch);
    return { ...lost, log: { base, batches }, checkpoint: checkpoint?.snapshot ?? null };
  }

  /** The entries behind the base; `null` where some of them may be gone. */
  private loadLog(base: LogBase, fromFile: number): readonly LogBatch[] | null {
    const files = this.files.from(fromFile);
    this.files.skipTo(fromFile);
    const replay = new FrameReplay(base.position);
    for (const file of files) {
      const bytes = this.files.read(file);
      const { frames, wholeBytes, end } = scanFrames(bytes);
      const isLast = file === files.at(-1);
      let fault = end === "damaged" || (end === "torn" && !isLast) ? "a frame is damaged" : null;
      for (const frame of frames) fault ??= replay.take(frame);
      if (fault !== null) {
        this.loseLog(`${file.path}: ${fault}`);
        return null;
      }
      if (end === "torn") {
        const facts = { code: "LOG_TAIL_CUT", file: file.path, at: wholeBytes };
        this.options.log.warn(facts, "an unfinished write at the end of the log was cut off");
      }
      if (isLast) this.files.resume(wholeBytes);
    }
    // After a checkpoint that the log did not lead up to.
    this.isNewStart = files.length === 0 && base.position > 0;
    return replay.batches;
  }

  writeEpoch(epoch: number): void {
    assert(epoch > this.epoch, "an engine's epoch only grows");
    this.epochFile.write(epoch);
    this.epoch = epoch;
  }

  appendLog(batch: LogBatch): void {
    assert(this.runs !== null, "a log that is lost is replaced before it grows");
    this.runs.append(batch);
    if (this.isNewStart) this.startAnew();
    this.files.append(batch);
  }

  private startAnew(): void {
    assert(this.runs !== null, "the base is known");
    const { position, epoch } = this.runs.base;
    this.isNewStart = false;
    this.files.roll(position + 1);
    this.files.append({ epoch, first: position + 1, count: 0, bytes: new Uint8Array(0) });
  }

  writeCheckpoint(snapshot: Snapshot): void {
    assert(this.runs !== null, "a checkpoint stands in a log");
    if (this.runs.epochAt(snapshot.position) === snapshot.epoch) {
      // The last checkpoint and the whole log lead here too, so this one may take its time.
      this.runs.rebase(baseOf(snapshot));
      const fromFile = this.files.fileFor(snapshot.position + 1);
      this.checkpoints.writeSoon({ snapshot, fromFile });
      return;
    }
    this.checkpoints.writeNow({ snapshot, fromFile: this.files.nextNumber });
    this.runs = new EpochRuns(baseOf(snapshot));
    this.isNewStart = true;
  }

  replaceLog(snapshot: Snapshot | null, batches: readonly LogBatch[]): void {
    // One that was lost has nothing left out: the whole one has all of it.
    if (this.runs !== null && !isLogLost(this.dir)) keepAsLeftOut(this.dir);
    markLogLost(this.dir, "the log is being replaced");
    this.files.clear();
    this.checkpoints.clear();
    this.runs = new EpochRuns(baseOf(snapshot));
    this.isNewStart = snapshot !== null;
    if (snapshot !== null) {
      this.checkpoints.writeNow({ snapshot, fromFile: this.files.nextNumber });
    }
    for (const batch of batches) this.appendLog(batch);
    this.files.sync();
    if (!this.isDiskKept) {
      this.epochFile.write(this.epoch);
      writeFormat(this.dir, this.seated);
      this.isDiskKept = true;
    }
    unmarkLogLost(this.dir);
  }

  /** Of all log files that are left. */
  get logBytes(): number {
    return this.files.bytes;
  }

  loadCheckpoint(): Snapshot | null {
    return this.checkpoints.newest();
  }

  /** Everything is on the disk afterwards, and the next start knows it. */
  async close(): Promise<void> {
    await this.checkpoints.settled();
    this.files.close();
    writeSession(this.dir, { bootId: this.bootId, fsync: this.options.fsync, isClean: true });
  }
}

function baseOf(snapshot: Snapshot | null): LogBase {
  if (snapshot === null) return genesisBase;
  const { position, epoch, instance } = snapshot;
  return { position, epoch, instance };
}
