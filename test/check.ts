// The full check, `npm test`: types, lint, dead code, then every test with coverage. All of them run
// even where one fails, so that one look shows everything. The last line counts tests and tools.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { closingLine } from "./reporter.ts";

const tools: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["types", "tsc", "--noEmit"],
  ["lint", "biome", "check", "."],
  ["dead code", "knip"],
];
const testCommand = ["c8", "mocha", "test/**/*.test.ts", ...process.argv.slice(2)] as const;

interface Outcome {
  readonly isOk: boolean;
  readonly output: string;
  readonly seconds: string;
}

/** npm has put this package's programs first on the PATH. `isLive`: shown while it runs, too. */
function run(
  [command, ...args]: readonly [string, ...string[]],
  isLive: boolean,
): Promise<Outcome> {
  const startMs = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  for (const [stream, ours] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (isLive) ours.write(chunk);
    });
  }
  return new Promise((resolve) => {
    const settle = (isOk: boolean): void =>
      resolve({
        isOk,
        output: Buffer.concat(chunks).toString("utf8"),
        seconds: ((performance.now() - startMs) / 1000).toFixed(1),
      });
    child.on("error", (error) => {
      chunks.push(Buffer.from(`${command}: ${error.message}\n`));
      settle(false);
    });
    child.on("close", (code) => settle(code === 0));
  });
}

/** What mocha's reporter counted; a run that died before its closing line is one failure. */
function countsIn(outcome: Outcome): { passed: number; failed: number; skipped: number } {
  const lines = [...outcome.output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)];
  const [, passed, failed, skipped] = lines.at(-1) ?? ["", "0", "0", "0"];
  const isUnexplained = !outcome.isOk && Number(failed) === 0;
  return {
    passed: Number(passed),
    failed: Number(failed) + (isUnexplained ? 1 : 0),
    skipped: Number(skipped),
  };
}

function coveredLinesPercent(): number {
  const summary = JSON.parse(readFileSync("coverage/coverage-summary.json", "utf8")) as {
    total: { lines: { pct: number } };
  };
  return summary.total.lines.pct;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

let toolsFailed = 0;
for (const [name, ...command] of tools) {
  const outcome = await run(command, false);
  say(`${outcome.isOk ? "✔" : "✖"} ${name} (${outcome.seconds} s)`);
  if (!outcome.isOk) {
    say(outcome.output);
    toolsFailed += 1;
  }
}
const tests = await run(testCommand, true);
const counts = countsIn(tests);
const coverage = tests.isOk ? `, ${coveredLinesPercent()} % of lines covered` : "";
say(`\n${tests.isOk ? "✔" : "✖"} tests (${tests.seconds} s)${coverage}`);
say("Types, lint and dead code count as one each:");
say(
  closingLine({
    passed: counts.passed + tools.length - toolsFailed,
    failed: counts.failed + toolsFailed,
    skipped: counts.skipped,
  }),
);
process.exitCode = counts.failed + toolsFailed === 0 && tests.isOk ? 0 : 1;
