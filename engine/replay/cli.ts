// `castle replay FILE`: exit 0 when every expectation of the file holds (a LOBSTER file has none), 1
// when one does not, 2 when the file cannot be read.

import type { Command } from "commander";
import { CastleError } from "../errors.ts";
import { type ReplayReport, replayFile } from "./replay.ts";

interface Options {
  readonly json?: boolean;
  readonly failures: number;
}

export function registerReplay(program: Command): void {
  program
    .command("replay")
    .description("feed recorded order flow through the engine's core")
    .argument(
      "<file>",
      "a .cmd file with expectations, or a LOBSTER message file; both also as .gz",
    )
    .option("--failures <n>", "how many failures to show", count, 10)
    .option("--json", "print one JSON object to stdout, all else to stderr")
    .addHelpText("after", "\nExit codes: 0 all expectations hold, 1 one does not, 2 unreadable.")
    .action((file: string, options: Options) => {
      const report = replayFile(file, {
        failuresMax: options.failures,
        onProgress: (lines) => process.stderr.write(`${lines} lines\n`),
      });
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : summary(report));
      process.exitCode = report.failureCount === 0 ? 0 : 1;
    });
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0)
    throw new CastleError("CONFIG_INVALID", `--failures ${text} is no count`);
  return value;
}

function summary(report: ReplayReport): string {
  const { skipped, book } = report;
  const lines = [
    `${report.file}: ${report.commands} commands, ${report.takers} takers, ${report.fills} fills`,
  ];
  if (skipped !== undefined) {
    lines.push(
      `${skipped.rows} rows; not replayed: ${skipped.ignored} hidden executions, auctions and halts, ` +
        `${skipped.unknown} about orders older than the file; ` +
        `${skipped.rejected} came for orders that had ended here`,
      `best bids: ${levels(book.bids)}`,
      `best asks: ${levels(book.asks)}`,
    );
  } else {
    for (const { line, what, expected, actual } of report.failures)
      lines.push(`line ${line}: ${what}`, `  expected ${expected}`, `  actual   ${actual}`);
    lines.push(
      report.failureCount === 0
        ? `every expectation holds (${report.bookChecks} books compared)`
        : `${report.failureCount} expectations do not hold; the first are above`,
    );
  }
  lines.push(`state hash ${report.stateHash}`);
  return `${lines.join("\n")}\n`;
}

function levels(side: ReplayReport["book"]["bids"]): string {
  if (side.length === 0) return "none";
  return side.map((level) => `${level.priceTicks}x${level.quantityLots}`).join(" ");
}
