// When experiments run: zones take turns, hours apart, so that never two are dark at once; the probe
// starts before each, to know how things were. Pure.

import { InfraError } from "../errors.ts";

export interface Turn {
  /** When the probe begins to trade. */
  readonly probe: string;
  /** When the zone goes dark. */
  readonly loss: string;
}

/** Half an hour dark, half an hour for what comes back, and as long again to spare. */
const apartMinutes = 120;
/** What the probe needs to know a calm minute from another. */
const headStartMinutes = 5;
const dayMinutes = 24 * 60;

/**
 * @param expression `cron(minute hour ...)` with plain numbers
 * @throws InfraError STACK_CONFIG_INVALID
 */
export function turnsOf(expression: string, zoneCount: number): Turn[] {
  const found = /^cron\((\d{1,2}) (\d{1,2}) (.+)\)$/.exec(expression);
  if (found === null) {
    throw new InfraError(
      "STACK_CONFIG_INVALID",
      `castle:resilience.experimentSchedule = ${expression}: write cron(minute hour day month weekday year) with numbers for minute and hour, as zones take turns ${apartMinutes} minutes apart`,
    );
  }
  const [, minute, hour, days] = found;
  const first = Number(hour) * 60 + Number(minute);
  return Array.from({ length: zoneCount }, (_, zone) => {
    const start = first + zone * apartMinutes;
    return { probe: atMinute(start, days), loss: atMinute(start + headStartMinutes, days) };
  });
}

function atMinute(minutes: number, days: string | undefined): string {
  const ofDay = minutes % dayMinutes;
  return `cron(${ofDay % 60} ${Math.floor(ofDay / 60)} ${days})`;
}
