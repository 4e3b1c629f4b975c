// OrderIndex: from an order id, or an account and its client order id, to the order's slot. Chained
// hash tables in flat memory: a bucket holds the first slot, slots link to the next of their bucket.
// Order ids are their own hash: ids given one after the other lie side by side, so that a burst of
// orders changes few lines. Remembered orders are found like open ones until they are forgotten.

import { CLIENT_ORDER_ID_WORDS } from "./client-order-id.ts";
import type { Layout } from "./layout.ts";
import type { Memory } from "./memory.ts";
import { CLIENT_ID, CLIENT_ID_NEXT, ID_NEXT, type Orders } from "./orders.ts";

export class OrderIndex {
  private readonly memory: Memory;
  private readonly i32: Int32Array;
  private readonly orders: Orders;
  private readonly idBuckets: number;
  private readonly clientIdBuckets: number;
  private readonly mask: number;

  constructor(memory: Memory, layout: Layout, orders: Orders) {
    this.memory = memory;
    this.i32 = memory.i32;
    this.orders = orders;
    this.idBuckets = layout.idBuckets;
    this.clientIdBuckets = layout.clientIdBuckets;
    this.mask = layout.orderBucketCount - 1;
  }

  /** The slot of an order, or 0. */
  find(orderId: number): number {
    let slot = this.i32[this.idBucket(orderId)] as number;
    while (slot !== 0 && this.orders.orderId(slot) !== orderId)
      slot = this.i32[this.orders.word(slot) + ID_NEXT] as number;
    return slot;
  }

  /** The slot of the order with the client id at `words[word]`, or 0. */
  findClientId(accountId: number, words: Int32Array, word: number): number {
    let slot = this.i32[this.clientIdBucket(accountId, words, word)] as number;
    while (slot !== 0 && !this.matches(slot, accountId, words, word))
      slot = this.i32[this.orders.word(slot) + CLIENT_ID_NEXT] as number;
    return slot;
  }

  /** Looks an order up by its own account and client id: finds itself, or the index is wrong. */
  findOwn(slot: number): number {
    const word = this.orders.word(slot) + CLIENT_ID;
    return this.findClientId(this.orders.accountId(slot), this.i32, word);
  }

  insert(slot: number): void {
    const word = this.orders.word(slot);
    const accountId = this.orders.accountId(slot);
    this.push(this.idBucket(this.orders.orderId(slot)), slot, word + ID_NEXT);
    const bucket = this.clientIdBucket(accountId, this.i32, word + CLIENT_ID);
    this.push(bucket, slot, word + CLIENT_ID_NEXT);
  }

  remove(slot: number): void {
    const word = this.orders.word(slot);
    const accountId = this.orders.accountId(slot);
    this.unchain(this.idBucket(this.orders.orderId(slot)), slot, ID_NEXT);
    const bucket = this.clientIdBucket(accountId, this.i32, word + CLIENT_ID);
    this.unchain(bucket, slot, CLIENT_ID_NEXT);
  }

  private push(bucket: number, slot: number, link: number): void {
    const { i32, memory } = this;
    i32[link] = i32[bucket] as number;
    i32[bucket] = slot;
    memory.touch(link);
    memory.touch(bucket);
  }

  private unchain(bucket: number, slot: number, linkOffset: number): void {
    const { i32, memory, orders } = this;
    let link = bucket;
    while (i32[link] !== slot) link = orders.word(i32[link] as number) + linkOffset;
    const own = orders.word(slot) + linkOffset;
    i32[link] = i32[own] as number;
    i32[own] = 0;
    memory.touch(link);
    memory.touch(own);
  }

  private matches(slot: number, accountId: number, words: Int32Array, word: number): boolean {
    const { i32 } = this;
    if (this.orders.accountId(slot) !== accountId) return false;
    const own = this.orders.word(slot) + CLIENT_ID;
    for (let index = 0; index < CLIENT_ORDER_ID_WORDS; index += 1)
      if (i32[own + index] !== words[word + index]) return false;
    return true;
  }

  private idBucket(orderId: number): number {
    return this.idBuckets + (orderId & this.mask);
  }

  private clientIdBucket(accountId: number, words: Int32Array, word: number): number {
    let hash = Math.imul(accountId, 0x9e3779b1);
    for (let index = 0; index < CLIENT_ORDER_ID_WORDS; index += 1) {
      hash = Math.imul(hash ^ (words[word + index] as number), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return this.clientIdBuckets + ((hash ^ (hash >>> 16)) & this.mask);
  }
}
