// OperationLog: every step of every operation, one JSON line each, append-only, on disk before the next
// step begins. It is the record of who did what, how long each step took against its budget, and the
// memory that lets an interrupted plan go on. A line that a crash tore is left alone and not counted.

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const shared = { atMs: z.number(), plan: z.string() };
const timed = {
  ...shared,
  step: z.string(),
  ms: z.number(),
  budgetMs: z.number(),
  isOverBudget: z.boolean(),
};

const recordSchema = z.discriminatedUnion("kind", [
  z.object({
    ...shared,
    kind: z.literal("planned"),
    verb: z.string(),
    title: z.string(),
    parameters: z.record(z.string(), z.unknown()),
    by: z.string(),
    reason: z.string(),
    steps: z.array(z.string()),
  }),
  z.object({ ...shared, kind: z.literal("resumed"), by: z.string() }),
  z.object({ ...shared, kind: z.literal("stepBegan"), step: z.string() }),
  /** `wasThere`: its effect was there already, nothing was done. */
  z.object({ ...timed, kind: z.literal("stepDone"), wasThere: z.boolean(), note: z.unknown() }),
  /** `isOptional`: the plan went on without it. */
  z.object({
    ...timed,
    kind: z.literal("stepFailed"),
    isOptional: z.boolean(),
    problem: z.string(),
  }),
  z.object({ ...shared, kind: z.literal("done"), ms: z.number() }),
  /** An operator gave it up: it is not resumed any more. */
  z.object({ ...shared, kind: z.literal("abandoned"), by: z.string(), reason: z.string() }),
]);

export type OperationRecord = z.infer<typeof recordSchema>;
export type PlannedRecord = Extract<OperationRecord, { kind: "planned" }>;

/** A plan as its records tell it. */
export interface PlanRecord {
  readonly planned: PlannedRecord;
  readonly records: readonly OperationRecord[];
  readonly notes: ReadonlyMap<string, unknown>;
  readonly state: "unfinished" | "done" | "abandoned";
}

const fileName = "operations.jsonl";

export class OperationLog {
  readonly file: string;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.file = join(directory, fileName);
  }

  /** On disk when it returns. */
  add(record: OperationRecord): void {
    const file = openSync(this.file, "a", 0o600);
    try {
      // Behind a torn line the record begins a line of its own.
      writeSync(file, `${endsTorn(this.file) ? "\n" : ""}${JSON.stringify(record)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  /** Oldest first. Lines that are no record (torn by a crash) are skipped. */
  read(): OperationRecord[] {
    if (!existsSync(this.file)) return [];
    return readFileSync(this.file, "utf8")
      .split("\n")
      .flatMap((line) => {
        const parsed = recordSchema.safeParse(parseLine(line));
        return parsed.success ? [parsed.data] : [];
      });
  }

  plans(): PlanRecord[] {
    const byPlan = new Map<string, OperationRecord[]>();
    for (const record of this.read()) {
      byPlan.set(record.plan, [...(byPlan.get(record.plan) ?? []), record]);
    }
    return [...byPlan.values()].flatMap((records) => {
      const planned = records.find((record) => record.kind === "planned");
      return planned === undefined ? [] : [planOf(planned, records)];
    });
  }
}

function planOf(planned: PlannedRecord, records: readonly OperationRecord[]): PlanRecord {
  const notes = new Map<string, unknown>();
  for (const record of records) if (record.kind === "stepDone") notes.set(record.step, record.note);
  const isOver = (kind: "done" | "abandoned") => records.some((record) => record.kind === kind);
  const state = isOver("done") ? "done" : isOver("abandoned") ? "abandoned" : "unfinished";
  return { planned, records, notes, state };
}

function endsTorn(file: string): boolean {
  const text = readFileSync(file);
  return text.length > 0 && text[text.length - 1] !== 0x0a;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
