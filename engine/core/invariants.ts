// Invariants of the whole state, verified by reading all of it. Tests and the simulator run it after
// each command, production on a sample. Nothing here is needed for trading.

import { InvariantViolated } from "./assert.ts";
import { TRADING, UNCROSSING } from "./instruments-table.ts";
import { OpenOrders } from "./open-orders.ts";
import { BUY, SELL } from "./orders.ts";
import { ladderOf, type State } from "./state.ts";

export function checkInvariants(state: State): void {
  const openCount = checkBooks(state);
  const lockedByBalance = new Map<number, number>();
  const listedCount = checkAccounts(state, lockedByBalance);
  if (openCount !== listedCount) fail("each order of a book is in its account's list");
  const rememberedCount = checkRemembered(state);
  if (openCount + rememberedCount !== state.orders.pool.inUse)
    fail("each order in use is open or remembered");
  checkMoney(state, lockedByBalance);
}

function checkBooks(state: State): number {
  const { book, instruments } = state;
  let orders = 0;
  for (let symbolId = 1; symbolId <= instruments.symbolCount; symbolId += 1) {
    orders += book.checkLadder(ladderOf(symbolId, BUY), fail);
    orders += book.checkLadder(ladderOf(symbolId, SELL), fail);
    if ((instruments.status(symbolId) === UNCROSSING) !== instruments.uncrossLots(symbolId) > 0)
      fail("a symbol uncrosses while lots are left that must trade");
    // In an auction orders that meet do not trade yet, nor where one was halted.
    if (instruments.status(symbolId) !== TRADING) continue;
    const bid = book.best(ladderOf(symbolId, BUY));
    const ask = book.best(ladderOf(symbolId, SELL));
    if (bid !== 0 && ask !== 0 && book.levelPrice(bid) >= book.levelPrice(ask))
      fail("the book of a symbol that trades is never crossed");
  }
  return orders;
}

/** Walks the accounts' lists and sums up what their orders lock. */
function checkAccounts(state: State, lockedByBalance: Map<number, number>): number {
  const { accounts, orders, layout } = state;
  const openOrders = new OpenOrders(state);
  let listed = 0;
  for (let accountId = 1; accountId <= layout.capacity.accounts; accountId += 1) {
    let count = 0;
    let previousId = 0;
    for (let slot = accounts.firstOrder(accountId); slot !== 0; slot = accounts.nextOrder(slot)) {
      checkOpenOrder(state, slot, accountId);
      if (orders.orderId(slot) <= previousId) fail("an account's orders ascend by id");
      previousId = orders.orderId(slot);
      const balance = accounts.balance(accountId, openOrders.reservedAsset(slot));
      const reserved = openOrders.reservedUnits(slot, orders.remaining(slot));
      lockedByBalance.set(balance, (lockedByBalance.get(balance) ?? 0) + reserved);
      count += 1;
    }
    if (count !== accounts.orderCount(accountId)) fail("an account counts its open orders");
    listed += count;
  }
  return listed;
}

function checkOpenOrder(state: State, slot: number, accountId: number): void {
  const { book, orders } = state;
  if (orders.accountId(slot) !== accountId) fail("an order is in its own account's list");
  if (!orders.isOpen(slot) || !book.isResting(slot)) fail("an open order rests in the book");
  const ladder = ladderOf(orders.symbolId(slot), orders.side(slot));
  if (book.find(ladder, orders.priceTicks(slot)) !== book.levelOf(slot))
    fail("an order rests at its price");
  checkIndexed(state, slot);
}

function checkIndexed(state: State, slot: number): void {
  const { index, orders } = state;
  if (index.find(orders.orderId(slot)) !== slot) fail("an order is found by its id");
  if (index.findOwn(slot) !== slot) fail("an order is found by its client id");
}

function checkRemembered(state: State): number {
  const { remembered, orders, book, layout } = state;
  let count = 0;
  for (let slot = remembered.oldest; slot !== 0; slot = remembered.after(slot)) {
    if (orders.isOpen(slot) || book.isResting(slot)) fail("a remembered order has ended");
    checkIndexed(state, slot);
    count += 1;
    if (count > layout.capacity.rememberedOrders) fail("the remembered orders stay in the window");
  }
  if (count !== remembered.count) fail("the remembered orders are counted");
  return count;
}

function checkMoney(state: State, lockedByBalance: Map<number, number>): void {
  const { accounts, instruments, layout } = state;
  for (let assetId = 1; assetId <= instruments.assetCount; assetId += 1) {
    let supply = 0;
    for (let accountId = 0; accountId <= layout.capacity.accounts; accountId += 1) {
      const balance = accounts.balance(accountId, assetId);
      const free = accounts.free(balance);
      const locked = accounts.locked(balance);
      if (!Number.isSafeInteger(free) || free < 0) fail("a free balance is a whole amount");
      if (locked !== (lockedByBalance.get(balance) ?? 0))
        fail("what is locked is what open orders reserve");
      supply += free + locked;
    }
    if (supply !== instruments.supplyUnits(assetId))
      fail("deposits less withdrawals are the sum of all balances");
  }
}

function fail(mustHold: string): never {
  throw new InvariantViolated(mustHold);
}
