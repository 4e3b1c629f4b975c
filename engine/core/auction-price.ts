// The price of a call auction: one price for all trades, by the four principles that exchanges
// publish (ASX, "Auctions: Single Price"; London Stock Exchange, MIT201, "Price determination"):
// 1. the most lots trade; 2. the least is left over at the price; 3. where what is left over is
// buyers' at all such prices, the highest of them, where it is sellers', the lowest; 4. else the
// one next to a reference, the last trade. Pure. All prices count, not only those of orders.

/** What rests at one price. */
export interface AuctionLevel {
  readonly priceTicks: number;
  readonly quantityLots: number;
}

export interface Clearing {
  readonly priceTicks: number;
  readonly quantityLots: number;
  /** Left over at the price: above 0 buyers', below 0 sellers'. */
  readonly surplusLots: number;
}

/**
 * `bids` and `asks` come best first and reach at least as far as the other side's best price.
 * `referenceTicks` is 0 where nothing was ever traded: then the middle counts, rounded down.
 * Returns `null` where no order meets another.
 */
export function clearingOf(
  bids: readonly AuctionLevel[],
  asks: readonly AuctionLevel[],
  referenceTicks: number,
): Clearing | null {
  const met = meet(bids, asks);
  if (met === null) return null;
  const range = leastSurplus(bids, asks, met);
  const priceTicks = choose(range, referenceTicks);
  const surplusLots = lotsFrom(bids, priceTicks, 1) - lotsFrom(asks, priceTicks, -1);
  return { priceTicks, quantityLots: met.quantityLots, surplusLots };
}

/** Lots and the prices at which they can all trade: from the worst ask to the worst bid that do. */
interface Met {
  readonly quantityLots: number;
  readonly lowestTicks: number;
  readonly highestTicks: number;
}

/** Best against best, until the next two do not meet: what trades at most. */
function meet(bids: readonly AuctionLevel[], asks: readonly AuctionLevel[]): Met | null {
  let met: Met | null = null;
  let quantityLots = 0;
  let bidIndex = 0;
  let askIndex = 0;
  let bidLots = bids[0]?.quantityLots ?? 0;
  let askLots = asks[0]?.quantityLots ?? 0;
  for (;;) {
    const bid = bids[bidIndex];
    const ask = asks[askIndex];
    if (bid === undefined || ask === undefined || bid.priceTicks < ask.priceTicks) return met;
    const lots = Math.min(bidLots, askLots);
    quantityLots += lots;
    bidLots -= lots;
    askLots -= lots;
    met = { quantityLots, lowestTicks: ask.priceTicks, highestTicks: bid.priceTicks };
    if (bidLots === 0) bidLots = bids[++bidIndex]?.quantityLots ?? 0;
    if (askLots === 0) askLots = asks[++askIndex]?.quantityLots ?? 0;
  }
}

/** Prices that lie side by side and leave equally little over, and whose it is. */
interface Range {
  lowestTicks: number;
  highestTicks: number;
  leftLots: number;
  isBuyers: boolean;
  isSellers: boolean;
}

/**
 * Demand falls and supply grows with the price, both in steps: between two steps every price leaves
 * the same over. What is left over falls from buyers' to sellers', so the least lies in one piece.
 */
function leastSurplus(
  bids: readonly AuctionLevel[],
  asks: readonly AuctionLevel[],
  met: Met,
): Range {
  let from = met.lowestTicks;
  let demand = lotsFrom(bids, from, 1);
  let supply = lotsFrom(asks, from, -1);
  let bidIndex = bids.findLastIndex((bid) => bid.priceTicks >= from);
  let askIndex = asks.findLastIndex((ask) => ask.priceTicks <= from) + 1;
  const range: Range = {
    lowestTicks: from,
    highestTicks: from,
    leftLots: Number.POSITIVE_INFINITY,
    isBuyers: false,
    isSellers: false,
  };
  while (from <= met.highestTicks) {
    // At a bid's own price it still counts; at an ask's it counts already.
    const bidTicks = bids[bidIndex]?.priceTicks ?? met.highestTicks;
    const askTicks = asks[askIndex]?.priceTicks ?? Number.POSITIVE_INFINITY;
    const to = Math.min(met.highestTicks, bidTicks, askTicks - 1);
    widen(range, { from, to, surplusLots: demand - supply });
    if (bidTicks === to) demand -= bids[bidIndex--]?.quantityLots ?? 0;
    if (askTicks === to + 1) supply += asks[askIndex++]?.quantityLots ?? 0;
    from = to + 1;
  }
  return range;
}

function widen(range: Range, step: { from: number; to: number; surplusLots: number }): void {
  const leftLots = Math.abs(step.surplusLots);
  if (leftLots > range.leftLots) return;
  if (leftLots < range.leftLots) {
    range.leftLots = leftLots;
    range.lowestTicks = step.from;
    range.isBuyers = false;
    range.isSellers = false;
  }
  range.highestTicks = step.to;
  if (step.surplusLots > 0) range.isBuyers = true;
  if (step.surplusLots < 0) range.isSellers = true;
}

function choose(range: Range, referenceTicks: number): number {
  const { lowestTicks, highestTicks } = range;
  if (range.isBuyers && !range.isSellers) return highestTicks;
  if (range.isSellers && !range.isBuyers) return lowestTicks;
  if (referenceTicks === 0) return Math.floor((lowestTicks + highestTicks) / 2);
  return Math.min(Math.max(referenceTicks, lowestTicks), highestTicks);
}

/** Lots of the levels at a price or better; `sign` is 1 for bids, -1 for asks. */
function lotsFrom(levels: readonly AuctionLevel[], priceTicks: number, sign: 1 | -1): number {
  let lots = 0;
  for (const level of levels) {
    if (sign * (level.priceTicks - priceTicks) < 0) break;
    lots += level.quantityLots;
  }
  return lots;
}
