// Campaigns: one fault again and again on one exchange, with one configuration for all of them. As
// data: what is done in a trial, what must hold at the end, and the most that may be touched.

import type { Tolerance } from "../experiment.ts";
import { nothingLost } from "./tolerances.ts";

export interface Campaign {
  readonly name: "crash" | "zone-loss" | "switchover" | "false-failover";
  readonly title: string;
  /** Of trials: what is done to the primary. Without trials the fault lasts for the whole run. */
  readonly trial: "process-kill" | "zone-silent" | "switchover" | undefined;
  readonly tolerances: readonly Tolerance[];
  readonly blastRadius: { readonly zonesMax: number; readonly processesMax: number };
}

const trials: readonly Tolerance[] = [
  ...nothingLost,
  { measure: "failedTrials", most: 0 },
  { measure: "falsePromotions", most: 0 },
];

export const crash: Campaign = {
  name: "crash",
  title: "The primary's process is killed, again and again",
  trial: "process-kill",
  tolerances: trials,
  blastRadius: { zonesMax: 1, processesMax: 1 },
};

export const zoneLosses: Campaign = {
  name: "zone-loss",
  title: "The primary's zone falls silent and comes back, again and again",
  trial: "zone-silent",
  tolerances: trials,
  blastRadius: { zonesMax: 1, processesMax: 2 },
};

export const switchovers: Campaign = {
  name: "switchover",
  title: "The primary hands over to its standby as planned, again and again",
  trial: "switchover",
  tolerances: trials,
  blastRadius: { zonesMax: 1, processesMax: 1 },
};

export const falseFailover: Campaign = {
  name: "false-failover",
  title: "Packets are lost and processes stand still for moments; nobody may be promoted",
  trial: undefined,
  // There is no gap to measure: nothing fails for good.
  tolerances: [
    ...nothingLost.filter(({ measure }) => measure !== "gapMs"),
    { measure: "falsePromotions", most: 0 },
  ],
  // All of it: every zone loses packets, every process pauses.
  blastRadius: { zonesMax: 3, processesMax: 8 },
};
