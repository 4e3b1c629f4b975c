// Pool: fixed-size records in flat memory, handed out and taken back in O(1). Record 0 means "none",
// so zeroed memory is a valid, empty pool. The free list and the high-water mark lie in the same
// memory as the records: equal histories give equal bytes.

/** The memory that the book works in. Word = 4 bytes; `changed` has one byte for each 64 words. */
export interface BookMemory {
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  /** Set to 1 wherever a word of the line was written. */
  readonly changed: Uint8Array;
}

/** A line of memory is 64 words (256 bytes): `word >> LINE_SHIFT` is its number. */
export const LINE_SHIFT = 6;

/** Words of a pool's own state: head of the free list, records ever used, records in use. */
export const POOL_WORDS = 3;

export interface PoolPlace {
  /** Where the pool's own `POOL_WORDS` lie. */
  readonly stateWord: number;
  /** Where record 0 lies. */
  readonly recordsWord: number;
  readonly recordWords: number;
  /** Which word of a free record links to the next free one. */
  readonly linkWord: number;
  /** Records that can be in use at once. */
  readonly recordsMax: number;
}

export class Pool {
  readonly recordsMax: number;
  private readonly i32: Int32Array;
  private readonly changed: Uint8Array;
  private readonly stateWord: number;
  private readonly linksWord: number;
  private readonly recordWords: number;

  constructor(memory: BookMemory, place: PoolPlace) {
    this.i32 = memory.i32;
    this.changed = memory.changed;
    this.stateWord = place.stateWord;
    this.linksWord = place.recordsWord + place.linkWord;
    this.recordWords = place.recordWords;
    this.recordsMax = place.recordsMax;
  }

  get inUse(): number {
    return this.i32[this.stateWord + 2] as number;
  }

  get available(): number {
    return this.recordsMax - this.inUse;
  }

  /** Highest record number ever handed out. */
  get highest(): number {
    return this.i32[this.stateWord + 1] as number;
  }

  /** A record number, or 0 where all are in use. Its content is what its last user left. */
  allocate(): number {
    const { i32, stateWord } = this;
    let record = i32[stateWord] as number;
    if (record !== 0) {
      const link = this.linksWord + record * this.recordWords;
      i32[stateWord] = i32[link] as number;
      i32[link] = 0;
      this.changed[link >> LINE_SHIFT] = 1;
    } else {
      record = (i32[stateWord + 1] as number) + 1;
      if (record > this.recordsMax) return 0;
      i32[stateWord + 1] = record;
    }
    i32[stateWord + 2] = (i32[stateWord + 2] as number) + 1;
    this.changed[stateWord >> LINE_SHIFT] = 1;
    return record;
  }

  release(record: number): void {
    const { i32, stateWord } = this;
    const link = this.linksWord + record * this.recordWords;
    i32[link] = i32[stateWord] as number;
    i32[stateWord] = record;
    i32[stateWord + 2] = (i32[stateWord + 2] as number) - 1;
    this.changed[link >> LINE_SHIFT] = 1;
    this.changed[stateWord >> LINE_SHIFT] = 1;
  }
}
