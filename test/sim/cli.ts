// `castle sim`: the replication under a simulated, faulty network. Exit codes: 0 all seeds held, 1 one
// failed (its seed is printed, and replays it exactly), 2 wrong options.

import { execFileSync } from "node:child_process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CastleError } from "../../engine/errors.ts";
import { decisionCodes } from "../../engine/replication/decision.ts";
import { plantBug } from "./planted-bugs.ts";
import { runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulation.ts";
import { addRun, emptyTally, type Tally } from "./tally.ts";

interface Options {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly bug?: string;
  readonly json?: boolean;
}

const seedMax = 2 ** 32 - 1;
const failuresMax = 5;
const progressMs = 2_000;

export function registerSim(program: Command): void {
  program
    .command("sim")
    .description("run the replication protocol under a simulated, faulty network")
    .option("--seeds <n>", "how many seeds to run", countUpTo(seedMax), 200)
    .option("--first-seed <s>", "the first of them", countUpTo(seedMax), 1)
    .option("--jobs <j>", "threads", countUpTo(64), 2)
    .option("--seed <s>", "replay this one seed, with a trace of its events", countUpTo(seedMax))
    .option("--json", "print one JSON object to stdout, all else to stderr")
    .addOption(new Option("--bug <name>", "plant a bug that must be found").hideHelp())
    .addHelpText(
      "after",
      "\nExit codes: 0 every seed held, 1 a seed failed: it is printed. 2 the simulator could not run.",
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const startedMs = performance.now();
  const tally = options.seed === undefined ? await runMany(options) : replay(options.seed, options);
  const seconds = (performance.now() - startedMs) / 1000;
  const commit = commitNow();
  for (const { seed, failure, stack } of tally.failures) {
    process.stderr.write(`seed ${seed} at commit ${commit}: ${stack ?? failure}\n`);
    process.stderr.write(`  replay it: ./castle sim --seed ${seed}${bugArgument(options)}\n`);
  }
  const report = { ...tally, failures: tally.failures.map(({ stack: _, ...rest }) => rest) };
  const held = tally.failures.length === 0;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ held, commit, seconds, ...report })}\n`);
  } else {
    process.stdout.write(summary(tally, seconds));
  }
  process.exitCode = held ? 0 : 1;
}

function replay(seed: number, { bug }: Options): Tally {
  if (bug !== undefined) plantBug(bug);
  const tally = emptyTally();
  addRun(tally, simulate(seed, { print: (line) => process.stderr.write(`${line}\n`) }));
  return tally;
}

async function runMany({ seeds, firstSeed, jobs, bug }: Options): Promise<Tally> {
  if (firstSeed + seeds - 1 > seedMax) {
    throw new CastleError("CONFIG_INVALID", `seeds end at ${seedMax}; --first-seed is too high`);
  }
  let shownMs = performance.now();
  const onProgress = (tally: Tally) => {
    if (performance.now() - shownMs < progressMs) return;
    shownMs = performance.now();
    process.stderr.write(`${tally.seeds} of ${seeds} seeds, ${tally.failures.length} failed\n`);
  };
  return runSeeds({ firstSeed, count: seeds, jobs, bug: bug ?? null, failuresMax, onProgress });
}

function bugArgument({ bug }: Options): string {
  return bug === undefined ? "" : ` --bug ${bug}`;
}

function summary(tally: Tally, seconds: number): string {
  const { seeds, events, simulatedMs, committed, acknowledged, reads, failures } = tally;
  const never = decisionCodes.filter((code) => tally.decisions[code] === undefined);
  const counts = (record: Record<string, number>) =>
    Object.entries(record)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  return [
    `${seeds} seeds, ${failures.length} failed: ${failures.map(({ seed }) => seed).join(" ") || "none"}`,
    `${(simulatedMs / 1000).toFixed(0)} s simulated in ${seconds.toFixed(1)} s: ` +
      `${(seeds / seconds).toFixed(0)} seeds/s, ${(events / seconds).toFixed(0)} events/s`,
    `${committed} entries committed, ${acknowledged} answers to gateways, ${reads} reads confirmed`,
    `faults: ${counts(tally.faults)}`,
    `decisions: ${counts(tally.decisions)}`,
    `decisions never made: ${never.join(", ") || "none"}`,
    "",
  ].join("\n");
}

function commitNow(): string {
  try {
    const options = { encoding: "utf8", cwd: import.meta.dirname } as const;
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], options).trim();
  } catch {
    return "unknown";
  }
}

function countUpTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isCount = /^\d+$/.test(text) && value >= 1 && value <= max;
    if (!isCount) throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
    return value;
  };
}
