// Fork: where two journals part. They have one beginning; the first position at which epoch, kind or
// bytes differ, or at which one of them ends, is the fork. Both are read side by side, an entry of
// each at a time, so journals of any length need no memory.

import type { JournalEntry } from "../../engine/index.ts";

export interface Fork {
  /** First position at which they differ. */
  readonly position: number;
  /** Epoch of the entry there; `null` where the journal ends before it. */
  readonly oldEpoch: number | null;
  readonly newEpoch: number | null;
}

/** Both journals begin at one position. */
export async function findFork(
  oldJournal: AsyncIterable<JournalEntry>,
  newJournal: AsyncIterable<JournalEntry>,
  start: number,
): Promise<Fork> {
  const oldEntries = oldJournal[Symbol.asyncIterator]();
  const newEntries = newJournal[Symbol.asyncIterator]();
  try {
    for (let position = start; ; position += 1) {
      // One after the other: a read ahead would gain little and cost a promise for each entry.
      const before = await oldEntries.next();
      const after = await newEntries.next();
      const oldEntry = before.done === true ? null : before.value;
      const newEntry = after.done === true ? null : after.value;
      if (oldEntry !== null && newEntry !== null && isSame(oldEntry, newEntry)) continue;
      const oldEpoch = oldEntry?.epoch ?? null;
      return { position, oldEpoch, newEpoch: newEntry?.epoch ?? null };
    }
  } finally {
    await oldEntries.return?.();
    await newEntries.return?.();
  }
}

function isSame(one: JournalEntry, other: JournalEntry): boolean {
  return (
    one.position === other.position &&
    one.epoch === other.epoch &&
    one.kind === other.kind &&
    Buffer.compare(one.data, other.data) === 0
  );
}
