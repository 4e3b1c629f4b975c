// castle member seat: on the machine that is to take an engine's seat, before its engine starts there. The
// directory says which incarnation it is; only a primary that knows it lets it in.

import { resolve } from "node:path";
import { z } from "zod";
import { seatEngine } from "../../engine/index.ts";
import { parseOptions } from "../cli-options.ts";

const shape = z.strictObject({
  engine: z.enum(["engine-1", "engine-2"]),
  incarnation: z.coerce.number().int().min(2),
  shard: z.string().regex(/^[a-z0-9-]{1,24}$/),
});

export async function memberSeat(directory: string, given: unknown): Promise<void> {
  const { engine, incarnation, shard } = parseOptions(shape, given);
  const path = resolve(directory);
  seatEngine(path, { shard, engineId: engine === "engine-1" ? 1 : 2, incarnation });
  process.stdout.write(`${path} is the disk of incarnation ${incarnation} of ${engine}.\n`);
}
