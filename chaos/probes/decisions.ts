// Reads what the engines write down about their decisions (decisions.jsonl in each engine's folder),
// as it grows: the files can be read while a zone is silent, which its status page cannot.

import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Exchange } from "../../failover/index.ts";

const decisionSchema = z.object({
  atMs: z.number(),
  node: z.string(),
  code: z.string(),
  epoch: z.number(),
  position: z.number(),
  reason: z.string().optional(),
});
export type Decision = z.infer<typeof decisionSchema>;

interface Tail {
  readonly file: string;
  offset: number;
  /** A line that was not complete when it was read. */
  rest: string;
}

export class DecisionTail {
  readonly #tails: readonly Tail[];

  /** Reads from where the files end now: earlier runs do not matter. */
  constructor(exchange: Pick<Exchange, "dataDir" | "nodes">) {
    this.#tails = exchange.nodes
      .filter(({ kind }) => kind === "engine")
      .map(({ name }) => {
        const file = join(exchange.dataDir, name, "decisions.jsonl");
        return { file, offset: 0, rest: "" };
      });
    this.read();
  }

  /** What was decided since the last call, in order of time. */
  read(): Decision[] {
    return this.#tails.flatMap(readOn).sort((a, b) => a.atMs - b.atMs);
  }
}

function readOn(tail: Tail): Decision[] {
  if (!existsSync(tail.file)) return [];
  const file = openSync(tail.file, "r");
  try {
    const fresh = Buffer.alloc(Math.max(0, fstatSync(file).size - tail.offset));
    tail.offset += readSync(file, fresh, 0, fresh.length, tail.offset);
    const lines = `${tail.rest}${fresh.toString("utf8")}`.split("\n");
    tail.rest = lines.pop() ?? "";
    return lines.map((line) => decisionSchema.parse(JSON.parse(line)));
  } finally {
    closeSync(file);
  }
}
