// ReadRounds: queries wait for a round that began after they came (Raft's ReadIndex, grouped). One
// answer of a voter that is still in this epoch confirms all rounds up to the one it echoes.
// Invariant: no clock decides whether this primary still is one (rule 7).

interface Waiting {
  readonly readId: number;
  readonly round: number;
  /** Committed when the query came: what it must at least show. */
  readonly position: number;
}

export class ReadRounds {
  /** The round that messages carry now. */
  current = 0;
  private waiting: Waiting[] = [];

  /** The query takes part in the next round. */
  add(readId: number, committed: number): void {
    this.waiting.push({ readId, round: this.current + 1, position: committed });
  }

  get isWanted(): boolean {
    return this.waiting.length > 0 && (this.waiting.at(-1) as Waiting).round > this.current;
  }

  begin(): void {
    this.current++;
  }

  confirm(round: number, answer: (readId: number, position: number) => void): void {
    let count = 0;
    while (count < this.waiting.length && (this.waiting[count] as Waiting).round <= round) count++;
    for (const read of this.waiting.splice(0, count)) answer(read.readId, read.position);
  }
}
