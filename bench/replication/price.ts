// What the replication bench's rounds say: the price in throughput, where the primary has a core of its
// own, by each member's processor time, and where all share the cores; and the price in latency.

export interface Round {
  /** Orders a second, all on the same cores. */
  readonly sharedPerSecond: number;
  /** On a core that only the brake shares; `null` where cores cannot be split. */
  readonly split: Split | null;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

export interface Split {
  readonly perSecond: number;
  /** Of its core's time, as a share. */
  readonly primaryUse: number;
  /** Of the other cores' time, by all others. */
  readonly othersUse: number;
  /** Of each process, the driver among them. */
  readonly cpuUsPerOrder: Readonly<Record<string, number>>;
}

/** Values of all rounds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

/** As shares of what one engine alone does; each round's pair by itself, so the machine was the same. */
export interface Cost {
  /** The primary on a core of its own: orders a second. */
  readonly split: Spread;
  /** The same by the processor time of the member that takes the most of it, as on machines of their own. */
  readonly busiest: Spread;
  /** All on the same cores. */
  readonly shared: Spread;
}

export function costOf(single: readonly Round[], replicated: readonly Round[]): Cost {
  const pairs = replicated.map((round, index) => [single[index] as Round, round] as const);
  const split = pairs.flatMap(([alone, all]) =>
    alone.split === null || all.split === null ? [] : [[alone.split, all.split] as const],
  );
  return {
    split: spreadOf(split.map(([alone, all]) => 1 - all.perSecond / alone.perSecond)),
    busiest: spreadOf(split.map(([alone, all]) => 1 - busiestUsOf(alone) / busiestUsOf(all))),
    shared: spreadOf(pairs.map(([alone, all]) => 1 - all.sharedPerSecond / alone.sharedPerSecond)),
  };
}

export function busiestUsOf({ cpuUsPerOrder }: Split): number {
  const { driver: _, ...members } = cpuUsPerOrder;
  return Math.max(...Object.values(members));
}

/** What the primary gets of its core beside a brake of equal weight, less what a scheduler may err. */
const primaryUseMin = 0.45;
/** Others that have so little left may have kept the primary waiting. */
const othersUseMax = 0.95;

/** Whether the primary's core was the bottleneck: else its speed says nothing of it. */
export function isBound({ split }: Round): boolean {
  if (split === null) return false;
  return split.primaryUse >= primaryUseMin && split.othersUse <= othersUseMax;
}

export interface Prices {
  readonly each: readonly {
    readonly rttMs: number;
    /** Of p50, above one engine alone, and above all members without a distance. */
    readonly overSingleMs: number;
    readonly overNearMs: number;
  }[];
  /** Of the distance alone, from none to the longest: milliseconds for a millisecond. */
  readonly slope: number;
}

export function pricesOf(
  single: readonly Round[],
  near: readonly Round[],
  distant: ReadonlyMap<number, readonly Round[]>,
): Prices {
  const p50Of = (rounds: readonly Round[]) =>
    spreadOf(rounds.map(({ latencyMs }) => latencyMs.p50)).median;
  const each = [...distant].map(([rttMs, rounds]) => {
    const p50 = p50Of(rounds);
    return { rttMs, overSingleMs: p50 - p50Of(single), overNearMs: p50 - p50Of(near) };
  });
  const far = each.toSorted((a, b) => a.rttMs - b.rttMs).at(-1);
  return { each, slope: far === undefined ? Number.NaN : far.overNearMs / far.rttMs };
}
