// RegionFile: which part this engine's region was last told to play, in which term, in one small file
// of the engine's directory, written whole and synced before anything is done about it. One that
// cannot be read stops the engine: to guess here is to lead twice.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { loadJson } from "../../config.ts";
import type { RegionStanding } from "../../replication/region.ts";
import { writeDurably } from "./durable-file.ts";

const schema = z
  .strictObject({
    role: z.enum(["active", "dr"]),
    term: z.int().min(0),
    /** Absent in the file of an earlier version. */
    sinceTerm: z.int().min(0).optional(),
    isDrained: z.boolean(),
    isInSync: z.boolean(),
  })
  .transform(({ sinceTerm, ...standing }) => ({
    ...standing,
    sinceTerm: sinceTerm ?? standing.term,
  }));

export class RegionFile {
  private readonly path: string;

  constructor(directory: string) {
    this.path = join(directory, "region.json");
  }

  /** `null` where nobody has said anything yet. @throws CastleError CONFIG_INVALID */
  load(): RegionStanding | null {
    return existsSync(this.path) ? loadJson(schema, this.path) : null;
  }

  write(standing: RegionStanding): void {
    writeDurably(this.path, [Buffer.from(`${JSON.stringify(standing)}\n`)]);
  }
}
