// What a snapshot costs Redis: changed lines scattered over the image of a million resting orders,
// the first image whole, and a reader's load. node bench/redis-snapshot.ts

import { cpus } from "node:os";
import { encodeLines } from "../engine/codec/lines-codec.ts";
import { LINE_BYTES } from "../engine/core/memory.ts";
import type { RedisReply } from "../engine/replication/messages.ts";
import { RedisServer } from "../test/support/redis-server.ts";
import { batchOf, VoterSession } from "../test/support/voter-session.ts";

/** An order takes about 110 bytes with its share of indexes. */
const imageLines = Math.ceil((1_000_000 * 110) / LINE_BYTES);
const memory = new Uint8Array(imageLines * LINE_BYTES).fill(1);
const server = await RedisServer.start();
const session = await VoterSession.open(server.url, "bench", 10_000);
let position = 0;

function snapshot(lines: Uint32Array) {
  const base = { position, epoch: position === 0 ? 0 : 1, instance: "before", hash: "hash" };
  return { ...base, lines: encodeLines(memory, lines) };
}

async function timed(what: string, act: () => Promise<RedisReply | string>): Promise<void> {
  const startedMs = performance.now();
  const reply = await act();
  const tookMs = (performance.now() - startedMs).toFixed(1);
  console.log(`${what}: ${tookMs} ms (${typeof reply === "string" ? "filled" : reply.kind})`);
}

let instance = "";
const all = Uint32Array.from({ length: imageLines }, (_, line) => line);
const image = snapshot(all);
await timed(`first image, ${imageLines} lines`, async () => {
  instance = await session.fill(image, [batchOf(1, 1, 1_000)]);
  return instance;
});
for (const count of [100, 1_000, 10_000]) {
  for (let repeat = 0; repeat < 3; repeat++) {
    const step = Math.floor(imageLines / count);
    const lines = Uint32Array.from({ length: count }, (_, index) => index * step + repeat);
    const onPosition = position++;
    const changed = snapshot(lines);
    const write = { kind: "writeSnapshot" as const, instance, epoch: 1, onPosition };
    await timed(`${count} scattered lines`, () => session.ask({ ...write, snapshot: changed }));
  }
}
await timed("load by a reader", () => session.ask({ kind: "loadSnapshot" }));
console.log(`${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, Node ${process.version}`);
session.voter.close();
await server.remove();
