// Auction: what collected while a symbol was in auction trades at one price, all at once, when
// trading begins. Best price first, oldest order first at one price, on both sides; of two orders
// that trade, the later one is the taker and pays the taker's fee, as if it had met the other in
// continuous trading. Orders of one account trade with each other as they do at any time.
// Invariant: afterwards the book is not crossed. An auction of many orders takes several commands, at
// the price that the first one found, so that none of them holds the exchange up for long.

import type { Book } from "../book/book.ts";
import { type Accounts, HOUSE } from "./accounts.ts";
import { type AuctionLevel, type Clearing, clearingOf } from "./auction-price.ts";
import { type InstrumentsTable, UNCROSSING } from "./instruments-table.ts";
import { feeUnits } from "./money.ts";
import type { OpenOrders } from "./open-orders.ts";
import { BUY, FILLED, type Orders, PARTIALLY_FILLED, SELL } from "./orders.ts";
import { ladderOf, type State } from "./state.ts";

/**
 * Trades of one command: some 5 ms of work on an engine, 25 ms on a gateway, which tells of each and
 * remembers no fewer (market-data.ts).
 */
export const UNCROSS_TRADES_MAX = 5_000;

/** One trade: a buy and a sell order that both rest. */
interface Pair {
  bid: number;
  ask: number;
  lots: number;
  priceTicks: number;
  quoteUnits: number;
  buyerFeeUnits: number;
  sellerFeeUnits: number;
}

export class Auction {
  private readonly state: State;
  private readonly book: Book;
  private readonly orders: Orders;
  private readonly accounts: Accounts;
  private readonly instruments: InstrumentsTable;
  private readonly openOrders: OpenOrders;

  constructor(state: State, openOrders: OpenOrders) {
    this.state = state;
    this.book = state.book;
    this.orders = state.orders;
    this.accounts = state.accounts;
    this.instruments = state.instruments;
    this.openOrders = openOrders;
  }

  /** Lets orders of the symbol trade that meet; whether none is left that must. */
  uncross(symbolId: number): boolean {
    const { book, instruments } = this;
    if (instruments.status(symbolId) !== UNCROSSING) this.begin(symbolId);
    const priceTicks = instruments.uncrossPriceTicks(symbolId);
    const bids = ladderOf(symbolId, BUY);
    const asks = ladderOf(symbolId, SELL);
    const unitsPerLot = priceTicks * instruments.tickUnitsPerLot(symbolId);
    const pair = { bid: 0, ask: 0, lots: 0, priceTicks, quoteUnits: 0 };
    const trade: Pair = { ...pair, buyerFeeUnits: 0, sellerFeeUnits: 0 };
    let left = instruments.uncrossLots(symbolId);
    for (let trades = 0; left > 0 && trades < UNCROSS_TRADES_MAX; trades += 1) {
      trade.bid = book.oldest(book.best(bids));
      trade.ask = book.oldest(book.best(asks));
      trade.lots = Math.min(left, book.remaining(trade.bid), book.remaining(trade.ask));
      // Exact: the buyer's limit is no lower, and its product was checked when it was accepted.
      trade.quoteUnits = unitsPerLot * trade.lots;
      left -= trade.lots;
      this.trade(symbolId, trade);
    }
    instruments.setUncross(symbolId, left === 0 ? 0 : priceTicks, left);
    return left === 0;
  }

  private begin(symbolId: number): void {
    const clearing = auctionClearing(this.state, symbolId);
    if (clearing === null) return;
    this.instruments.setUncross(symbolId, clearing.priceTicks, clearing.quantityLots);
  }

  private trade(symbolId: number, pair: Pair): void {
    const { orders, instruments } = this;
    const { bid, ask, priceTicks } = pair;
    const isBuyerTaker = orders.orderId(bid) > orders.orderId(ask);
    const baseUnits = pair.lots * instruments.lotUnits(symbolId);
    const [takerPpm, makerPpm] = [
      instruments.takerFeePpm(symbolId),
      instruments.makerFeePpm(symbolId),
    ];
    pair.buyerFeeUnits = feeUnits(baseUnits, isBuyerTaker ? takerPpm : makerPpm);
    pair.sellerFeeUnits = feeUnits(pair.quoteUnits, isBuyerTaker ? makerPpm : takerPpm);
    this.settle(symbolId, pair, baseUnits);
    this.fill(bid, pair);
    this.fill(ask, pair);
    this.report(pair, {
      tradeId: instruments.addTrade(symbolId, priceTicks),
      symbolId,
      maker: isBuyerTaker ? ask : bid,
      taker: isBuyerTaker ? bid : ask,
    });
    if (!this.book.isResting(bid)) this.state.remembered.add(bid);
    if (!this.book.isResting(ask)) this.state.remembered.add(ask);
  }

  /** The buyer locked its own limit's price: what the auction's price is below it is free again. */
  private settle(symbolId: number, pair: Pair, baseUnits: number): void {
    const { accounts, instruments, orders, openOrders } = this;
    const { reporter } = this.state;
    const buyer = orders.accountId(pair.bid);
    const seller = orders.accountId(pair.ask);
    const base = instruments.baseAssetId(symbolId);
    const quote = instruments.quoteAssetId(symbolId);
    const { quoteUnits, buyerFeeUnits, sellerFeeUnits } = pair;
    const lockedUnits = openOrders.reservedUnits(pair.bid, pair.lots);
    accounts.unlock(accounts.balance(buyer, quote), lockedUnits);
    accounts.debit(accounts.balance(buyer, quote), quoteUnits);
    accounts.debitLocked(accounts.balance(seller, base), baseUnits);
    accounts.credit(accounts.balance(buyer, base), baseUnits - buyerFeeUnits);
    accounts.credit(accounts.balance(seller, quote), quoteUnits - sellerFeeUnits);
    if (buyerFeeUnits > 0) accounts.credit(accounts.balance(HOUSE, base), buyerFeeUnits);
    if (sellerFeeUnits > 0) accounts.credit(accounts.balance(HOUSE, quote), sellerFeeUnits);
    if (!reporter.isOn) return;
    for (const accountId of [buyer, seller, HOUSE]) {
      if (accountId !== HOUSE || buyerFeeUnits > 0) reporter.balance(accountId, base);
      if (accountId !== HOUSE || sellerFeeUnits > 0) reporter.balance(accountId, quote);
    }
  }

  private fill(slot: number, { lots, quoteUnits }: Pair): void {
    const { book, orders } = this;
    book.fill(slot, lots);
    const isDone = !book.isResting(slot);
    // A sell that auctions fill above its limit may turn over more than any safe integer, where
    // the same money comes round again: its total then stays at the largest.
    const room = Number.MAX_SAFE_INTEGER - orders.executedQuoteUnits(slot);
    const status = isDone ? FILLED : PARTIALLY_FILLED;
    orders.addExecution(slot, lots, Math.min(quoteUnits, room), status);
    if (isDone) this.openOrders.leave(slot, FILLED);
  }

  private report(
    pair: Pair,
    trade: { tradeId: number; symbolId: number; maker: number; taker: number },
  ): void {
    const { reporter } = this.state;
    if (!reporter.isOn) return;
    const isBuyerTaker = trade.taker === pair.bid;
    reporter.trade({
      ...trade,
      priceTicks: pair.priceTicks,
      quantityLots: pair.lots,
      quoteUnits: pair.quoteUnits,
      makerFeeUnits: isBuyerTaker ? pair.sellerFeeUnits : pair.buyerFeeUnits,
      takerFeeUnits: isBuyerTaker ? pair.buyerFeeUnits : pair.sellerFeeUnits,
    });
  }
}

/** What an uncrossing would do now; `null` where no order meets another. */
export function auctionClearing(state: State, symbolId: number): Clearing | null {
  const { book, instruments } = state;
  const bid = book.best(ladderOf(symbolId, BUY));
  const ask = book.best(ladderOf(symbolId, SELL));
  if (bid === 0 || ask === 0) return null;
  const [bidTicks, askTicks] = [book.levelPrice(bid), book.levelPrice(ask)];
  const bids = levelsWhile(book, bid, (priceTicks) => priceTicks >= askTicks);
  const asks = levelsWhile(book, ask, (priceTicks) => priceTicks <= bidTicks);
  return clearingOf(bids, asks, instruments.lastPriceTicks(symbolId));
}

function levelsWhile(
  book: Book,
  best: number,
  isWithin: (priceTicks: number) => boolean,
): AuctionLevel[] {
  const levels: AuctionLevel[] = [];
  for (let level = best; level !== 0; level = book.worse(level)) {
    const priceTicks = book.levelPrice(level);
    if (!isWithin(priceTicks)) break;
    levels.push({ priceTicks, quantityLots: book.levelLots(level) });
  }
  return levels;
}
