import { expect } from "chai";
import fc from "fast-check";
import { encodeFrame, type Frame, FrameReader } from "../../../../engine/adapters/link/frame.ts";
import { decodeMessage, encodeMessage } from "../../../../engine/adapters/link/link-message.ts";
import { buildBatch } from "../../../../engine/replication/log-batch.ts";

const entry = fc.record({
  kind: fc.constantFrom("command" as const, "barrier" as const, "config" as const),
  data: fc.uint8Array({ maxLength: 80 }),
});
const batch = fc
  .record({
    epoch: fc.nat(),
    first: fc.nat({ max: 2 ** 31 }),
    entries: fc.array(entry, { minLength: 1, maxLength: 5 }),
  })
  .map(({ epoch, first, entries }) => buildBatch(epoch, first, entries));

function readAll(bytes: Buffer, pieceSizes: readonly number[]): Frame[] {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = pieceSizes[index % pieceSizes.length] as number;
    reader.push(bytes.subarray(at, at + size), (frame) => frames.push(frame));
    at += size;
  }
  return frames;
}

describe("FrameReader", () => {
  it("gives back every frame, however the stream is cut", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });
    const frames = fc.array(fc.array(batch, { maxLength: 3 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(frames, sizes, (sent, pieces) => {
        const bytes = Buffer.concat(
          sent.flatMap((batches, index) => encodeFrame({ index }, batches)),
        );
        const received = readAll(bytes, pieces);
        expect(received).to.deep.equal(
          sent.map((batches, index) => ({ header: { index }, batches })),
        );
      }),
    );
  });

  it("shares the bytes of a large batch, and joins small ones", () => {
    const data = new Uint8Array(4000).fill(7);
    const large = buildBatch(3, 7, [
      { kind: "command", data },
      { kind: "command", data },
    ]);
    const small = buildBatch(3, 9, [{ kind: "command", data: new Uint8Array(9) }]);
    const pieces = encodeFrame({ kind: "x" }, [small, large, small]);
    expect(pieces.map(({ buffer }) => buffer === large.bytes.buffer)).to.deep.equal([
      false,
      true,
      false,
    ]);
    const [frame] = readAll(Buffer.concat(pieces), [3000]) as [Frame];
    expect(frame.batches).to.deep.equal([small, large, small]);
  });

  it("refuses a frame in which any byte was changed", () => {
    const data = new Uint8Array([1, 2, 3]);
    const batches = [buildBatch(3, 7, [{ kind: "command", data }])];
    const bytes = Buffer.concat(encodeFrame({ kind: "x" }, batches));
    for (let at = 4; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 0x10;
      const read = () => new FrameReader().push(damaged, () => {});
      expect(read, `byte ${at}`).to.throw(/malformed/);
    }
  });

  it("refuses a length beyond the bound before it waits for the bytes", () => {
    const head = Buffer.from([255, 255, 255, 127]);
    expect(() => new FrameReader().push(head, () => {}))
      .to.throw(/are allowed/)
      .with.property("code", "FRAME_TOO_LARGE");
  });
});

describe("LinkMessage", () => {
  it("carries the batches of a message beside its header", () => {
    const sent = {
      kind: "append" as const,
      epoch: 3,
      forcedEpoch: 0,
      previousPosition: 6,
      previousEpoch: 1,
      batches: [buildBatch(3, 7, [{ kind: "barrier", data: new Uint8Array(0) }])],
      committed: 5,
      round: 2,
      marks: [{ position: 4, hash: "00ff" }],
    };
    const [frame] = readAll(Buffer.concat(encodeMessage(sent)), [1000]) as [Frame];
    expect(decodeMessage(frame)).to.deep.equal(sent);
  });

  it("refuses a header of no known kind or with a field too many", () => {
    const refuse = (header: object) => () => decodeMessage({ header, batches: [] });
    expect(refuse({ kind: "surprise" })).to.throw(/no known kind/);
    expect(refuse({ kind: "voteRequest", epoch: 3, extra: 1 })).to.throw(/no known kind/);
    expect(refuse({ kind: "voteRequest", epoch: -3 })).to.throw(/no known kind/);
  });
});
