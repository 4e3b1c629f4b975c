// Placing: an order's checks, its matching and what becomes of the rest. Checks come before any
// change, in this order: who and what exists, whether the client id is new (so that an order sent
// twice hears of the first, whatever has changed since), whether the market is open, the numbers,
// room, money. A taker pays from its free balance trade by trade; only what rests is locked.

import { CLIENT_ORDER_ID_BYTES } from "./client-order-id.ts";
import { ORDER_TYPES, PLACE, SIDES, TIMES_IN_FORCE } from "./command-layout.ts";
import type { ExpiryReason, RejectReason } from "./event.ts";
import { AUCTION, TRADING } from "./instruments-table.ts";
import { Matching } from "./matching.ts";
import { isPositiveInteger } from "./money.ts";
import type { OpenOrders } from "./open-orders.ts";
import {
  BUY,
  EXPIRED,
  FOK,
  GTC,
  LIMIT,
  LIMIT_MAKER,
  MARKET,
  type NewOrder,
  SELL,
} from "./orders.ts";
import { ladderOf, type State } from "./state.ts";

export class Placing {
  private readonly state: State;
  private readonly openOrders: OpenOrders;
  private readonly matching: Matching;
  /** The order of the present command, before it has a slot. */
  private readonly order: NewOrder = {
    accountId: 0,
    symbolId: 0,
    side: BUY,
    type: LIMIT,
    timeInForce: GTC,
    priceTicks: 0,
    quantityLots: 0,
    quoteUnits: 0,
    wantsMore: false,
  };

  /** The present command's symbol collects orders. */
  private isAuction = false;

  constructor(state: State, openOrders: OpenOrders) {
    this.state = state;
    this.openOrders = openOrders;
    this.matching = new Matching(state, openOrders);
  }

  /** Places the order of the present command (`PLACE` layout). */
  place(): void {
    this.read();
    const existing = this.findExisting();
    const reason = existing === 0 ? this.check() : "DUPLICATE_CLIENT_ORDER_ID";
    if (reason !== null) this.reject(reason, existing);
    else this.accept();
  }

  /** Tells that the order of the present command was not placed. */
  reject(reason: RejectReason, existing: number): void {
    if (!this.state.reporter.isOn) return;
    const { command, reporter } = this.state;
    const { accountId, subjectId: symbolId } = command;
    const placing = {
      accountId,
      symbolId,
      clientOrderIdBytes: command.u8,
      at: PLACE.clientOrderId,
    };
    reporter.orderRejected(reason, placing, existing);
  }

  private read(): void {
    const { command } = this.state;
    const { order } = this;
    order.accountId = command.accountId;
    order.symbolId = command.subjectId;
    order.side = command.code(PLACE.side, SIDES);
    order.type = command.code(PLACE.type, ORDER_TYPES);
    order.timeInForce = command.code(PLACE.timeInForce, TIMES_IN_FORCE);
    order.priceTicks = command.number(PLACE.priceTicks);
    order.quantityLots = command.number(PLACE.quantityLots);
    order.quoteUnits = command.number(PLACE.quoteUnits);
    order.wantsMore = false;
  }

  private findExisting(): number {
    const { command, index } = this.state;
    return index.findClientId(this.order.accountId, command.i32, PLACE.clientOrderId >> 2);
  }

  private check(): RejectReason | null {
    const { accounts, instruments, orders, command } = this.state;
    const { order } = this;
    if (!accounts.isOpen(order.accountId)) return "UNKNOWN_ACCOUNT";
    if (!instruments.hasSymbol(order.symbolId)) return "UNKNOWN_SYMBOL";
    const status = instruments.status(order.symbolId);
    if (status !== TRADING && status !== AUCTION) return "MARKET_CLOSED";
    this.isAuction = status === AUCTION;
    if (command.byte(PLACE.clientOrderId + CLIENT_ORDER_ID_BYTES - 1) === 0)
      return "INVALID_COMMAND";
    if (orders.pool.available === 0) return "CAPACITY_EXHAUSTED";
    // In an auction nothing can trade at once, and nothing can promise not to take.
    if (this.isAuction && (order.type !== LIMIT || order.timeInForce !== GTC))
      return "NOT_IN_AUCTION";
    return order.type === MARKET ? this.checkMarket() : this.checkLimit();
  }

  private checkLimit(): RejectReason | null {
    const { book, instruments } = this.state;
    const { order } = this;
    const { symbolId, side, priceTicks, quantityLots } = order;
    if (order.quoteUnits !== 0) return "INVALID_COMMAND";
    if (order.type === LIMIT_MAKER && order.timeInForce !== GTC) return "INVALID_COMMAND";
    if (!isPositiveInteger(priceTicks) || priceTicks > instruments.priceTicksMax(symbolId))
      return "INVALID_PRICE";
    if (!isPositiveInteger(quantityLots)) return "INVALID_QUANTITY";
    if (!this.isExact()) return "NOTIONAL_TOO_LARGE";
    if (!book.hasRoom(ladderOf(symbolId, side), priceTicks)) return "CAPACITY_EXHAUSTED";
    if (order.type === LIMIT_MAKER && this.matching.wouldTake(symbolId, side, priceTicks))
      return "WOULD_TAKE";
    const needed =
      side === BUY
        ? priceTicks * instruments.tickUnitsPerLot(symbolId) * quantityLots
        : quantityLots * instruments.lotUnits(symbolId);
    return this.isAffordable(needed) ? null : "INSUFFICIENT_BALANCE";
  }

  /**
   * No amount that this order can lead to passes the safe integers. A sell may first take bids
   * above its limit, so the best bid bounds it. Price times tick units is exact by the symbol's
   * own check; the product with the quantity rounds, but never from above the bound to below it.
   */
  private isExact(): boolean {
    const { book, instruments } = this.state;
    const { symbolId, side, priceTicks, quantityLots } = this.order;
    let price = priceTicks;
    if (side === SELL) {
      const best = book.best(ladderOf(symbolId, BUY));
      if (best !== 0 && book.levelPrice(best) > price) price = book.levelPrice(best);
    }
    const quoteUnits = price * instruments.tickUnitsPerLot(symbolId) * quantityLots;
    const baseUnits = quantityLots * instruments.lotUnits(symbolId);
    return quoteUnits <= Number.MAX_SAFE_INTEGER && baseUnits <= Number.MAX_SAFE_INTEGER;
  }

  /** Gives a market order by quote amount its quantity. */
  private checkMarket(): RejectReason | null {
    const { instruments } = this.state;
    const { order, matching } = this;
    const { symbolId, side } = order;
    const byQuote = order.quoteUnits !== 0;
    if (order.priceTicks !== 0 || order.timeInForce === FOK) return "INVALID_COMMAND";
    if (byQuote === (order.quantityLots !== 0)) return "INVALID_COMMAND";
    if (!isPositiveInteger(byQuote ? order.quoteUnits : order.quantityLots))
      return "INVALID_QUANTITY";
    if (byQuote) {
      order.quantityLots = matching.lotsForQuote(order);
      // Liquidity is there, but the amount does not pay for one lot of it.
      if (order.quantityLots === 0 && !matching.isEmpty(symbolId, side)) return "INVALID_QUANTITY";
    }
    const baseUnits = order.quantityLots * instruments.lotUnits(symbolId);
    if (baseUnits > Number.MAX_SAFE_INTEGER) return "NOTIONAL_TOO_LARGE";
    let needed = baseUnits;
    if (side === BUY)
      needed = byQuote
        ? order.quoteUnits
        : matching.cost(symbolId, order.quantityLots, this.free());
    return this.isAffordable(needed) ? null : "INSUFFICIENT_BALANCE";
  }

  private isAffordable(units: number): boolean {
    return this.free() >= units;
  }

  /** Free units of what the order spends. */
  private free(): number {
    const { accounts, instruments } = this.state;
    const { accountId, symbolId, side } = this.order;
    const assetId =
      side === BUY ? instruments.quoteAssetId(symbolId) : instruments.baseAssetId(symbolId);
    return accounts.free(accounts.balance(accountId, assetId));
  }

  private accept(): void {
    const { orders, index, reporter, command } = this.state;
    const { order, matching } = this;
    const { symbolId, side, priceTicks, quantityLots } = order;
    const slot = orders.create(order, command.i32, PLACE.clientOrderId >> 2);
    index.insert(slot);
    reporter.orderAccepted(slot);
    if (this.isAuction) {
      this.rest(slot);
      return;
    }
    if (order.timeInForce === FOK && !matching.canFill(symbolId, side, priceTicks, quantityLots)) {
      this.expire(slot, "UNFILLED_FOK_ORDER");
      return;
    }
    const limitTicks = order.type === MARKET ? matching.noLimit(side) : priceTicks;
    const left = matching.take(slot, order, limitTicks);
    // A market order by amount has the quantity that the book could give: it can want more still.
    if (left === 0 && !order.wantsMore) this.end(slot);
    else if (order.type === MARKET) this.expire(slot, "INSUFFICIENT_LIQUIDITY");
    else if (order.timeInForce !== GTC) this.expire(slot, "UNFILLED_IOC_QUANTITY");
    else this.rest(slot);
  }

  private rest(slot: number): void {
    const { reporter } = this.state;
    this.openOrders.rest(slot);
    reporter.balance(this.order.accountId, this.openOrders.reservedAsset(slot));
  }

  private expire(slot: number, reason: ExpiryReason): void {
    this.state.orders.setStatus(slot, EXPIRED);
    this.state.reporter.orderExpired(slot, reason);
    this.state.remembered.add(slot);
  }

  /** The last trade set its status. */
  private end(slot: number): void {
    this.state.remembered.add(slot);
  }
}
