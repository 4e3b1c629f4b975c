// How fast is the engine's core? The book alone, the whole core, and what snapshots cost. Prints a
// table, or with --json one object, with the machine, the commit and the command.
// Every measured run also proves itself: replays must come to the hash of the run that made them,
// and the invariants must hold at the end of its million commands.
// Run: node bench/core.ts [--commands N] [--rounds N] [--quick] [--json]

import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { benchBook } from "./core/book-bench.ts";
import { benchCore } from "./core/core-bench.ts";
import { provenance } from "./core/machine.ts";
import { benchSnapshots } from "./core/snapshot-bench.ts";

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "5" },
    /** 10,000 live orders only. */
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const commands = Number(values.commands);
const rounds = Number(values.rounds);
const SEED = 1;
const RATES = [2_000, 20_000, 100_000];

const few = { liveOrders: 10_000, bandTicks: 500, far: false, seed: SEED };
const many = { liveOrders: 1_000_000, bandTicks: 5_000, far: false, seed: SEED };
/** The book has no money to run out of, so its prices may be large. */
const bookTicks = { midTicks: 1_000_000_000 };
const coreTicks = { midTicks: 1_000_000 };

const say = (line: string) => (values.json ? process.stderr : process.stdout).write(`${line}\n`);
const rate = (perS: number) => `${(perS / 1e6).toFixed(2)} million commands/s`;
const results: Record<string, unknown> = { ...provenance(), load: loadavg() };
for (const [name, value] of Object.entries(provenance())) say(`${name.padEnd(8)} ${value}`);
say(`load     ${loadavg()[0]?.toFixed(2)} over the last minute`);

for (const size of values.quick ? [few] : [few, many])
  for (const far of [false, true]) {
    const figures = benchBook({ ...size, ...bookTicks, far }, commands, rounds);
    const name = `book, ${size.liveOrders} live${far ? ", prices anywhere" : ""}`;
    results[name] = figures;
    const bytes = `${figures.bytesPerOrder.toFixed(0)} bytes an order`;
    say(`${name}: ${rate(figures.commandsPerS)}, ${figures.nsPerCommand.toFixed(0)} ns, ${bytes}`);
  }

for (const size of values.quick ? [few] : [few, many])
  for (const withEvents of [false, true]) {
    const figures = benchCore({ ...size, ...coreTicks }, commands, rounds, withEvents);
    const name = `core, ${size.liveOrders} live${withEvents ? ", with events" : ""}`;
    results[name] = figures;
    say(`${name}: ${rate(figures.commandsPerS)}, ${figures.nsPerCommand.toFixed(0)} ns`);
  }

const snapshots = benchSnapshots({ ...(values.quick ? few : many), ...coreTicks }, RATES);
results.snapshots = snapshots;
for (const { commandsPerS, lines, bytes, markMs, encodeMs } of snapshots) {
  const what = commandsPerS === 0 ? "full" : `50 ms at ${commandsPerS} commands/s`;
  const size = bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  say(
    `snapshot, ${what}: ${lines} lines, ${size}, mark ${markMs.toFixed(2)} ms, copy ${encodeMs.toFixed(2)} ms`,
  );
}
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
