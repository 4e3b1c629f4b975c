// RegionJournal: the journal of one region, made by hand, and what its core makes of it. It forks:
// two of them then have one beginning. It can be written as an engine's directory.

import { rmSync } from "node:fs";
import { encodeCommand } from "../../../engine/codec/command-codec.ts";
import { encodeLines } from "../../../engine/codec/lines-codec.ts";
import type { Command, RequestId } from "../../../engine/core/command.ts";
import { Core } from "../../../engine/core/core.ts";
import type { Event } from "../../../engine/core/event.ts";
import type { Capacity } from "../../../engine/core/instrument.ts";
import type { JournalEntry } from "../../../engine/index.ts";
import { buildBatch } from "../../../engine/replication/log-batch.ts";
import { EngineDisk } from "../../support/engine-disk.ts";

export class RegionJournal {
  readonly core: Core;
  readonly entries: JournalEntry[] = [];
  epoch = 1;
  private requestSeq = 0;
  private readonly sessionId: number;

  constructor(capacity: Capacity, sessionId: number, beginning: readonly JournalEntry[] = []) {
    this.core = new Core(capacity);
    this.sessionId = sessionId;
    for (const entry of beginning) this.take(entry);
  }

  /** The other region, which opens in an epoch of a later term. */
  fork(sessionId: number): RegionJournal {
    const other = new RegionJournal(this.core.capacity, sessionId, this.entries);
    other.lead(2 ** 24);
    return other;
  }

  /** Another primary takes over. */
  lead(epoch: number): void {
    this.epoch = epoch;
    this.take({ ...this.next(), kind: "barrier", data: new Uint8Array() });
  }

  /** Of this region's own gateway where no request is named. */
  execute(command: Command, request?: RequestId): Event[] {
    this.requestSeq += 1;
    const own = { sessionId: this.sessionId, requestSeq: this.requestSeq };
    const timestampUs = this.core.timestampUs + 1000;
    const data = encodeCommand({ request: request ?? own, timestampUs, command });
    return this.take({ ...this.next(), kind: "command", data });
  }

  async *from(position: number): AsyncGenerator<JournalEntry> {
    yield* this.entries.slice(position - 1);
  }

  /**
   * With `checkpointAt`, the engine has a checkpoint there and no entry up to it any more. The
   * caller removes the disk.
   */
  async write({ checkpointAt = 0 } = {}): Promise<EngineDisk> {
    const disk = new EngineDisk();
    const batches = this.entries.map(({ epoch, position, kind, data }) =>
      buildBatch(epoch, position, [{ kind, data }]),
    );
    const storage = disk.withLog(batches.slice(0, checkpointAt));
    if (checkpointAt > 0) {
      const { capacity } = this.core;
      const { core, epoch } = new RegionJournal(capacity, 0, this.entries.slice(0, checkpointAt));
      const lines = encodeLines(core.memory, core.usedLines());
      const { hash } = core.mark();
      const at = { position: checkpointAt, epoch, instance: "" };
      storage.writeCheckpoint({ ...at, hash, lines });
      disk.roll(storage, checkpointAt + 1);
    }
    for (const batch of batches.slice(checkpointAt)) storage.appendLog(batch);
    await storage.close();
    if (checkpointAt > 0) rmSync(disk.logPaths()[0] as string);
    return disk;
  }

  private next(): Pick<JournalEntry, "position" | "epoch"> {
    return { position: this.entries.length + 1, epoch: this.epoch };
  }

  private take(entry: JournalEntry): Event[] {
    const events: Event[] = [];
    this.entries.push(entry);
    if (entry.kind === "command") this.core.apply(entry.position, entry.data, events);
    else this.core.advance(entry.position);
    return events;
  }
}
