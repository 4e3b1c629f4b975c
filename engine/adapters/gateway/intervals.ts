// Kline intervals: where each begins and ends. Calendar months and weeks (from Monday) as the API has them.

const units: Record<string, number> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const offered = new Set("1s 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M".split(" "));
/** The epoch was a Thursday; weeks open on Monday, three days earlier. */
const WEEK_SHIFT_MS = 3 * 86_400_000;

export interface Interval {
  readonly name: string;
  /** Start of the interval that holds a time. */
  openMs(timeMs: number): number;
  /** Last millisecond of the interval that opens at a time. */
  closeMs(openMs: number): number;
}

/** `undefined` where the API has no such interval. `offsetMs` is the time zone's. */
export function intervalNamed(name: string, offsetMs = 0): Interval | undefined {
  if (!offered.has(name)) return undefined;
  if (name === "1M") return months(offsetMs);
  const lengthMs = Number(name.slice(0, -1)) * (units[name.slice(-1)] as number);
  const shiftMs = offsetMs + (name === "1w" ? WEEK_SHIFT_MS : 0);
  return {
    name,
    openMs: (timeMs) => Math.floor((timeMs + shiftMs) / lengthMs) * lengthMs - shiftMs,
    closeMs: (openMs) => openMs + lengthMs - 1,
  };
}

function months(offsetMs: number): Interval {
  const first = (timeMs: number, later: number) => {
    const local = new Date(timeMs + offsetMs);
    return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + later, 1) - offsetMs;
  };
  return {
    name: "1M",
    openMs: (timeMs) => first(timeMs, 0),
    closeMs: (openMs) => first(openMs, 1) - 1,
  };
}
