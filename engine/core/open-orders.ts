// OpenOrders: an order's way into the book and out of it, money included. An open buy locks its
// price times what is left, an open sell what is left of the base asset.

import type { Book } from "../book/book.ts";
import type { Accounts } from "./accounts.ts";
import type { InstrumentsTable } from "./instruments-table.ts";
import { BUY, CANCELED, type Orders } from "./orders.ts";
import { ladderOf, type State } from "./state.ts";

export class OpenOrders {
  private readonly state: State;
  private readonly orders: Orders;
  private readonly accounts: Accounts;
  private readonly instruments: InstrumentsTable;
  private readonly book: Book;

  constructor(state: State) {
    this.state = state;
    this.orders = state.orders;
    this.accounts = state.accounts;
    this.instruments = state.instruments;
    this.book = state.book;
  }

  /** Locks what the order needs and puts it into the book. */
  rest(slot: number): void {
    const { orders, accounts } = this;
    const accountId = orders.accountId(slot);
    const lots = orders.remaining(slot);
    accounts.lock(this.reservedBalance(slot), this.reservedUnits(slot, lots));
    const ladder = ladderOf(orders.symbolId(slot), orders.side(slot));
    this.book.rest(ladder, orders.priceTicks(slot), slot, lots);
    accounts.addOrder(accountId, slot);
  }

  cancel(slot: number): void {
    const { orders } = this;
    this.release(slot, orders.remaining(slot));
    this.book.remove(slot);
    this.leave(slot, CANCELED);
    this.state.reporter.orderCanceled(slot);
    this.state.remembered.add(slot);
  }

  /** Fewer lots than are left: the order keeps its place. */
  reduce(slot: number, lots: number): void {
    this.release(slot, lots);
    this.book.fill(slot, lots);
    this.orders.setStatus(slot, this.orders.status(slot));
    this.state.reporter.orderReduced(slot, lots);
  }

  /** An order that left the book ends; the caller reports it and has it remembered. */
  leave(slot: number, status: number): void {
    this.orders.setStatus(slot, status);
    this.accounts.removeOrder(this.orders.accountId(slot), slot);
  }

  /** What an order locks for so many lots. Exact: its whole product was checked at acceptance. */
  reservedUnits(slot: number, lots: number): number {
    const { orders, instruments } = this;
    const symbolId = orders.symbolId(slot);
    return orders.side(slot) === BUY
      ? orders.priceTicks(slot) * instruments.tickUnitsPerLot(symbolId) * lots
      : lots * instruments.lotUnits(symbolId);
  }

  reservedAsset(slot: number): number {
    const symbolId = this.orders.symbolId(slot);
    return this.orders.side(slot) === BUY
      ? this.instruments.quoteAssetId(symbolId)
      : this.instruments.baseAssetId(symbolId);
  }

  private reservedBalance(slot: number): number {
    return this.accounts.balance(this.orders.accountId(slot), this.reservedAsset(slot));
  }

  private release(slot: number, lots: number): void {
    this.accounts.unlock(this.reservedBalance(slot), this.reservedUnits(slot, lots));
    this.state.reporter.balance(this.orders.accountId(slot), this.reservedAsset(slot));
  }
}
