import { expect } from "chai";
import fc from "fast-check";
import { CopyRows } from "../../../../engine/adapters/history/copy-rows.ts";

// What PostgreSQL reads: header, rows of counted columns, end mark.
function read(bytes: Uint8Array): (Buffer | null)[][] {
  const buffer = Buffer.from(bytes);
  expect(buffer.toString("latin1", 0, 11)).to.equal("PGCOPY\n\xff\r\n\0");
  const rows: (Buffer | null)[][] = [];
  let at = 19;
  for (;;) {
    const columns = buffer.readInt16BE(at);
    at += 2;
    if (columns === -1) break;
    rows.push(
      Array.from({ length: columns }, () => {
        const length = buffer.readInt32BE(at);
        at += 4;
        if (length === -1) return null;
        at += length;
        return buffer.subarray(at - length, at);
      }),
    );
  }
  expect(at).to.equal(buffer.length);
  return rows;
}

const safe = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const row = fc.record({
  int4: fc.integer(),
  int8: safe,
  text: fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.string({ minLength: 5_000 })),
});

describe("CopyRows", function () {
  // Slow machines need more than a moment for all values.
  this.timeout(10_000);
  it("writes rows as PostgreSQL reads them, whatever they hold", () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const copy = new CopyRows(4);
        for (const { int4, int8, text } of rows) {
          copy.beginRow();
          copy.int4(int4);
          copy.int8(int8);
          copy.null();
          copy.text(text);
        }
        expect(copy.rowCount).to.equal(rows.length);
        const found = read(copy.finish()).map(([int4, int8, none, text]) => ({
          int4: int4?.readInt32BE(),
          int8: Number(int8?.readBigInt64BE()),
          none,
          text: text?.toString("utf8"),
        }));
        expect(found).to.deep.equal(
          rows.map(({ int4, int8, text }) => ({
            int4,
            int8,
            none: null,
            text: Buffer.from(text, "utf8").toString("utf8"),
          })),
        );
      }),
      { numRuns: 200, verbose: 1 },
    );
  });

  it("refuses a row with a column too few or too many", () => {
    const few = new CopyRows(2);
    few.beginRow();
    few.int4(1);
    expect(() => few.beginRow()).to.throw("all its columns");
    few.int4(2);
    expect(() => few.int4(3)).to.throw("no more columns");
  });
});
