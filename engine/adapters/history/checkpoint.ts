// Checkpoint: an image of the follower's core in PostgreSQL, as pages of memory lines. Only pages
// that changed since the last one are written, in the transaction that moves the journal position,
// so image and history never disagree.

import { encodeLines } from "../../codec/lines-codec.ts";
import type { Core } from "../../core/core.ts";
import { LINE_BYTES } from "../../core/memory.ts";
import type { Session } from "./session.ts";

/** 16 KB: one row is cheap against its content, and sparse changes do not write much else. */
const pageLines = 64;
const pageBytes = pageLines * LINE_BYTES;
/** Pages read at once when a follower starts: 4 MB. */
const pagesPerRead = 256;

export interface CheckpointPages {
  readonly position: number;
  readonly hash: string;
  readonly layoutId: string;
  /** Ascending. */
  readonly pages: readonly number[];
  /** Copies, in the same order, as rows of a binary COPY. */
  readonly rows: Uint8Array;
}

/** Remembers which pages differ from the last checkpoint. */
export class CheckpointImage {
  private readonly changedPages = new Set<number>();

  /** Lines that somebody else's `core.mark()` took off the list. */
  note(changedLines: Uint32Array): void {
    for (const line of changedLines) this.changedPages.add(Math.floor(line / pageLines));
  }

  take(core: Core): CheckpointPages {
    const { position, hash, changedLines } = core.mark();
    this.note(changedLines);
    const pages = [...this.changedPages].sort((a, b) => a - b);
    this.changedPages.clear();
    return { position, hash, layoutId: core.layoutId, pages, rows: copyRows(core.memory, pages) };
  }
}

export async function writeCheckpoint(
  session: Session,
  { position, hash, layoutId, pages, rows }: CheckpointPages,
): Promise<void> {
  await session.query("DELETE FROM checkpoint_pages WHERE page = ANY ($1::integer[])", [pages]);
  await session.copyIn("COPY checkpoint_pages FROM STDIN (FORMAT binary)", [rows]);
  await session.query(
    `UPDATE journal_position SET checkpoint_position = $1, checkpoint_hash = $2,
       checkpoint_layout = $3`,
    [position, hash, layoutId],
  );
}

/** The whole image, in the form of engine/codec/lines-codec.ts. */
export async function loadCheckpoint(session: Session): Promise<Uint8Array[]> {
  const runs: Uint8Array[] = [];
  for (let after = -1; ; ) {
    const rows = await session.query(
      "SELECT page, content FROM checkpoint_pages WHERE page > $1 ORDER BY page LIMIT $2",
      [after, pagesPerRead],
    );
    for (const { page, content } of rows) {
      runs.push(encodePage(page as number, content as Uint8Array));
      after = page as number;
    }
    if (rows.length < pagesPerRead) return runs;
  }
}

/** The last page of a memory may be shorter than the others. */
function encodePage(page: number, content: Uint8Array): Uint8Array {
  const lineCount = content.length / LINE_BYTES;
  const encoded = encodeLines(
    content,
    Uint32Array.from({ length: lineCount }, (_, line) => line),
  );
  // The page's lines were encoded as if they were the memory's first.
  new DataView(encoded.buffer).setUint32(4, page * pageLines, true);
  return encoded;
}

// The binary form of COPY (PostgreSQL manual, "COPY", File Formats): a header of 19 bytes; for each
// row the number of columns (2 bytes) and each column's length (4) and content; -1 (2) at the end.
const copyHeader = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const rowOverhead = 2 + 4 + 4 + 4;

function copyRows(memory: Uint8Array, pages: readonly number[]): Uint8Array {
  const contents = pages.map((page) => memory.subarray(page * pageBytes, (page + 1) * pageBytes));
  const contentBytes = contents.reduce((sum, content) => sum + content.length, 0);
  const rows = Buffer.allocUnsafe(
    copyHeader.length + pages.length * rowOverhead + contentBytes + 2,
  );
  let at = copyHeader.copy(rows);
  for (const [index, content] of contents.entries()) {
    at = rows.writeInt16BE(2, at);
    at = rows.writeInt32BE(4, at);
    at = rows.writeInt32BE(pages[index] as number, at);
    at = rows.writeInt32BE(content.length, at);
    rows.set(content, at);
    at += content.length;
  }
  rows.writeInt16BE(-1, at);
  return rows;
}
