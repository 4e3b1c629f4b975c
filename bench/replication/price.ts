// What the replication bench's rounds say: the price in throughput, where all share the cores and where
// each member has its own machine, and the price in latency.

interface Round {
  readonly perSecond: number;
  readonly latencyMs: { readonly p50: number };
  readonly cpuUsPerOrder: Readonly<Record<string, number>>;
}

const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

export const speedOf = (rounds: readonly Round[]) =>
  median(rounds.map(({ perSecond }) => perSecond));

const p50Of = (rounds: readonly Round[]) => median(rounds.map(({ latencyMs }) => latencyMs.p50));

/** Of the member that is busiest with an order: on machines of their own it sets the pace. */
function busiestUsOf({ cpuUsPerOrder }: Round): number {
  const { driver: _, ...members } = cpuUsPerOrder;
  return Math.max(...Object.values(members));
}

interface Cost {
  /** All members and the driver on the same cores. */
  readonly shared: number;
  /** From the processor time of the busiest member. */
  readonly apart: number;
  readonly aloneUs: number;
  readonly busiestUs: number;
}

export function costOf(single: readonly Round[], replicated: readonly Round[]): Cost {
  const aloneUs = median(single.map(busiestUsOf));
  const busiestUs = median(replicated.map(busiestUsOf));
  const shared = 1 - speedOf(replicated) / speedOf(single);
  return { shared, apart: 1 - aloneUs / busiestUs, aloneUs, busiestUs };
}

interface Prices {
  readonly each: readonly { readonly rttMs: number; readonly priceMs: number }[];
  /** From the shortest to the longest distance; `null` where there is one only. */
  readonly slope: number | null;
}

export function pricesOf(
  single: readonly Round[],
  distant: ReadonlyMap<number, readonly Round[]>,
): Prices {
  const each = [...distant].map(([rttMs, rounds]) => {
    return { rttMs, priceMs: p50Of(rounds) - p50Of(single) };
  });
  const ordered = each.toSorted((a, b) => a.rttMs - b.rttMs);
  const [near, far] = [ordered[0], ordered.at(-1)];
  if (near === undefined || far === undefined || near === far) return { each, slope: null };
  return { each, slope: (far.priceMs - near.priceMs) / (far.rttMs - near.rttMs) };
}
