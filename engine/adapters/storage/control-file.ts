// ControlFile: what operators told an engine, in one small file of its directory, written whole and
// synced. One that cannot be read stops the engine: a fenced engine must not serve because of a
// damaged file.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { loadJson } from "../../config.ts";
import { type Control, type ControlStore, noControl } from "../../replication/control.ts";
import { writeDurably } from "./durable-file.ts";

const schema = z.strictObject({
  isPaused: z.boolean().default(noControl.isPaused),
  isFenced: z.boolean().default(noControl.isFenced),
  aloneEpoch: z.int().min(0).default(noControl.aloneEpoch),
  replacedBy: z.int().min(0).default(noControl.replacedBy),
});

export class ControlFile implements ControlStore {
  private readonly path: string;

  constructor(directory: string) {
    this.path = join(directory, "control.json");
  }

  /** @throws CastleError CONFIG_INVALID where it is not what was written */
  load(): Control {
    return existsSync(this.path) ? loadJson(schema, this.path) : noControl;
  }

  write(control: Control): void {
    writeDurably(this.path, [Buffer.from(`${JSON.stringify(control)}\n`)]);
  }
}
