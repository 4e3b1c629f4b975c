// The full check, `npm test`: types, lint, dead code, infrastructure, simulation, then every test with coverage. All
// run even where one fails, so that one look shows everything. The last line counts tests and tools.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Counts, closingLine } from "./reporter.ts";

const countsFile = "coverage/counts.json";
const coverageFile = "coverage/coverage-summary.json";

// What follows `npm test --` goes to mocha.
const mocha = ["mocha", "--reporter-option", `counts=${countsFile}`, ...process.argv.slice(2)];
interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

/** What a check can spare, and enough to reach every transition; the nightly run takes 100,000. */
const simulationSeeds = 3_000;

const steps: readonly Step[] = [
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "lint", command: ["biome", "check", "."] },
  { name: "dead code", command: ["knip"] },
  { name: "infrastructure", command: ["node", "infra/check-main.ts"] },
  { name: "simulation", command: ["node", "castle.ts", "sim", "--seeds", String(simulationSeeds)] },
  { name: "tests", command: ["c8", ...mocha, "test/**/*.test.ts"] },
];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** npm has put this package's programs first on the PATH. */
function hasPassed({ name, command: [program = "", ...args] }: Step): boolean {
  const startMs = performance.now();
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (error !== undefined) say(`${program} did not start: ${error.message}`);
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  say(`${status === 0 ? "✔" : "✖"} ${name} (${seconds} s)`);
  return status === 0;
}

function readCounts(): Counts {
  try {
    return JSON.parse(readFileSync(countsFile, "utf8")) as Counts;
  } catch {
    // The run died before its end.
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

function sayCoverage(): void {
  const { total } = JSON.parse(readFileSync(coverageFile, "utf8")) as {
    total: Record<"lines" | "branches" | "functions", { pct: number }>;
  };
  const { lines, branches, functions } = total;
  say(
    `  covered: ${lines.pct} % of lines, ${branches.pct} % of branches, ${functions.pct} % of functions`,
  );
}

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
mkdirSync("coverage", { recursive: true });
for (const file of [countsFile, coverageFile]) rmSync(file, { force: true });
const failed = steps.filter((step) => !hasPassed(step)).map(({ name }) => name);
const tests = readCounts();
if (!failed.includes("tests")) sayCoverage();
if (failed.length > 0) say(`failed: ${failed.join(", ")}`);
const tools = steps.length - 1;
const toolsFailed = failed.filter((name) => name !== "tests").length;
// A test run may fail with no test to blame: a file that does not load, a crash.
const isUnexplained = failed.includes("tests") && tests.failed === 0;
say(
  closingLine({
    passed: tests.passed + tools - toolsFailed,
    failed: tests.failed + toolsFailed + (isUnexplained ? 1 : 0),
    skipped: tests.skipped,
  }),
);
process.exitCode = failed.length === 0 ? 0 : 1;
