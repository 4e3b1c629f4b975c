import { PassThrough } from "node:stream";
import { expect } from "chai";
import fc from "fast-check";
import { Command } from "ioredis";
import { type Argument, FunctionCall } from "../../../../engine/adapters/redis/function-call.ts";

/** Around the size from which on bytes are handed over as they are. */
const bytes = fc
  .tuple(
    fc.oneof(fc.nat({ max: 20 }), fc.integer({ min: 4_090, max: 4_100 })),
    fc.nat({ max: 255 }),
  )
  .map(([length, byte]) => new Uint8Array(length).fill(byte));
const argument: fc.Arbitrary<Argument> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.nat(),
  bytes,
  fc.array(bytes, { maxLength: 3 }),
);

/** What arrives at the server when ioredis sends the call. */
async function written(call: FunctionCall): Promise<Buffer> {
  const stream = new PassThrough({ highWaterMark: 1 << 20 });
  stream.write(call.toWritable(stream));
  // Uncorked at the end of this turn.
  await new Promise(setImmediate);
  stream.end();
  return Buffer.concat(await stream.toArray());
}

/** By ioredis itself, which joins and copies everything. */
function expected(values: readonly Argument[]): Buffer {
  const plain = values.map((value) => {
    if (value instanceof Uint8Array) return Buffer.from(value);
    return typeof value === "object" ? Buffer.concat(value) : value;
  });
  const command = new Command("FCALL", ["append", 1, "key", ...plain], { replyEncoding: null });
  return Buffer.from(command.toWritable({}));
}

describe("FunctionCall", () => {
  it("writes the bytes that ioredis would write", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { maxLength: 6 }), async (values) => {
        const sent = await written(new FunctionCall("append", "key", values));
        expect(sent.equals(expected(values))).to.equal(true);
      }),
      { numRuns: 50 },
    );
  });

  it("keeps its place among other writes to the connection", async () => {
    const stream = new PassThrough({ highWaterMark: 1 << 20 });
    const large = new Uint8Array(10_000).fill(65);
    const calls = ["one", "two"].map((name) => new FunctionCall(name, "key", [large, 1]));
    for (const call of calls) stream.write(call.toWritable(stream));
    stream.write("end");
    await new Promise(setImmediate);
    stream.end();
    const text = Buffer.concat(await stream.toArray()).toString("latin1");
    const call = (name: string) =>
      `*6\r\n$5\r\nFCALL\r\n$3\r\n${name}\r\n$1\r\n1\r\n$3\r\nkey\r\n$10000\r\n${"A".repeat(10_000)}\r\n$1\r\n1\r\n`;
    expect(text).to.equal(`${call("one")}${call("two")}end`);
  });
});
