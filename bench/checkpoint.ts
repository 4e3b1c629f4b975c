// How long a checkpoint holds the engine's loop up, with a million orders resting and trading going on:
// copied at once, as it was, and in steps. And what writing it to the disk costs the loop.
// node bench/checkpoint.ts [orders] [commands between two ticks]

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { CheckpointWriter } from "../engine/adapters/storage/checkpoint-writer.ts";
import { encodeLines } from "../engine/codec/lines-codec.ts";
import type { Snapshot } from "../engine/replication/messages.ts";
import type { Machine } from "../engine/replication/ports.ts";
import { StateCopy } from "../engine/replication/state-copy.ts";
import { CoreWorkload, capacityFor } from "./core/core-bench.ts";
import { provenance } from "./core/machine.ts";

const liveOrders = Number(process.argv[2] ?? 1_000_000);
const commandsPerTick = Number(process.argv[3] ?? 600);
/** As the engine has it. */
const copyLinesMax = 4096;

const options = { liveOrders, midTicks: 1_000_000, bandTicks: 5_000, far: false, seed: 1 };
const workload = new CoreWorkload(options, capacityFor(liveOrders), false);
workload.fill();
const { core } = workload;
const machine = {
  get lineCount() {
    return core.lineCount;
  },
  usedLines: () => core.usedLines(),
  copyLines: (lines: Uint32Array) => encodeLines(core.memory, lines),
} as Machine;
const stamp = () => {
  const { position, hash, changedLines } = core.mark();
  copy.touched(changedLines);
  return { position, epoch: 1, instance: "", hash };
};
const copy = new StateCopy(machine, copyLinesMax, stamp);

/** Of this thread alone: what else runs on the machine is not the checkpoint's doing. */
function timed(act: () => void): number {
  const start = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}

stamp();
const atOnceMs = timed(() => {
  stamp();
  machine.copyLines(machine.usedLines());
});

const stepsMs: number[] = [];
let image: Snapshot | null = null;
while (image === null) {
  for (let count = 0; count < commandsPerTick; count++) workload.step();
  // Every 50 ms a snapshot marks what changed, checkpoint or not.
  if (stepsMs.length % 5 === 0) stamp();
  stepsMs.push(
    timed(() => {
      image = copy.take(0);
      copy.step();
    }),
  );
}
stepsMs.sort((a, b) => a - b);
const { lines } = image as Snapshot;

const directory = mkdtempSync(join(tmpdir(), "castle-bench-"));
const writer = new CheckpointWriter(directory, () => {});
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const writeMs = performance.now();
writer.writeSoon({ snapshot: image, fromFile: 1 });
await writer.settled();
const wroteMs = performance.now() - writeMs;
delay.disable();
rmSync(directory, { recursive: true, force: true });

const figure = (ms: number) => `${ms.toFixed(2)} ms`;
const at = (share: number) => stepsMs[Math.floor(share * (stepsMs.length - 1))] as number;
const { machine: host, node, commit } = provenance();
console.log(`${liveOrders} orders, an image of ${(lines.length / 2 ** 20).toFixed(0)} MiB`);
console.log(`copied at once: one pause of ${figure(atOnceMs)}`);
console.log(
  `copied in steps, ${commandsPerTick} commands between two: ${stepsMs.length} steps, p50 ${figure(at(0.5))}, p99 ${figure(at(0.99))}, longest ${figure(at(1))}`,
);
console.log(`written in ${figure(wroteMs)}, longest pause meanwhile ${figure(delay.max / 1e6)}`);
console.log(`${host}, Node ${node}, commit ${commit}`);
