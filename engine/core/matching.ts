// Matching: a taker against the other side of the book, best price first, oldest order first, at the
// maker's price. Each trade moves money at once: the maker's comes out of what its order locked, the
// taker's out of its free balance, fees go to the house out of what each side receives.

import type { Book } from "../book/book.ts";
import { type Accounts, HOUSE } from "./accounts.ts";
import type { InstrumentsTable } from "./instruments-table.ts";
import { feeUnits, wholeLots } from "./money.ts";
import type { OpenOrders } from "./open-orders.ts";
import { BUY, FILLED, type NewOrder, type Orders, PARTIALLY_FILLED, SELL } from "./orders.ts";
import type { Reporter } from "./reporter.ts";
import { ladderOf, type State } from "./state.ts";

export class Matching {
  private readonly state: State;
  private readonly book: Book;
  private readonly orders: Orders;
  private readonly accounts: Accounts;
  private readonly instruments: InstrumentsTable;
  private readonly reporter: Reporter;
  private readonly openOrders: OpenOrders;
  private makerFee = 0;
  private takerFee = 0;

  constructor(state: State, openOrders: OpenOrders) {
    this.state = state;
    this.book = state.book;
    this.orders = state.orders;
    this.accounts = state.accounts;
    this.instruments = state.instruments;
    this.reporter = state.reporter;
    this.openOrders = openOrders;
  }

  /** A limit that every price of the other side meets. */
  noLimit(side: number): number {
    return side === BUY ? Number.MAX_SAFE_INTEGER : 0;
  }

  isEmpty(symbolId: number, takerSide: number): boolean {
    return this.opposite(symbolId, takerSide) === 0;
  }

  wouldTake(symbolId: number, side: number, limitTicks: number): boolean {
    const level = this.opposite(symbolId, side);
    return level !== 0 && meets(side, limitTicks, this.book.levelPrice(level));
  }

  /** Whether so many lots rest at the limit or better. */
  canFill(symbolId: number, side: number, limitTicks: number, lots: number): boolean {
    const { book } = this;
    let left = lots;
    let level = this.opposite(symbolId, side);
    while (left > 0 && level !== 0 && meets(side, limitTicks, book.levelPrice(level))) {
      left -= book.levelLots(level);
      level = book.worse(level);
    }
    return left <= 0;
  }

  /** What buying so many lots costs now; stops counting above `enoughUnits`. */
  cost(symbolId: number, lots: number, enoughUnits: number): number {
    const { book } = this;
    const tickUnits = this.instruments.tickUnitsPerLot(symbolId);
    let units = 0;
    let left = lots;
    let level = this.opposite(symbolId, BUY);
    while (left > 0 && level !== 0 && units <= enoughUnits) {
      const taken = Math.min(left, book.levelLots(level));
      units += book.levelPrice(level) * tickUnits * taken;
      left -= taken;
      level = book.worse(level);
    }
    return units;
  }

  /**
   * The lots that a market order by quote amount trades now: whole lots, level by level, never for
   * more than the amount. Notes in the order whether the other side is too small for the amount.
   */
  lotsForQuote(order: NewOrder): number {
    const { book } = this;
    const tickUnits = this.instruments.tickUnitsPerLot(order.symbolId);
    let units = order.quoteUnits;
    let lots = 0;
    let level = this.opposite(order.symbolId, order.side);
    while (level !== 0) {
      const unitsPerLot = book.levelPrice(level) * tickUnits;
      const affordable = wholeLots(units, unitsPerLot);
      const taken = Math.min(affordable, book.levelLots(level));
      lots += taken;
      units -= taken * unitsPerLot;
      if (taken < book.levelLots(level)) return lots;
      level = book.worse(level);
    }
    order.wantsMore = units > 0;
    return lots;
  }

  /** Trades as far as the limit allows; returns the lots that are left. */
  take(taker: number, order: NewOrder, limitTicks: number): number {
    const { book, orders } = this;
    const { symbolId, side } = order;
    const ladder = ladderOf(symbolId, side === BUY ? SELL : BUY);
    let left = order.quantityLots;
    let level = book.best(ladder);
    while (left > 0 && level !== 0 && meets(side, limitTicks, book.levelPrice(level))) {
      const maker = book.oldest(level);
      const makerLots = book.remaining(maker);
      const lots = Math.min(left, makerLots);
      left -= lots;
      orders.setRemaining(taker, left);
      this.trade(maker, taker, order, lots);
      level = book.best(ladder);
    }
    return left;
  }

  private trade(maker: number, taker: number, order: NewOrder, lots: number): void {
    const { book, orders, instruments, reporter } = this;
    const { symbolId } = order;
    const priceTicks = orders.priceTicks(maker);
    const quoteUnits = priceTicks * instruments.tickUnitsPerLot(symbolId) * lots;
    this.settle(maker, order, lots * instruments.lotUnits(symbolId), quoteUnits);
    book.fill(maker, lots);
    const isMakerDone = !book.isResting(maker);
    const isTakerDone = orders.remaining(taker) === 0 && !order.wantsMore;
    orders.addExecution(maker, lots, quoteUnits, isMakerDone ? FILLED : PARTIALLY_FILLED);
    orders.addExecution(taker, lots, quoteUnits, isTakerDone ? FILLED : PARTIALLY_FILLED);
    if (isMakerDone) this.openOrders.leave(maker, FILLED);
    const tradeId = instruments.addTrade(symbolId, priceTicks);
    if (reporter.isOn) {
      reporter.trade({
        tradeId,
        symbolId,
        priceTicks,
        quantityLots: lots,
        quoteUnits,
        maker,
        taker,
        makerFeeUnits: this.makerFee,
        takerFeeUnits: this.takerFee,
      });
    }
    if (isMakerDone) this.state.remembered.add(maker);
  }

  /** Moves the money of one trade. */
  private settle(maker: number, order: NewOrder, baseUnits: number, quoteUnits: number): void {
    const { accounts, instruments } = this;
    const { symbolId } = order;
    const makerId = this.orders.accountId(maker);
    const takerId = order.accountId;
    const takerBuys = order.side === BUY;
    // What the taker gives is what the maker gets, and the other way round.
    const baseAsset = instruments.baseAssetId(symbolId);
    const quoteAsset = instruments.quoteAssetId(symbolId);
    const given = takerBuys ? quoteAsset : baseAsset;
    const received = takerBuys ? baseAsset : quoteAsset;
    const givenUnits = takerBuys ? quoteUnits : baseUnits;
    const receivedUnits = takerBuys ? baseUnits : quoteUnits;
    this.makerFee = feeUnits(givenUnits, instruments.makerFeePpm(symbolId));
    this.takerFee = feeUnits(receivedUnits, instruments.takerFeePpm(symbolId));
    accounts.debit(accounts.balance(takerId, given), givenUnits);
    accounts.debitLocked(accounts.balance(makerId, received), receivedUnits);
    accounts.credit(accounts.balance(takerId, received), receivedUnits - this.takerFee);
    accounts.credit(accounts.balance(makerId, given), givenUnits - this.makerFee);
    if (this.takerFee > 0) accounts.credit(accounts.balance(HOUSE, received), this.takerFee);
    if (this.makerFee > 0) accounts.credit(accounts.balance(HOUSE, given), this.makerFee);
    if (this.reporter.isOn) this.reportBalances(takerId, makerId, given, received);
  }

  private reportBalances(takerId: number, makerId: number, given: number, received: number): void {
    const { reporter } = this;
    reporter.balance(takerId, given);
    reporter.balance(takerId, received);
    reporter.balance(makerId, given);
    reporter.balance(makerId, received);
    if (this.takerFee > 0) reporter.balance(HOUSE, received);
    if (this.makerFee > 0) reporter.balance(HOUSE, given);
  }

  /** The best level of the side that a taker trades with, or 0. */
  private opposite(symbolId: number, takerSide: number): number {
    return this.book.best(ladderOf(symbolId, takerSide === BUY ? SELL : BUY));
  }
}

/** Whether a taker's limit accepts a price. */
function meets(takerSide: number, limitTicks: number, priceTicks: number): boolean {
  return takerSide === BUY ? priceTicks <= limitTicks : priceTicks >= limitTicks;
}
