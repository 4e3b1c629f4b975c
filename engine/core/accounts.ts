// Accounts: free and locked balances by account and asset, and the list of an account's open orders
// in the order of their ids. Account 0 is the house: it exists from the beginning, takes the fees
// and places no orders. Invariant: a balance is a safe integer and never negative.

import { assert } from "./assert.ts";
import { ACCOUNT_WORDS, BALANCE_WORDS, type Layout } from "./layout.ts";
import type { Memory } from "./memory.ts";
import { ACCOUNT_NEXT, ACCOUNT_PREVIOUS, type Orders } from "./orders.ts";

/** Words of an account: open or not, first and last open order, count of open orders. */
const IS_OPEN = 0;
const FIRST = 1;
const LAST = 2;
const COUNT = 3;
export const HOUSE = 0;

export class Accounts {
  private readonly memory: Memory;
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;
  private readonly orders: Orders;
  private readonly accounts: number;
  private readonly balances: number;
  private readonly accountsMax: number;
  private readonly assetsMax: number;

  constructor(memory: Memory, layout: Layout, orders: Orders) {
    this.memory = memory;
    this.i32 = memory.i32;
    this.f64 = memory.f64;
    this.orders = orders;
    this.accounts = layout.accounts;
    this.balances = layout.balances;
    this.accountsMax = layout.capacity.accounts;
    this.assetsMax = layout.capacity.assets;
  }

  /** Whether orders may be placed for it. */
  isOpen(accountId: number): boolean {
    if (!(accountId >= 1 && accountId <= this.accountsMax)) return false;
    return this.i32[this.accounts + accountId * ACCOUNT_WORDS + IS_OPEN] === 1;
  }

  isWithinCapacity(accountId: number): boolean {
    return accountId >= 1 && accountId <= this.accountsMax;
  }

  open(accountId: number): void {
    const word = this.accounts + accountId * ACCOUNT_WORDS;
    this.i32[word + IS_OPEN] = 1;
    this.memory.touch(word);
  }

  /** A key for an account's balance in an asset, for the calls below. */
  balance(accountId: number, assetId: number): number {
    return (this.balances >> 1) + (accountId * this.assetsMax + assetId - 1) * (BALANCE_WORDS / 2);
  }

  free(balance: number): number {
    return this.f64[balance] as number;
  }

  locked(balance: number): number {
    return this.f64[balance + 1] as number;
  }

  credit(balance: number, units: number): void {
    this.f64[balance] = (this.f64[balance] as number) + units;
    this.memory.touch(balance * 2);
  }

  debit(balance: number, units: number): void {
    const left = (this.f64[balance] as number) - units;
    assert(left >= 0, "a free balance is never negative");
    this.f64[balance] = left;
    this.memory.touch(balance * 2);
  }

  lock(balance: number, units: number): void {
    this.debit(balance, units);
    this.f64[balance + 1] = (this.f64[balance + 1] as number) + units;
  }

  unlock(balance: number, units: number): void {
    this.debitLocked(balance, units);
    this.f64[balance] = (this.f64[balance] as number) + units;
  }

  debitLocked(balance: number, units: number): void {
    const left = (this.f64[balance + 1] as number) - units;
    assert(left >= 0, "a locked balance is never negative");
    this.f64[balance + 1] = left;
    this.memory.touch(balance * 2);
  }

  firstOrder(accountId: number): number {
    return this.i32[this.accounts + accountId * ACCOUNT_WORDS + FIRST] as number;
  }

  nextOrder(slot: number): number {
    return this.i32[this.orders.word(slot) + ACCOUNT_NEXT] as number;
  }

  orderCount(accountId: number): number {
    return this.i32[this.accounts + accountId * ACCOUNT_WORDS + COUNT] as number;
  }

  /** Orders come with rising ids, so appending keeps the list sorted. */
  addOrder(accountId: number, slot: number): void {
    const { i32, memory, orders } = this;
    const account = this.accounts + accountId * ACCOUNT_WORDS;
    const word = orders.word(slot);
    const last = i32[account + LAST] as number;
    if (last === 0) i32[account + FIRST] = slot;
    else {
      const link = orders.word(last) + ACCOUNT_NEXT;
      i32[link] = slot;
      memory.touch(link);
    }
    i32[word + ACCOUNT_NEXT] = 0;
    i32[word + ACCOUNT_PREVIOUS] = last;
    memory.touch(word);
    i32[account + LAST] = slot;
    i32[account + COUNT] = (i32[account + COUNT] as number) + 1;
    memory.touch(account);
  }

  removeOrder(accountId: number, slot: number): void {
    const { i32, memory, orders } = this;
    const account = this.accounts + accountId * ACCOUNT_WORDS;
    const word = orders.word(slot);
    const next = i32[word + ACCOUNT_NEXT] as number;
    const previous = i32[word + ACCOUNT_PREVIOUS] as number;
    const linkToNext = previous === 0 ? account + FIRST : orders.word(previous) + ACCOUNT_NEXT;
    const linkToPrevious = next === 0 ? account + LAST : orders.word(next) + ACCOUNT_PREVIOUS;
    i32[linkToNext] = next;
    i32[linkToPrevious] = previous;
    i32[word + ACCOUNT_NEXT] = 0;
    i32[word + ACCOUNT_PREVIOUS] = 0;
    i32[account + COUNT] = (i32[account + COUNT] as number) - 1;
    memory.touch(linkToNext);
    memory.touch(linkToPrevious);
    memory.touch(word);
    memory.touch(account);
  }
}
