// How long until an epoch is durable while somebody else writes much to the same disk: in place, as the engine does
// (engine/adapters/storage/epoch-file.ts), against written beside and renamed. Both take turns in one run. It lies on the
// way of every failover. Bounded: 80 rounds, and 4 files of 100 MB beside them.
//
//   node bench/epoch-write.ts

import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { build } from "hdr-histogram-js";
import { writeDurably } from "../engine/adapters/storage/durable-file.ts";
import { EpochFile } from "../engine/adapters/storage/epoch-file.ts";

const rounds = 80;
const pauseMs = 40;
const neighbourFiles = 4;
const neighbourBytes = 100 * 2 ** 20;

if (isMainThread) await measure();
else writeMuch(workerData as string);

/** The neighbour: writes and syncs large files, until it is ended. */
function writeMuch(dir: string): void {
  const chunk = Buffer.alloc(2 ** 20, 1);
  for (let number = 0; ; number++) {
    const file = openSync(join(dir, `neighbour-${number % neighbourFiles}`), "w");
    for (let bytes = 0; bytes < neighbourBytes; bytes += chunk.length) writeSync(file, chunk);
    fsyncSync(file);
    closeSync(file);
  }
}

async function measure(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "castle-epoch-write-"));
  const neighbour = new Worker(new URL(import.meta.url), { workerData: dir });
  const epochs = new EpochFile(dir);
  epochs.write(0);
  const renamed = join(dir, "renamed");
  const ways = {
    "in place": (epoch: number) => epochs.write(epoch),
    "beside and renamed": (epoch: number) => writeDurably(renamed, [Buffer.from(`${epoch}\n`)]),
  };
  const histograms = Object.fromEntries(Object.keys(ways).map((way) => [way, build()]));
  for (let epoch = 1; epoch <= rounds; epoch++) {
    for (const [way, write] of Object.entries(ways)) {
      const startMs = performance.now();
      write(epoch);
      histograms[way]?.recordValue(Math.round((performance.now() - startMs) * 1000));
      await sleep(pauseMs);
    }
  }
  await neighbour.terminate();
  rmSync(dir, { recursive: true });
  for (const [way, histogram] of Object.entries(histograms)) {
    const [p50, p90, max] = [50, 90, 100].map((percentile) =>
      (histogram.getValueAtPercentile(percentile) / 1000).toFixed(1),
    );
    process.stdout.write(`${way.padEnd(20)} p50 ${p50}, p90 ${p90}, max ${max} ms\n`);
  }
}
