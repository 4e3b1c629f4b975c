// The journal from its first entry on, from the files of both engines together. Each engine that was
// lent a snapshot has a gap before it, and entries that were cut may stand where its older log ends;
// what one lacks the other one had, or nothing could have been committed.
// An entry is believed where its (position, epoch) is known to be of the journal: logs that agree in
// one entry agree in all before it (Raft's log matching, docs/replication.md rule 4).

import { join } from "node:path";
import { CastleError } from "../../errors.ts";
import { type LogFile, listLogFiles } from "./log-files.ts";
import { framesOf, type JournalEntry, readFiles } from "./read-journal.ts";

/** A log without a gap: from the first entry, or from a snapshot on. */
interface Segment {
  readonly files: readonly LogFile[];
  /** The entry before its first one; position 0 for none. */
  readonly base: { readonly position: number; readonly epoch: number };
}

/** Entries of a segment, to `to` inclusive. */
interface Piece {
  readonly segment: Segment;
  readonly to: number;
}

/**
 * Every entry from position 1 on, in order. At rest: both engines hold the same end, all committed.
 * @throws CastleError JOURNAL_DAMAGED where a part of it is in none of the engines' files
 */
export async function* readWholeJournal(dirs: readonly string[]): AsyncGenerator<JournalEntry> {
  for (const { segment, to } of await plan(dirs)) {
    for await (const entry of readFiles(segment.files, segment.base.position + 1)) {
      if (entry.position > to) break;
      yield entry;
    }
  }
}

/** From the end back to the first entry: each piece is found by the entry before the one behind it. */
async function plan(dirs: readonly string[]): Promise<readonly Piece[]> {
  const logs = await Promise.all(dirs.map(segmentsOf));
  const byReach = (a: Segment, b: Segment) => a.base.position - b.base.position;
  const [newest] = logs.flatMap((segments) => segments.slice(-1)).toSorted(byReach);
  if (newest === undefined) throw missing(1, dirs);
  const pieces: Piece[] = [{ segment: newest, to: Number.POSITIVE_INFINITY }];
  let { base } = newest;
  const reaching = logs.flat().toSorted(byReach);
  while (base.position > 0) {
    const { position } = base;
    const before = reaching.filter((segment) => segment.base.position < position);
    const segment = await firstWith(before, base);
    if (segment === undefined) throw missing(position, dirs);
    pieces.unshift({ segment, to: position });
    base = segment.base;
  }
  return pieces;
}

async function firstWith(
  segments: readonly Segment[],
  entry: Segment["base"],
): Promise<Segment | undefined> {
  for (const segment of segments) {
    if ((await epochAt(segment, entry.position)) === entry.epoch) return segment;
  }
  return undefined;
}

async function epochAt({ files }: Segment, position: number): Promise<number | undefined> {
  for await (const entry of readFiles(files, position)) return entry.epoch;
  return undefined;
}

/** A log that starts anew does so in a file of its own, whose first frame names what it stands on. */
async function segmentsOf(dir: string): Promise<Segment[]> {
  const segments: { files: LogFile[]; base: Segment["base"] }[] = [];
  for (const file of listLogFiles(join(dir, "log"))) {
    const [head] = await framesOf(file, true);
    const isStart = head?.count === 0 || segments.length === 0;
    if (!isStart) segments.at(-1)?.files.push(file);
    else {
      const position = file.first - 1;
      // Where the files before it were deleted, nothing says of which epoch the entry before it is.
      const epoch = head?.count === 0 ? head.epoch : Number.NaN;
      segments.push({ files: [file], base: { position, epoch } });
    }
  }
  return segments;
}

function missing(position: number, dirs: readonly string[]): CastleError {
  return new CastleError(
    "JOURNAL_DAMAGED",
    `entry ${position} of the journal is in none of the files of ${dirs.join(" and ")}`,
    { position },
  );
}
