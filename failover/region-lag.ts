// How far a region is behind the one that leads, from what its engines say: of the engine that knows best. Pure.
// What an engine counts stands still when its link is silent, so the silence counts as lag: in milliseconds it is
// never too little. How much of it was before a loss is for whoever saw the other region alive (RegionWatch).

import type { EngineStatus } from "../engine/index.ts";
import type { RegionLag } from "./decide/region-watch.ts";

/** `null`: no engine knows. */
export function lagBehind(statuses: readonly EngineStatus[]): RegionLag | null {
  const lags = statuses.flatMap(({ region }) => {
    // An engine that does not say when it heard cannot say how much it missed.
    if (region === undefined || region.lag === null || region.heardAgoMs === null) return [];
    const { lag, heardAgoMs } = region;
    return [{ entries: lag.entries, ms: Math.max(lag.ms, heardAgoMs) }];
  });
  return lags.sort((left, right) => left.ms - right.ms || left.entries - right.entries)[0] ?? null;
}
