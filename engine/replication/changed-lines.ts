// ChangedLines: which lines of the state may differ from a snapshot at some position? Kept by primary
// and standby alike, so that the first snapshot after a promotion covers every line that may differ
// from the last one (rule 12). Invariant: `since` may name too many lines, never too few.

/** Marks kept before two are merged: a bound, not a tuning. */
const marksMax = 256;

interface Change {
  /** Lines written after the mark before, up to here. */
  readonly position: number;
  readonly lines: Uint32Array;
}

export class ChangedLines {
  private changes: Change[] = [];
  /** Changes are complete from here on. */
  private completeFrom: number;

  constructor(position: number) {
    this.completeFrom = position;
  }

  record(position: number, lines: Uint32Array): void {
    this.changes.push({ position, lines });
    if (this.changes.length > marksMax) this.mergeCheapest();
  }

  /**
   * The neighbours that have the fewest lines together: at most 2 of 256 parts of all that are kept, however long no
   * snapshot was written. Always the two oldest would copy a set that grows to the whole state, at each mark.
   */
  private mergeCheapest(): void {
    const costOf = (index: number): number =>
      (this.changes[index] as Change).lines.length +
      (this.changes[index + 1] as Change).lines.length;
    let cheapest = 0;
    for (let index = 1; index + 1 < this.changes.length; index++) {
      if (costOf(index) < costOf(cheapest)) cheapest = index;
    }
    const [first, second] = this.changes.slice(cheapest, cheapest + 2) as [Change, Change];
    const merged = { position: second.position, lines: union([first.lines, second.lines]) };
    this.changes.splice(cheapest, 2, merged);
  }

  /** A snapshot at `position` holds all that came before: forget it. */
  forget(position: number): void {
    const kept = this.changes.filter((change) => change.position > position);
    if (kept.length === this.changes.length) return;
    const dropped = this.changes[this.changes.length - kept.length - 1] as Change;
    this.completeFrom = Math.max(this.completeFrom, dropped.position);
    this.changes = kept;
  }

  /** Ascending; `null` where changes since then are not known: every used line may differ. */
  since(position: number): Uint32Array | null {
    if (position < this.completeFrom) return null;
    return union(
      this.changes.filter((change) => change.position > position).map((change) => change.lines),
    );
  }

  /** The state was replaced by the one at `position`. */
  reset(position: number): void {
    this.changes = [];
    this.completeFrom = position;
  }
}

function union(sets: readonly Uint32Array[]): Uint32Array {
  if (sets.length === 1) return sets[0] as Uint32Array;
  const all = new Set<number>();
  for (const set of sets) for (const line of set) all.add(line);
  return Uint32Array.from(all).sort();
}
