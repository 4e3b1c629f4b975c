// What a run of many seeds says of itself.

import { neverReached, regionCodes, seedsForCoverage, simulatedCodes } from "./coverage.ts";
import type { Tally } from "./tally.ts";

export function summary(tally: Tally, seconds: number): string {
  const { seeds, events, simulatedMs, committed, acknowledged, reads, failures } = tally;
  const never = neverReached(tally);
  const isLong = seeds >= seedsForCoverage;
  const gap = isLong ? "TRANSITIONS NEVER REACHED" : "transitions not reached";
  return [
    `${seeds} seeds, ${failures.length} failed: ${failures.map(({ seed }) => seed).join(" ") || "none"}`,
    `${(simulatedMs / 1000).toFixed(0)} s simulated in ${seconds.toFixed(1)} s: ` +
      `${(seeds / seconds).toFixed(0)} seeds/s, ${events} events, ${(events / seconds).toFixed(0)} events/s`,
    `${committed} entries committed, ${acknowledged} answers to gateways, ${reads} reads confirmed`,
    `faults: ${counts(tally.faults)}`,
    `transitions: ${counts(tally.decisions)}`,
    never.length === 0
      ? `all ${simulatedCodes.length} transitions of one region were reached`
      : `${gap}: ${never.join(", ")}`,
    `counted by sim --regions: ${regionCodes.join(", ")}`,
    "",
  ].join("\n");
}

function counts(record: Readonly<Record<string, number>>): string {
  return Object.entries(record)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}
