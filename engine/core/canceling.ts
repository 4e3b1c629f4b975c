// Canceling: finds the order that a command means and takes it, or a part of it, out of the book.

import { CLIENT_ORDER_ID_BYTES } from "./client-order-id.ts";
import { CANCEL_CONDITIONS, REPLACE, TARGET } from "./command-layout.ts";
import type { RejectReason } from "./event.ts";
import { HALT, UNCROSSING } from "./instruments-table.ts";
import { isPositiveInteger } from "./money.ts";
import type { OpenOrders } from "./open-orders.ts";
import { NEW, PARTIALLY_FILLED } from "./orders.ts";
import type { State } from "./state.ts";

const ONLY_IF_NEW = CANCEL_CONDITIONS.indexOf("new");
const ONLY_IF_PARTIALLY_FILLED = CANCEL_CONDITIONS.indexOf("partiallyFilled");

/** Where a command names the order it means: byte offsets. */
interface TargetPlace {
  readonly orderId: number;
  readonly clientOrderId: number;
  readonly onlyIf: number;
}

export class Canceling {
  private readonly state: State;
  private readonly openOrders: OpenOrders;
  private rejection: RejectReason = "UNKNOWN_ORDER";

  constructor(state: State, openOrders: OpenOrders) {
    this.state = state;
    this.openOrders = openOrders;
  }

  cancelOrder(): void {
    this.cancel(TARGET);
  }

  /** The first half of a cancel-replace; whether it canceled. */
  cancelReplaced(): boolean {
    return this.cancel(REPLACE);
  }

  reduceOrder(): void {
    const { command, orders, reporter } = this.state;
    const quantityLots = command.number(TARGET.quantityLots);
    const slot = this.find(TARGET);
    if (slot === 0) {
      reporter.commandRejected(this.rejection);
      return;
    }
    const executedLots = orders.executedLots(slot);
    const lots = executedLots + orders.remaining(slot) - quantityLots;
    if (!isPositiveInteger(quantityLots) || quantityLots <= executedLots || lots < 0)
      reporter.commandRejected("INVALID_QUANTITY");
    // As an earlier sending of the same reduction has left it: done, and nothing to do.
    else if (lots === 0) reporter.orderReduced(slot, 0);
    else this.openOrders.reduce(slot, lots);
  }

  cancelAllOrders(): void {
    const { accounts, command, orders } = this.state;
    const { accountId, subjectId: symbolId } = command;
    const reason = this.checkMarket();
    if (reason !== null) {
      this.reject(reason);
      return;
    }
    let count = 0;
    let slot = accounts.firstOrder(accountId);
    while (slot !== 0) {
      const next = accounts.nextOrder(slot);
      if (orders.symbolId(slot) === symbolId) {
        this.openOrders.cancel(slot);
        count += 1;
      }
      slot = next;
    }
    if (count === 0) this.reject("UNKNOWN_ORDER");
  }

  /** Tells that the present command canceled nothing. */
  reject(reason: RejectReason): void {
    const { command, reporter } = this.state;
    reporter.cancelRejected(reason, command.accountId, command.subjectId);
  }

  private cancel(place: TargetPlace): boolean {
    const { command, orders } = this.state;
    const onlyIf = command.code(place.onlyIf, CANCEL_CONDITIONS);
    const slot = this.find(place);
    if (slot === 0) {
      this.reject(this.rejection);
      return false;
    }
    const status = orders.status(slot);
    if (
      (onlyIf === ONLY_IF_NEW && status !== NEW) ||
      (onlyIf === ONLY_IF_PARTIALLY_FILLED && status !== PARTIALLY_FILLED)
    ) {
      this.reject("CANCEL_RESTRICTED");
      return false;
    }
    this.openOrders.cancel(slot);
    return true;
  }

  /** The open order that is meant, or 0 and `rejection` says why. */
  private find(place: TargetPlace): number {
    const { command, index, orders } = this.state;
    const reason = this.checkMarket();
    this.rejection = reason ?? "UNKNOWN_ORDER";
    if (reason !== null) return 0;
    const orderId = command.number(place.orderId);
    const hasClientId = command.byte(place.clientOrderId + CLIENT_ORDER_ID_BYTES - 1) !== 0;
    const byClientId = hasClientId
      ? index.findClientId(command.accountId, command.i32, place.clientOrderId >> 2)
      : 0;
    const slot = orderId === 0 ? byClientId : index.find(orderId);
    if (slot === 0 || !orders.isOpen(slot)) return 0;
    if (hasClientId && slot !== byClientId) return 0;
    if (orders.accountId(slot) !== command.accountId) return 0;
    return orders.symbolId(slot) === command.subjectId ? slot : 0;
  }

  private checkMarket(): RejectReason | null {
    const { accounts, instruments, command } = this.state;
    if (!accounts.isOpen(command.accountId)) return "UNKNOWN_ACCOUNT";
    if (!instruments.hasSymbol(command.subjectId)) return "UNKNOWN_SYMBOL";
    const status = instruments.status(command.subjectId);
    return status === HALT || status === UNCROSSING ? "MARKET_CLOSED" : null;
  }
}
