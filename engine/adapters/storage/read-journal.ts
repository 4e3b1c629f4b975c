// An engine's whole log from its files, oldest entry first, as audits read it after the engine has
// stopped. What a later frame replaced is left out: an entry is given once no later file can change
// it.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CastleError } from "../../errors.ts";
import {
  type EntryKind,
  type LogBatch,
  lastOf,
  visitEntries,
} from "../../replication/log-batch.ts";
import { readNewestCheckpoint } from "./checkpoint-file.ts";
import { FrameReplay, scanFrames } from "./frame.ts";
import { type LogFile, listLogFiles } from "./log-files.ts";

export interface JournalEntry {
  readonly position: number;
  readonly epoch: number;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

/**
 * Every entry of the engine in `dir` from position `from` on, committed or not, in order. While the
 * engine runs, what is not committed may still be replaced.
 * @throws CastleError JOURNAL_DAMAGED where its files do not hold the log from there on: a file is
 * broken or was deleted, or the engine took a snapshot for entries that it lacked
 */
export async function* readJournal(dir: string, from = 1): AsyncGenerator<JournalEntry> {
  const all = listLogFiles(join(dir, "log"));
  const start = all.findLastIndex((file) => file.first <= from);
  const files = all.slice(Math.max(0, start));
  const [oldest] = files;
  if (oldest !== undefined && oldest.first > from) {
    throw damaged(oldest, `entry ${from} is in none of the files that are left`);
  }
  yield* readFiles(files, from);
}

/** @throws CastleError JOURNAL_DAMAGED where these files do not hold one log from `from` on. */
export async function* readFiles(
  files: readonly LogFile[],
  from: number,
): AsyncGenerator<JournalEntry> {
  const [oldest] = files;
  const lowest: number[] = [];
  for (const file of files) {
    const frames = await framesOf(file, file === files.at(-1));
    lowest.push(frames.reduce((least, frame) => Math.min(least, frame.first), file.first));
  }
  let given = (oldest?.first ?? 1) - 1;
  let pending: readonly LogBatch[] = [];
  for (const [index, file] of files.entries()) {
    const replay = new FrameReplay(given);
    for (const frame of [...pending, ...(await framesOf(file, file === files.at(-1)))]) {
      // Whoever reads from behind a snapshot does not miss what it stands for.
      const isNewStart = frame.count === 0 && !(index === 0 && frame.first === oldest?.first);
      const fault = isNewStart ? "the log starts anew on a snapshot" : replay.take(frame);
      if (fault !== null) throw damaged(file, fault);
    }
    const settled = Math.min(...lowest.slice(index + 1)) - 1;
    pending = replay.batches.filter((batch) => lastOf(batch) > settled);
    for (const batch of replay.batches) {
      if (lastOf(batch) > settled) break;
      yield* entriesOf(batch).filter((entry) => entry.position >= from);
      given = lastOf(batch);
    }
  }
}

/** Position of the oldest entry that the engine's files may still hold; `null` without a log. */
export function journalStart(dir: string): number | null {
  return listLogFiles(join(dir, "log"))[0]?.first ?? null;
}

/** Where its newest file begins; the journal's end is behind it, or was cut back to before it. */
export function journalNewestStart(dir: string): number | null {
  return listLogFiles(join(dir, "log")).at(-1)?.first ?? null;
}

/** A state from which the journal can be replayed. */
export interface JournalCheckpoint {
  readonly position: number;
  readonly lines: Uint8Array;
}

/** The engine's newest checkpoint; `null` where there is none that is whole. */
export function journalCheckpoint(dir: string): JournalCheckpoint | null {
  const newest = readNewestCheckpoint(dir);
  if (newest === null || newest === "damaged") return null;
  const { position, lines } = newest.snapshot;
  return { position, lines };
}

/** Only the newest file may end in a write that was never finished. */
export async function framesOf(file: LogFile, isNewest: boolean): Promise<readonly LogBatch[]> {
  const { frames, end } = scanFrames(await readFile(file.path));
  if (end === "damaged" || (end === "torn" && !isNewest)) throw damaged(file, "a frame is damaged");
  return frames;
}

function entriesOf(batch: LogBatch): JournalEntry[] {
  const entries: JournalEntry[] = [];
  visitEntries(batch, batch.first, (position, kind, data) => {
    entries.push({ position, epoch: batch.epoch, kind, data });
  });
  return entries;
}

function damaged(file: LogFile, fault: string): CastleError {
  return new CastleError("JOURNAL_DAMAGED", `${file.path}: ${fault}`, { file: file.path });
}
