// `castle sim`: the replication under a simulated, faulty network. Exit codes: 0 all seeds held, 1 one
// failed (it is made smaller, and printed as one line that replays it), or a transition that it simulates
// was never reached; 2 wrong options.

import { execFileSync } from "node:child_process";
import { type Command, InvalidArgumentError, Option } from "commander";
import { CastleError } from "../../engine/errors.ts";
import { bugTable, findBugs } from "./bug-table.ts";
import { isCovered } from "./coverage.ts";
import { replayLine } from "./minimise.ts";
import { plantBug } from "./planted-bugs.ts";
import { summary } from "./report.ts";
import { minimiseSeed, runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulation.ts";
import { addRun, emptyTally, type Failure, type Tally } from "./tally.ts";

interface Options {
  readonly seeds: number;
  readonly firstSeed: number;
  readonly jobs: number;
  readonly seed?: number;
  readonly faults?: ReadonlySet<string>;
  readonly tradeMs?: number;
  readonly bug?: string;
  readonly bugs?: boolean;
  readonly regions?: boolean;
  readonly json?: boolean;
}

const seedMax = 2 ** 32 - 1;
const failuresMax = 5;
const progressMs = 2_000;
/** Seeds tried for each planted bug. */
const bugSeedsMax = 6_000;

export function registerSim(program: Command): void {
  program
    .command("sim")
    .description("run the replication protocol under a simulated, faulty network")
    .option("--seeds <n>", "how many seeds to run", countUpTo(seedMax), 200)
    .option("--first-seed <s>", "the first of them", countUpTo(seedMax), 1)
    .option("--jobs <j>", "threads", countUpTo(64), 2)
    .option("--seed <s>", "replay this one seed, with a trace of its events", countUpTo(seedMax))
    .option("--faults <ids>", "of a replay: only these strikes, as 3,7,a1 or none", strikesOf)
    .option(
      "--trade-ms <ms>",
      "of a replay: how long clients trade under faults",
      countUpTo(60_000),
    )
    .option("--regions", "simulate two regions, their border and register, on seeds of their own")
    .option("--bugs", "find every planted bug, and print the table of them")
    .option("--json", "print one JSON object to stdout, all else to stderr")
    .addOption(new Option("--bug <name>", "plant a bug that must be found").hideHelp())
    .addHelpText(
      "after",
      "\nExit codes: 0 every seed held, 1 a seed failed and is printed, or a long run never reached a named " +
        "transition. 2 the simulator could not run.",
    )
    .action(run);
}

async function run(options: Options, command: Command): Promise<void> {
  refuseUnusable(options, command);
  if (options.regions === true) {
    (await import("./regions/region-cli.ts")).runRegions(options);
    return;
  }
  if (options.bugs) {
    await printBugs(options);
    return;
  }
  const startedMs = performance.now();
  const tally = options.seed === undefined ? await runMany(options) : replay(options.seed, options);
  const seconds = (performance.now() - startedMs) / 1000;
  const commit = commitNow();
  const isReplay = options.seed !== undefined;
  for (const failure of tally.failures) await printFailure(failure, commit, options);
  const report = { ...tally, failures: tally.failures.map(({ stack: _, ...rest }) => rest) };
  const held = tally.failures.length === 0 && (isReplay || isCovered(tally));
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ held, commit, seconds, ...report })}\n`);
  } else {
    process.stdout.write(summary(tally, seconds));
  }
  process.exitCode = held ? 0 : 1;
}

/** An option that would change nothing is a mistake: the run would not be the one that was asked for. */
function refuseUnusable({ regions, seed }: Options, command: Command): void {
  const given = (names: readonly string[]) =>
    names.filter((name) => command.getOptionValueSource(name) === "cli");
  const ofOneRegion = regions ? given(["jobs", "faults", "tradeMs", "bugs"]) : [];
  const ofReplay = seed === undefined ? given(["faults", "tradeMs"]) : [];
  const [name] = [...ofOneRegion, ...ofReplay];
  if (name === undefined) return;
  const flag = command.options.find((option) => option.attributeName() === name)?.long ?? name;
  const why = ofOneRegion.length > 0 ? "is not for --regions" : "needs --seed";
  throw new CastleError("CONFIG_INVALID", `${flag} ${why}`);
}

async function printFailure(failed: Failure, commit: string, options: Options): Promise<void> {
  const { seed, failure, stack } = failed;
  process.stderr.write(`seed ${seed} at commit ${commit}: ${stack ?? failure}\n`);
  if (options.seed !== undefined) return;
  const minimised = await minimiseSeed(seed, options.bug ?? null);
  if (minimised === null) return;
  const { strikes, runs } = minimised;
  const needed = strikes.map(({ id, name, atMs }) => `${id} ${name} at ${atMs.toFixed(0)} ms`);
  process.stderr.write(`  needs ${needed.join(", ") || "no fault"} (${runs} runs tried)\n`);
  process.stderr.write(`  replay it: ${replayLine(minimised, options.bug)}\n`);
}

function replay(seed: number, { bug, faults, tradeMs }: Options): Tally {
  if (bug !== undefined) plantBug(bug);
  const print = (line: string) => void process.stderr.write(`${line}\n`);
  const tally = emptyTally();
  addRun(tally, simulate(seed, { print, only: faults ?? null, tradeMs: tradeMs ?? null }));
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

async function printBugs({ jobs, json }: Options): Promise<void> {
  const found = await findBugs(bugSeedsMax, jobs, ({ bug, seed, failure }) => {
    process.stderr.write(`${bug}: ${seed === null ? "not found" : `seed ${seed}`}, ${failure}\n`);
  });
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : bugTable(found));
  process.exitCode = found.every(({ seed }) => seed !== null) ? 0 : 1;
}

function commitNow(): string {
  try {
    const options = { encoding: "utf8", cwd: import.meta.dirname } as const;
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], options).trim();
  } catch {
    return "unknown";
  }
}

function strikesOf(text: string): ReadonlySet<string> {
  if (text === "none") return new Set();
  const ids = text.split(",");
  if (!ids.every((id) => /^(w|[afm]?\d+)$/.test(id))) {
    throw new InvalidArgumentError("It must be a list like 3,7,a1,w, or none.");
  }
  return new Set(ids);
}

function countUpTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isCount = /^\d+$/.test(text) && value >= 1 && value <= max;
    if (!isCount) throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
    return value;
  };
}
