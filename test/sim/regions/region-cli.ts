// `castle sim --regions`: seeds of two regions, one after the other, in this thread: a run takes a few hundredths of a
// second. A failing seed is printed with the line that replays it; a long run must reach each transition of regions.

import { neverReached, regionCodes, regionSeedsForCoverage } from "../coverage.ts";
import { addCounts } from "../tally.ts";
import { plantRegionBug } from "./region-bugs.ts";
import { type RegionResult, simulateRegions } from "./region-simulation.ts";

export interface RegionSimOptions {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly seed?: number;
  readonly bug?: string;
  readonly json?: boolean;
}

const failuresMax = 5;

export function runRegions(options: RegionSimOptions): void {
  const { seed, bug, json } = options;
  if (bug !== undefined) plantRegionBug(bug);
  const startedMs = performance.now();
  const first = seed ?? options.firstSeed;
  const count = seed === undefined ? options.seeds : 1;
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const failures: RegionResult[] = [];
  const sums = { seeds: 0, told: 0, lost: 0, terms: 0, simulatedMs: 0 };
  const faults: Record<string, number> = {};
  const decisions: Record<string, number> = {};
  for (let at = first; at < first + count && failures.length < failuresMax; at++) {
    const result = simulateRegions(at, seed === undefined ? null : print);
    sums.seeds += 1;
    for (const key of ["told", "lost", "terms", "simulatedMs"] as const) sums[key] += result[key];
    addCounts(faults, result.faults);
    addCounts(decisions, result.decisions);
    if (result.failure === null) continue;
    failures.push(result);
    const plant = bug === undefined ? "" : ` --bug ${bug}`;
    print(`seed ${at}: ${result.stack ?? result.failure}`);
    print(`  replay it: ./castle sim --regions --seed ${at}${plant}`);
  }
  const never = neverReached({ decisions }, regionCodes);
  const isCovered = sums.seeds < regionSeedsForCoverage || never.length === 0;
  const held = failures.length === 0 && isCovered;
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  const told = failures.map(({ stack: _, ...rest }) => rest);
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ held, seconds, ...sums, faults, decisions, failures: told })}\n`
      : summary(sums, { faults, decisions, never, seconds, failed: failures.length }),
  );
  process.exitCode = held ? 0 : 1;
}

interface Outcome {
  readonly faults: Readonly<Record<string, number>>;
  readonly decisions: Readonly<Record<string, number>>;
  readonly never: readonly string[];
  readonly seconds: number;
  readonly failed: number;
}

function summary(
  sums: { readonly seeds: number; readonly told: number; readonly lost: number; terms: number },
  { faults, decisions, never, seconds, failed }: Outcome,
): string {
  const ofRegions = regionCodes.map((code) => `${code} ${decisions[code] ?? 0}`);
  return [
    `${sums.seeds} seeds of two regions in ${seconds} s, ${failed} failed`,
    `${sums.terms} terms; ${sums.told} entries told, ${sums.lost} of them gone with a lost region`,
    `faults: ${Object.entries(faults)
      .map(([name, times]) => `${name} ${times}`)
      .join(", ")}`,
    `transitions of regions: ${ofRegions.join(", ")}`,
    never.length === 0
      ? `all ${regionCodes.length} of them were reached`
      : `not reached: ${never.join(", ")}`,
    "",
  ].join("\n");
}
