// castle history: who decided what, and when: the steps of operations and the decisions of engines, merged by
// time, newest last. Engines' own files where they can be read here, else what they show under /status.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { type Decision, decisionSchema } from "../../engine/index.ts";
import { parseOptions } from "../cli-options.ts";
import type { Deployment } from "../deployment.ts";
import { openPorts } from "../open-ports.ts";
import { OperationLog, type OperationRecord } from "../plan/operation-log.ts";
import { look } from "../view.ts";
import { deploymentOf, placeShape } from "./operation-options.ts";

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `10m`, `2h`, `1d` ago, or a time. */
const since = z.string().transform((text, context) => {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined)
    return Date.now() - Number(amount) * unitMs[unit as keyof typeof unitMs];
  const atMs = Date.parse(text);
  if (!Number.isNaN(atMs)) return atMs;
  context.addIssue("write a time like 2026-11-21T04:00:00Z, or an age like 90s, 10m, 2h, 1d");
  return z.NEVER;
});

interface Entry {
  readonly atMs: number;
  /** `engine-1`, or `operation`. */
  readonly source: string;
  readonly text: string;
  readonly record: Decision | OperationRecord;
}

export async function history(given: unknown): Promise<void> {
  const options = parseOptions(z.strictObject({ ...placeShape, since: since.optional() }), given);
  const deployment = deploymentOf(options);
  const entries = [...operationEntries(deployment), ...(await decisionEntries(deployment))]
    .filter(({ atMs }) => atMs >= (options.since ?? 0))
    .sort((left, right) => left.atMs - right.atMs);
  if (options.json) {
    const shown = entries.map(({ source, record }) => ({ source, ...record }));
    process.stdout.write(`${JSON.stringify({ entries: shown })}\n`);
    return;
  }
  for (const { atMs, source, text } of entries) {
    process.stdout.write(`${new Date(atMs).toISOString()}  ${source.padEnd(12)}  ${text}\n`);
  }
}

function operationEntries(deployment: Deployment): Entry[] {
  const directories = new Set([
    deployment.dataDir,
    // What each region's controller did by itself.
    ...deployment.regions.map(({ exchangeFile }) => join(dirname(exchangeFile), "controller")),
  ]);
  return [...directories]
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => new OperationLog(directory).read())
    .map((record) => ({
      atMs: record.atMs,
      source: "operation",
      text: operationText(record),
      record,
    }));
}

function operationText(record: OperationRecord): string {
  const { plan } = record;
  switch (record.kind) {
    case "planned":
      return `${record.verb} ${plan}: ${record.title}, by ${record.by}: ${record.reason}`;
    case "resumed":
      return `${plan} resumed by ${record.by}`;
    case "stepBegan":
      return `${plan} ${record.step} begins`;
    case "stepDone": {
      const late = record.isOverBudget ? ", over budget" : "";
      const how = record.wasThere ? "was so" : "done";
      return `${plan} ${record.step} ${how} in ${record.ms} of ${record.budgetMs} ms${late}`;
    }
    case "stepFailed":
      return `${plan} ${record.step} ${record.isOptional ? "missed" : "FAILED"} after ${record.ms} ms: ${record.problem}`;
    case "done":
      return `${plan} done in ${record.ms} ms`;
    case "abandoned":
      return `${plan} given up by ${record.by}: ${record.reason}`;
  }
}

async function decisionEntries(deployment: Deployment): Promise<Entry[]> {
  const view = await look(await openPorts(deployment), AbortSignal.timeout(10_000));
  const isOne = deployment.regions.length === 1;
  const entries = new Map<string, Entry>();
  for (const region of view.regions) {
    const file = deployment.regions.find(({ name }) => name === region.name);
    for (const engine of region.engines) {
      const source = isOne ? engine.name : `${region.name}/${engine.name}`;
      const directory =
        file === undefined ? "" : resolve(dirname(file.exchangeFile), file.exchange.dataDir);
      const written = readDecisions(join(directory, engine.name, "decisions.jsonl"));
      for (const decision of [...written, ...(engine.status?.decisions ?? [])]) {
        const { atMs, code, epoch, position, reason } = decision;
        const why = reason === undefined ? "" : `: ${reason}`;
        const text = `${code} epoch ${epoch} position ${position}${why}`;
        entries.set(`${source} ${atMs} ${code}`, { atMs, source, text, record: decision });
      }
    }
  }
  return [...entries.values()];
}

function readDecisions(file: string): Decision[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .flatMap((line) => {
      try {
        return [decisionSchema.parse(JSON.parse(line))];
      } catch {
        // Torn by a crash, or of another version.
        return [];
      }
    });
}
