// NaiveAuction: the four principles of a call auction as they are written, tried at every price, and
// the trades that follow, from plain lists of orders. What the core's fast way is held against.

import type { AuctionLevel, Clearing } from "../../../engine/core/auction-price.ts";
import type { OrderView } from "../../../engine/core/event.ts";

const leftOf = (order: OrderView) => order.quantityLots - order.executedLots;

export function naiveClearing(
  bids: readonly AuctionLevel[],
  asks: readonly AuctionLevel[],
  referenceTicks: number,
): Clearing | null {
  const sum = (levels: readonly AuctionLevel[], isIn: (ticks: number) => boolean) =>
    levels.reduce((lots, level) => lots + (isIn(level.priceTicks) ? level.quantityLots : 0), 0);
  const [bid, ask] = [bids[0], asks[0]];
  if (bid === undefined || ask === undefined || bid.priceTicks < ask.priceTicks) return null;
  const prices = Array.from({ length: bid.priceTicks - ask.priceTicks + 1 }, (_, index) => {
    const priceTicks = ask.priceTicks + index;
    const demand = sum(bids, (ticks) => ticks >= priceTicks);
    const supply = sum(asks, (ticks) => ticks <= priceTicks);
    const surplusLots = demand - supply;
    return { priceTicks, quantityLots: Math.min(demand, supply), surplusLots };
  });
  const most = Math.max(...prices.map((price) => price.quantityLots));
  const byVolume = prices.filter((price) => price.quantityLots === most);
  const least = Math.min(...byVolume.map((price) => Math.abs(price.surplusLots)));
  const left = byVolume.filter((price) => Math.abs(price.surplusLots) === least);
  if (left.every((price) => price.surplusLots > 0)) return left.at(-1) ?? null;
  if (left.every((price) => price.surplusLots < 0)) return left[0] ?? null;
  if (referenceTicks === 0) return left[Math.floor((left.length - 1) / 2)] ?? null;
  const distance = (price: Clearing) => Math.abs(price.priceTicks - referenceTicks);
  return left.reduce((best, price) => (distance(price) < distance(best) ? price : best));
}

/** Trades as "buy sell lots", in order, of resting orders given in the order in which they came. */
export function naiveTrades(orders: readonly OrderView[], clearing: Clearing | null): string[] {
  if (clearing === null) return [];
  const side = (name: "buy" | "sell", sign: number) =>
    orders
      .filter((order) => order.side === name)
      .sort((a, b) => sign * (a.priceTicks - b.priceTicks) || a.orderId - b.orderId)
      .map((order) => ({ order, lots: leftOf(order) }));
  const buys = side("buy", -1);
  const sells = side("sell", 1);
  const trades: string[] = [];
  let left = clearing.quantityLots;
  while (left > 0) {
    const [buy, sell] = [buys[0], sells[0]];
    if (buy === undefined || sell === undefined) return ["too few orders"];
    const lots = Math.min(left, buy.lots, sell.lots);
    trades.push(`${buy.order.orderId} ${sell.order.orderId} ${lots}`);
    left -= lots;
    buy.lots -= lots;
    sell.lots -= lots;
    if (buy.lots === 0) buys.shift();
    if (sell.lots === 0) sells.shift();
  }
  return trades;
}
