// How many tasks: arithmetic of spare capacity, of the split between on-demand and Spot, and of when to
// take tasks away again. Pure, so that a table of numbers can be held against it.

export interface TaskCounts {
  /** What the load needs at its least; the spare comes on top. */
  readonly countMin: number;
  /** What it may cost at its most; raised only where the least with its spare is more. */
  readonly countMax: number;
}

export interface Capacity {
  /** Whole rounds of zones: each zone has as many tasks as the others. */
  readonly tasksMin: number;
  readonly tasksMax: number;
  /** Of tasksMin, when one zone is lost, before anything is started elsewhere. */
  readonly tasksAfterZoneLoss: number;
}

/**
 * The seed's 40 % over three zones leaves 1.4 × 2/3 = 93 % of the need when a zone is lost; 50 % is where
 * all of it is left. Rounding up to whole zones often makes up for it: 3 tasks become 6, and 4 stay.
 */
export function capacityOf(counts: TaskCounts, sparePercent: number, zones: number): Capacity {
  const tasksMin = wholeZones(withSpare(counts.countMin, sparePercent), zones);
  const tasksMax = Math.max(tasksMin, counts.countMax);
  return { tasksMin, tasksMax, tasksAfterZoneLoss: tasksMin - tasksMin / zones };
}

// In integers first: 3 * 1.4 is 4.199999999999999, and 5 * 1.4 must not become 8.
const withSpare = (count: number, sparePercent: number): number =>
  Math.ceil((count * (100 + sparePercent)) / 100);

const wholeZones = (count: number, zones: number): number => Math.ceil(count / zones) * zones;

export interface CapacityShare {
  readonly capacityProvider: "FARGATE" | "FARGATE_SPOT";
  readonly base?: number;
  readonly weight: number;
}

/**
 * The base is what the load needs at its least, on demand: all Spot tasks may go at once and it is still
 * served. What comes on top is split by share.
 */
export function capacityShares(onDemandBase: number, spotSharePercent: number): CapacityShare[] {
  const divisor = greatestDivisor(spotSharePercent, 100 - spotSharePercent);
  const onDemand = (100 - spotSharePercent) / divisor;
  const spot = spotSharePercent / divisor;
  const shares: CapacityShare[] = [
    { capacityProvider: "FARGATE", base: onDemandBase, weight: onDemand },
  ];
  return spot === 0 ? shares : [...shares, { capacityProvider: "FARGATE_SPOT", weight: spot }];
}

function greatestDivisor(one: number, other: number): number {
  let [a, b] = [one, other];
  while (b > 0) [a, b] = [b, a % b];
  return a;
}

/**
 * Below which use a task may go: so far under the threshold that the tasks that stay are not at once over
 * it again, and never so near that tasks come and go every few minutes.
 */
export function scaleInBelow(threshold: number, sparePercent: number): number {
  return Math.floor(Math.min((threshold * 100) / (100 + sparePercent), threshold * 0.7));
}
