// castle member seat: on the machine that is to take an engine's seat, before its engine starts there. The
// directory says which incarnation it is; only a primary that knows it lets it in.

import { resolve } from "node:path";
import { z } from "zod";
import { isSeated, seatEngine } from "../../engine/index.ts";
import { parseOptions } from "../cli-options.ts";

const shape = z.strictObject({
  engine: z.enum(["engine-1", "engine-2"]),
  incarnation: z.coerce.number().int().min(2),
  shard: z.string().regex(/^[a-z0-9-]{1,24}$/),
  dryRun: z.boolean().default(false),
  json: z.boolean().default(false),
});

export async function memberSeat(directory: string, given: unknown): Promise<void> {
  const { engine, incarnation, shard, dryRun, json } = parseOptions(shape, given);
  const path = resolve(directory);
  const seat = { shard, engineId: engine === "engine-1" ? 1 : 2, incarnation } as const;
  const wasThere = isSeated(path, seat);
  if (!dryRun) seatEngine(path, seat);
  const verb = dryRun && !wasThere ? "would become" : "is";
  const told = { verb: "member seat", directory: path, engine, incarnation, shard, wasThere };
  const sentence = `${path} ${verb} the disk of incarnation ${incarnation} of ${engine}.\n`;
  const outcome = dryRun ? { ...told, isDryRun: true } : { ...told, isDone: true };
  process.stdout.write(json ? `${JSON.stringify(outcome)}\n` : sentence);
}
