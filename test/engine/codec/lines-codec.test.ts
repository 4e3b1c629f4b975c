import { expect } from "chai";
import fc from "fast-check";
import { decodeLines, encodeLines, LinesMalformed } from "../../../engine/codec/lines-codec.ts";
import { property } from "../../support/property.ts";

const LINES = 40;
const memory = Uint8Array.from(
  { length: LINES * 256 },
  (_, index) => (index * 31 + (index >> 8)) & 255,
);
const lineSet = fc
  .uniqueArray(fc.nat({ max: LINES - 1 }), { maxLength: LINES })
  .map((lines) => Uint32Array.from(lines.sort((a, b) => a - b)));

describe("Lines codec", () => {
  it("carries exactly the lines named", () => {
    property(
      fc.property(lineSet, (lines) => {
        const copy = new Uint8Array(memory.length);
        for (const { firstLine, bytes } of decodeLines(encodeLines(memory, lines)))
          copy.set(bytes, firstLine * 256);
        const expected = new Uint8Array(memory.length);
        for (const line of lines)
          expected.set(memory.subarray(line * 256, line * 256 + 256), line * 256);
        expect(Buffer.compare(copy, expected)).to.equal(0);
      }),
      200,
    );
  });

  it("joins lines that follow each other", () => {
    const runs = decodeLines(encodeLines(memory, Uint32Array.of(3, 4, 5, 9)));
    expect(runs.map((run) => [run.firstLine, run.bytes.length / 256])).to.deep.equal([
      [3, 3],
      [9, 1],
    ]);
  });

  it("refuses every torn or overlong form of it", () => {
    const bytes = encodeLines(memory, Uint32Array.of(3, 4, 9));
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => decodeLines(bytes.subarray(0, length))).to.throw(LinesMalformed);
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    expect(() => decodeLines(longer)).to.throw(LinesMalformed);
  });

  it("refuses runs that overlap or do not ascend", () => {
    const bytes = encodeLines(memory, Uint32Array.of(3, 9));
    new DataView(bytes.buffer).setUint32(4 + 8 + 256, 3, true);
    expect(() => decodeLines(bytes)).to.throw(LinesMalformed, "ascend");
  });
});
