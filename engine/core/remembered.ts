// Remembered: orders that ended, oldest first. Their ids stay known, so that a client that lost an
// answer can ask for it and an id is not used twice; beyond the window the oldest is forgotten and
// its slot is free again. The queue links lie in the slots: the book needs them no more.

import { HEADER, type Layout } from "./layout.ts";
import type { Memory } from "./memory.ts";
import type { OrderIndex } from "./order-index.ts";
import { ORDER_LINK, type Orders } from "./orders.ts";

export class Remembered {
  private readonly memory: Memory;
  private readonly i32: Int32Array;
  private readonly orders: Orders;
  private readonly index: OrderIndex;
  private readonly header: number;
  private readonly countMax: number;

  constructor(memory: Memory, layout: Layout, orders: Orders, index: OrderIndex) {
    this.memory = memory;
    this.i32 = memory.i32;
    this.orders = orders;
    this.index = index;
    this.header = layout.header;
    this.countMax = layout.capacity.rememberedOrders;
  }

  get count(): number {
    return this.i32[this.header + HEADER.rememberedCount] as number;
  }

  get oldest(): number {
    return this.i32[this.header + HEADER.oldestRemembered] as number;
  }

  after(slot: number): number {
    return this.i32[this.orders.word(slot) + ORDER_LINK] as number;
  }

  /** Takes over an order that just ended. */
  add(slot: number): void {
    const { i32, header, memory, orders } = this;
    const newest = i32[header + HEADER.newestRemembered] as number;
    if (newest === 0) i32[header + HEADER.oldestRemembered] = slot;
    else {
      const link = orders.word(newest) + ORDER_LINK;
      i32[link] = slot;
      memory.touch(link);
    }
    const own = orders.word(slot) + ORDER_LINK;
    i32[own] = 0;
    memory.touch(own);
    i32[header + HEADER.newestRemembered] = slot;
    const count = this.count + 1;
    i32[header + HEADER.rememberedCount] = count;
    memory.touch(header);
    if (count > this.countMax) this.forgetOldest();
  }

  private forgetOldest(): void {
    const { i32, header, orders } = this;
    const slot = this.oldest;
    i32[header + HEADER.oldestRemembered] = this.after(slot);
    i32[header + HEADER.rememberedCount] = this.count - 1;
    this.index.remove(slot);
    orders.pool.release(slot);
  }
}
