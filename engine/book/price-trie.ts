// PriceTrie: from a price to its level, and from a level to the next better or worse one. A radix
// tree with 32 children a node in flat memory; a bitmap in each node names the children present.
// Why not a sorted array or a tree by comparison: a step is a shift and a load without a branch to
// mispredict, nothing moves on insertion, and the worst case is the tree's height (7 for 31 bits),
// whatever prices an adversary chooses.
// Invariant: no node is empty, and a node not in use is all zero but for its free link.

import type { BookMemory } from "./pool.ts";
import { LINE_SHIFT, Pool } from "./pool.ts";

/** Bitmap and 32 children. */
export const TRIE_NODE_WORDS = 33;
/** Prices have at most 31 bits: ceil(31 / 5). */
export const TRIE_HEIGHT_MAX = 7;
const DIGIT_BITS = 5;
const DIGIT_MASK = 31;

/** Words of a tree's own state. */
const ROOT = 0;
const TOP_SHIFT = 1;

export interface TriePlace {
  readonly poolStateWord: number;
  readonly nodesWord: number;
  readonly nodesMax: number;
}

export class PriceTrie {
  readonly pool: Pool;
  private readonly i32: Int32Array;
  private readonly changed: Uint8Array;
  private readonly nodesWord: number;
  /** Nodes from the root down to the one last looked at: scratch of one call. */
  private readonly path = new Int32Array(TRIE_HEIGHT_MAX + 1);

  constructor(memory: BookMemory, place: TriePlace) {
    this.i32 = memory.i32;
    this.changed = memory.changed;
    this.nodesWord = place.nodesWord;
    this.pool = new Pool(memory, {
      stateWord: place.poolStateWord,
      recordsWord: place.nodesWord,
      recordWords: TRIE_NODE_WORDS,
      linkWord: 1,
      recordsMax: place.nodesMax,
    });
  }

  /** Makes the empty tree at `tree` (two words) ready for prices up to `priceMax`. */
  open(tree: number, priceMax: number): void {
    let topShift = 0;
    while (priceMax >>> topShift > DIGIT_MASK) topShift += DIGIT_BITS;
    this.i32[tree + ROOT] = 0;
    this.i32[tree + TOP_SHIFT] = topShift;
    this.changed[tree >> LINE_SHIFT] = 1;
  }

  /** The level at a price, or 0. */
  find(tree: number, price: number): number {
    const { i32, nodesWord } = this;
    let shift = i32[tree + TOP_SHIFT] as number;
    let node = i32[tree + ROOT] as number;
    while (node !== 0) {
      const digit = (price >>> shift) & DIGIT_MASK;
      node = i32[nodesWord + node * TRIE_NODE_WORDS + 1 + digit] as number;
      if (shift === 0) return node;
      shift -= DIGIT_BITS;
    }
    return 0;
  }

  /** The caller made sure that the price has no level and that the pool has a path's nodes left. */
  insert(tree: number, price: number, level: number): void {
    const { i32, changed, nodesWord } = this;
    let shift = i32[tree + TOP_SHIFT] as number;
    let node = i32[tree + ROOT] as number;
    if (node === 0) {
      node = this.pool.allocate();
      i32[tree + ROOT] = node;
      changed[tree >> LINE_SHIFT] = 1;
    }
    for (;;) {
      const word = nodesWord + node * TRIE_NODE_WORDS;
      const digit = (price >>> shift) & DIGIT_MASK;
      let child = i32[word + 1 + digit] as number;
      if (child === 0) {
        child = shift === 0 ? level : this.pool.allocate();
        i32[word] = (i32[word] as number) | (1 << digit);
        i32[word + 1 + digit] = child;
        changed[word >> LINE_SHIFT] = 1;
        changed[(word + 1 + digit) >> LINE_SHIFT] = 1;
      }
      if (shift === 0) return;
      node = child;
      shift -= DIGIT_BITS;
    }
  }

  /** The price has a level. */
  remove(tree: number, price: number): void {
    const { i32, changed, nodesWord, path } = this;
    const topShift = i32[tree + TOP_SHIFT] as number;
    let depth = 0;
    let node = i32[tree + ROOT] as number;
    for (let shift = topShift; ; shift -= DIGIT_BITS) {
      path[depth] = node;
      if (shift === 0) break;
      depth += 1;
      node = i32[
        nodesWord + node * TRIE_NODE_WORDS + 1 + ((price >>> shift) & DIGIT_MASK)
      ] as number;
    }
    for (let shift = 0; depth >= 0; depth -= 1, shift += DIGIT_BITS) {
      node = path[depth] as number;
      const word = nodesWord + node * TRIE_NODE_WORDS;
      const digit = (price >>> shift) & DIGIT_MASK;
      const bits = (i32[word] as number) & ~(1 << digit);
      i32[word] = bits;
      i32[word + 1 + digit] = 0;
      changed[word >> LINE_SHIFT] = 1;
      changed[(word + 1 + digit) >> LINE_SHIFT] = 1;
      if (bits !== 0) return;
      this.pool.release(node);
    }
    i32[tree + ROOT] = 0;
    changed[tree >> LINE_SHIFT] = 1;
  }

  /** The level at the next price above, or 0. */
  above(tree: number, price: number): number {
    const { i32, nodesWord } = this;
    const found = this.descend(tree, price);
    for (let depth = found.depth, shift = found.shift; depth >= 0; depth -= 1) {
      const word = nodesWord + (this.path[depth] as number) * TRIE_NODE_WORDS;
      const digit = (price >>> shift) & DIGIT_MASK;
      // A shift by 32 would be a shift by 0, so it is done in two steps.
      const bits = (i32[word] as number) & ((-1 << digit) << 1);
      if (bits !== 0) return this.outermost(word, bits, shift, false);
      shift += DIGIT_BITS;
    }
    return 0;
  }

  /** The level at the next price below, or 0. */
  below(tree: number, price: number): number {
    const { i32, nodesWord } = this;
    const found = this.descend(tree, price);
    for (let depth = found.depth, shift = found.shift; depth >= 0; depth -= 1) {
      const word = nodesWord + (this.path[depth] as number) * TRIE_NODE_WORDS;
      const digit = (price >>> shift) & DIGIT_MASK;
      const bits = (i32[word] as number) & ((1 << digit) - 1);
      if (bits !== 0) return this.outermost(word, bits, shift, true);
      shift += DIGIT_BITS;
    }
    return 0;
  }

  private readonly found = { depth: 0, shift: 0 };

  /** Fills `path` as far down towards a price as nodes exist; depth -1 in an empty tree. */
  private descend(tree: number, price: number): { depth: number; shift: number } {
    const { i32, nodesWord, path, found } = this;
    let shift = i32[tree + TOP_SHIFT] as number;
    let node = i32[tree + ROOT] as number;
    let depth = -1;
    while (node !== 0) {
      depth += 1;
      path[depth] = node;
      if (shift === 0) break;
      node = i32[
        nodesWord + node * TRIE_NODE_WORDS + 1 + ((price >>> shift) & DIGIT_MASK)
      ] as number;
      if (node !== 0) shift -= DIGIT_BITS;
    }
    found.depth = depth;
    found.shift = shift;
    return found;
  }

  /** Down to the leaf by the highest (or lowest) child, starting among `bits` of one node. */
  private outermost(word: number, bits: number, shift: number, highest: boolean): number {
    const { i32, nodesWord } = this;
    for (;;) {
      const digit = 31 - Math.clz32(highest ? bits : bits & -bits);
      const child = i32[word + 1 + digit] as number;
      if (shift === 0) return child;
      word = nodesWord + child * TRIE_NODE_WORDS;
      bits = i32[word] as number;
      shift -= DIGIT_BITS;
    }
  }
}
