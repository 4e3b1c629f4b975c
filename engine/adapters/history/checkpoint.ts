// Checkpoint: an image of the follower's core in PostgreSQL, as pages of memory lines. Only pages
// that changed since the last one are written, in the transaction that moves the journal position,
// so image and history never disagree. What changed is found by comparing hashes of pages: nobody
// has to be asked, and nothing can be forgotten.

import { encodeLines } from "../../codec/lines-codec.ts";
import { assert } from "../../core/assert.ts";
import type { Core } from "../../core/core.ts";
import { LINE_BYTES } from "../../core/memory.ts";
import { CopyRows } from "./copy-rows.ts";
import type { Session } from "./session.ts";

/** 16 KB: one row is cheap against its content, and sparse changes do not write much else. */
const pageLines = 64;
const pageBytes = pageLines * LINE_BYTES;
/** Pages in one statement, 1 MB: however large an image is, no step of it runs into the timeout. */
const pagesPerStep = 64;

export interface CheckpointPages {
  readonly position: number;
  readonly hash: string;
  readonly layoutId: string;
  /** Which pages, and copies of them as rows. */
  readonly steps: readonly { readonly pages: number[]; readonly rows: CopyRows }[];
}

/** Knows what PostgreSQL's image holds, page by page. */
export class CheckpointImage {
  private readonly hashes = new Map<number, number>();

  /** Copies what differs from the image, and counts on it being written. */
  take(core: Core): CheckpointPages {
    const { position, hash } = core.mark();
    const steps: { pages: number[]; rows: CopyRows }[] = [];
    const words = new Int32Array(core.memory.buffer);
    let lastPage = -1;
    for (const line of core.usedLines()) {
      const page = Math.floor(line / pageLines);
      if (page === lastPage) continue;
      lastPage = page;
      const firstWord = (page * pageBytes) / 4;
      const pageHash = hashWords(words.subarray(firstWord, firstWord + pageBytes / 4));
      if (this.hashes.get(page) === pageHash) continue;
      this.hashes.set(page, pageHash);
      let step = steps.at(-1);
      if (step === undefined || step.pages.length === pagesPerStep) {
        step = { pages: [], rows: new CopyRows(3) };
        steps.push(step);
      }
      const { pages, rows } = step;
      pages.push(page);
      rows.beginRow();
      rows.int4(page);
      rows.int8(pageHash);
      rows.bytes(core.memory.subarray(page * pageBytes, (page + 1) * pageBytes));
    }
    return { position, hash, layoutId: core.layoutId, steps };
  }

  /** The whole image, in the form of engine/codec/lines-codec.ts. */
  async load(session: Session): Promise<Uint8Array[]> {
    const runs: Uint8Array[] = [];
    for (let after = -1; ; ) {
      const rows = await session.query(
        `SELECT page, hash, content FROM checkpoint_pages WHERE page > $1 ORDER BY page LIMIT $2`,
        [after, pagesPerStep],
      );
      for (const row of rows) {
        after = row.page as number;
        // A copy of its own starts at a whole word, as its hash needs it.
        const content = Uint8Array.from(row.content as Uint8Array);
        const hash = hashWords(new Int32Array(content.buffer));
        assert(hash === row.hash, "a page of the checkpoint is what was written");
        this.hashes.set(after, hash);
        runs.push(encodePage(after, content));
      }
      if (rows.length < pagesPerStep) return runs;
    }
  }
}

export async function writeCheckpoint(
  session: Session,
  { position, hash, layoutId, steps }: CheckpointPages,
): Promise<void> {
  for (const { pages, rows } of steps) {
    await session.query("DELETE FROM checkpoint_pages WHERE page = ANY ($1::integer[])", [pages]);
    await session.copyIn("COPY checkpoint_pages FROM STDIN (FORMAT binary)", rows.finish());
  }
  await session.query(
    `UPDATE journal_position SET checkpoint_position = $1, checkpoint_hash = $2,
       checkpoint_layout = $3`,
    [position, hash, layoutId],
  );
}

/** The last page of a memory may be shorter than the others. */
function encodePage(page: number, content: Uint8Array): Uint8Array {
  const lineCount = content.length / LINE_BYTES;
  const lines = Uint32Array.from({ length: lineCount }, (_, line) => line);
  const encoded = encodeLines(content, lines);
  // They were encoded as if they were the first lines of a memory.
  new DataView(encoded.buffer).setUint32(4, page * pageLines, true);
  return encoded;
}

/**
 * 53 bits, mixed as in MurmurHash3 (Appleby). At a thousand changed pages a second, two contents of
 * a page would share a hash once in some hundred thousand years.
 */
function hashWords(words: Int32Array): number {
  let a = 0x9747b28c;
  let b = 0x27d4eb2f;
  for (let index = 0; index < words.length; index += 2) {
    a = Math.imul(a ^ (words[index] as number), 0x85ebca6b);
    b = Math.imul(b ^ (words[index + 1] as number), 0xc2b2ae35);
    // Each word reaches both halves; the rotations carry high bits back down.
    a = ((a << 13) | (a >>> 19)) + b;
    b = ((b << 17) | (b >>> 15)) ^ a;
  }
  return (finish(a) >>> 11) * 2 ** 32 + (finish(a ^ b) >>> 0);
}

function finish(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
