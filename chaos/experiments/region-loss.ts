// A whole region is lost under load, again and again; the other one opens. As data: what must hold.

import type { Tolerance } from "../experiment.ts";

/** Asynchronous: what was under way at the border is lost, and every bit of it must be listed. */
const zone: readonly Tolerance[] = [
  { measure: "unlisted", most: 0 },
  { measure: "duplicated", most: 0 },
  { measure: "contradicted", most: 0 },
  { measure: "unknown", most: 0 },
  { measure: "hashesEqual", is: true },
  { measure: "historyEqual", is: true },
  { measure: "failedTrials", most: 0 },
  // The project's figures for the loss of a region: of all trials the worst, and the 99th percentile.
  { measure: "gapMs", most: 10_000 },
  { measure: "rpoMs", most: 150 },
];

export const regionLoss: {
  readonly name: string;
  readonly title: string;
  readonly tolerances: Readonly<Record<"zone" | "region-sync", readonly Tolerance[]>>;
} = {
  name: "region-loss",
  title: "The region that leads is lost under load, and the other one opens",
  tolerances: {
    zone,
    // Nothing acknowledged may be lost; what nobody was told of may be in the dead region's journal.
    "region-sync": zone.map((one) =>
      one.measure === "rpoMs" ? { measure: "lost", most: 0 } : one,
    ),
  },
};
