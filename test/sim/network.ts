// Network: the ways between nodes, one for each direction, so that a partition may be one-way. Each
// way loses, doubles, delays and reorders messages as its weather says. Nothing is ever refused
// silently for good: what a partition swallows is lost, what was under way still arrives.

import type { Prng } from "./prng.ts";
import type { Schedule } from "./schedule.ts";

export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  readonly delayMsMin: number;
  readonly delayMsMean: number;
  readonly delayMsMax: number;
  /** Share of messages that go astray, and arrive up to `strayMsMax` later. */
  readonly strays: number;
  /** Messages of a way arrive in the order in which they were sent (a TCP connection). */
  readonly isOrdered: boolean;
}

/** Longer than a failover and back: an answer may find another epoch of the same primary. */
const strayMsMax = 1_500;

export const calm: Weather = {
  loss: 0,
  duplication: 0,
  delayMsMin: 0.2,
  delayMsMean: 0.3,
  delayMsMax: 3,
  strays: 0,
  isOrdered: true,
};

/** Messages of a kind that may come again. */
const keptMax = 250;

interface Way {
  /** `null` = the climate. */
  weather: Weather | null;
  isCut: boolean;
  lastArrivalMs: number;
}

export class Network {
  private readonly schedule: Schedule;
  private readonly prng: Prng;
  private climate = calm;
  private readonly kept = new Map<string, (() => void)[]>();
  private readonly ways = new Map<string, Map<string, Way>>();

  constructor(schedule: Schedule, prng: Prng) {
    this.schedule = schedule;
    this.prng = prng;
  }

  private way(from: string, to: string): Way {
    let ways = this.ways.get(from);
    if (ways === undefined) {
      ways = new Map();
      this.ways.set(from, ways);
    }
    let way = ways.get(to);
    if (way === undefined) {
      way = { weather: null, isCut: false, lastArrivalMs: 0 };
      ways.set(to, way);
    }
    return way;
  }

  isCut(from: string, to: string): boolean {
    return this.way(from, to).isCut;
  }

  /**
   * Returns whether at least one copy is on its way. One that has a `kind` is kept, so that it may
   * come once more, long after (`echo`).
   */
  send(from: string, to: string, arrive: () => void, kind?: string): boolean {
    if (kind !== undefined) this.keep(kind, arrive);
    const way = this.way(from, to);
    const weather = way.weather ?? this.climate;
    if (way.isCut || (weather.loss > 0 && this.prng.chance(weather.loss))) return false;
    const copies = weather.duplication > 0 && this.prng.chance(weather.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.carry(way, weather, arrive);
    return true;
  }

  private carry(way: Way, weather: Weather, arrive: () => void): void {
    const { prng, schedule } = this;
    const { delayMsMin, delayMsMean, delayMsMax, isOrdered, strays } = weather;
    let atMs = schedule.nowMs + prng.tail(delayMsMin, delayMsMean, delayMsMax);
    if (strays > 0 && prng.chance(strays)) {
      schedule.after(prng.between(0, strayMsMax), arrive);
      return;
    }
    if (isOrdered) atMs = Math.max(atMs, way.lastArrivalMs);
    way.lastArrivalMs = Math.max(atMs, way.lastArrivalMs);
    schedule.after(atMs - schedule.nowMs, arrive);
  }

  private keep(kind: string, arrive: () => void): void {
    const kept = this.kept.get(kind);
    if (kept === undefined) this.kept.set(kind, [arrive]);
    else kept.push(arrive);
    if (kept !== undefined && kept.length > keptMax) kept.shift();
  }

  /** A message comes again now: of the kind wanted, or of any, all kinds being equally likely. */
  echo(prng: Prng, wanted?: string): string {
    const { kept } = this;
    if (kept.size === 0) return "nothing";
    const kind = wanted ?? prng.pick([...kept.keys()]);
    const messages = kept.get(kind) ?? [];
    if (messages.length > 0) prng.pick(messages)();
    return kind;
  }

  setWeather(from: string, to: string, weather: Weather): void {
    this.way(from, to).weather = weather;
  }

  clear(from: string, to: string): void {
    this.way(from, to).weather = null;
  }

  /** The weather of every way that has none of its own. */
  setClimate(weather: Weather): void {
    this.climate = weather;
  }

  setCut(from: string, to: string, isCut: boolean): void {
    this.way(from, to).isCut = isCut;
  }

  heal(): void {
    this.climate = calm;
    for (const ways of this.ways.values()) {
      for (const way of ways.values()) {
        way.weather = null;
        way.isCut = false;
      }
    }
  }
}
