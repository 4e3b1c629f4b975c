// CopyRows: rows in the binary form of COPY (PostgreSQL manual, "COPY", File Formats), the cheapest
// way into PostgreSQL for both sides. Written straight into bytes: a batch has a hundred thousand
// fields, and a string for each would cost more than everything else. The caller writes the columns
// in the table's order and by the table's types.

import { assert } from "../../core/assert.ts";

const header = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");
const initialBytes = 64 * 1024;
const twoTo32 = 2 ** 32;

export class CopyRows {
  rowCount = 0;
  private readonly columnCount: number;
  private buffer: Buffer;
  private at: number;
  /** Columns of the row begun that are not yet written. */
  private missing = 0;

  constructor(columnCount: number) {
    this.columnCount = columnCount;
    this.buffer = Buffer.allocUnsafe(initialBytes);
    this.at = header.copy(this.buffer);
  }

  beginRow(): void {
    assert(this.missing === 0, "the row before has all its columns");
    this.missing = this.columnCount;
    this.reserve(2);
    this.at = this.buffer.writeInt16BE(this.columnCount, this.at);
    this.rowCount += 1;
  }

  int4(value: number): void {
    this.column(4);
    this.at = this.buffer.writeInt32BE(value, this.at);
  }

  /** A safe integer, as bigint. */
  int8(value: number): void {
    this.column(8);
    this.buffer.writeInt32BE(Math.floor(value / twoTo32), this.at);
    this.buffer.writeUInt32BE(value >>> 0, this.at + 4);
    this.at += 8;
  }

  /** Text and enumerations. */
  text(value: string): void {
    // At most three bytes a UTF-16 unit.
    this.reserve(4 + value.length * 3);
    const lengthAt = this.at;
    this.column(0);
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) {
        // Not plain ASCII: rare enough for the slow way.
        this.at = lengthAt + 4 + this.buffer.write(value, lengthAt + 4, "utf8");
        break;
      }
      this.buffer[this.at++] = code;
    }
    this.buffer.writeInt32BE(this.at - lengthAt - 4, lengthAt);
  }

  bytes(value: Uint8Array): void {
    this.column(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  null(): void {
    this.column(0);
    this.buffer.writeInt32BE(-1, this.at - 4);
  }

  /** All rows and the end mark. Nothing may be added afterwards. */
  finish(): Uint8Array {
    assert(this.missing === 0, "the last row has all its columns");
    this.reserve(2);
    return this.buffer.subarray(0, this.buffer.writeInt16BE(-1, this.at));
  }

  private column(length: number): void {
    assert(this.missing > 0, "a row has no more columns than its table");
    this.missing -= 1;
    this.reserve(4 + length);
    this.at = this.buffer.writeInt32BE(length, this.at);
  }

  private reserve(length: number): void {
    if (this.at + length <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + length));
    this.buffer.copy(larger, 0, 0, this.at);
    this.buffer = larger;
  }
}
