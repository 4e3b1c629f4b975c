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
  const { first, days } = startOf(expression);
  return Array.from({ length: zoneCount }, (_, zone) => {
    const start = first + zone * apartMinutes;
    return { probe: atMinute(start, days), loss: atMinute(start + headStartMinutes, days) };
  });
}

/** A practice run of AWS's keeps a zone without traffic for so long. */
const practiceMinutes = 30;
const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

/**
 * When AWS may begin no practice run, or it would take a second zone beside the dark one: from half an hour
 * before the first turn to the end of the last, whatever days the experiments run on.
 *
 * @returns `Day:HH:MM-Day:HH:MM` in UTC, one for each day of the week; none where experiments are off
 * @throws InfraError STACK_CONFIG_INVALID
 */
export function practiceFree(expression: string, zoneCount: number): string[] {
  if (expression === "off") return [];
  const { first } = startOf(expression);
  const [from, to] = [first - practiceMinutes, first + zoneCount * apartMinutes];
  return weekdays.map((_, day) => `${inWeek(day, from)}-${inWeek(day, to)}`);
}

/** The minute before or after a day's midnight is its neighbour's. */
function inWeek(day: number, minutes: number): string {
  const ofDay = (minutes + dayMinutes) % dayMinutes;
  const weekday = weekdays.at((day + Math.floor(minutes / dayMinutes)) % weekdays.length);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${weekday}:${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}`;
}

function startOf(expression: string): { readonly first: number; readonly days: string } {
  const found = /^cron\((\d{1,2}) (\d{1,2}) (.+)\)$/.exec(expression);
  if (found === null) {
    throw new InfraError(
      "STACK_CONFIG_INVALID",
      `castle:resilience.experimentSchedule = ${expression}: write cron(minute hour day month weekday year) with numbers for minute and hour, as zones take turns ${apartMinutes} minutes apart`,
    );
  }
  const [, minute, hour, days = ""] = found;
  return { first: Number(hour) * 60 + Number(minute), days };
}

function atMinute(minutes: number, days: string): string {
  const ofDay = minutes % dayMinutes;
  return `cron(${ofDay % 60} ${Math.floor(ofDay / 60)} ${days})`;
}
