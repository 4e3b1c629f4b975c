// The book as one would write it first: arrays, sorted and searched. Slow and plainly right; the
// flat-memory book must agree with it.

export interface NaiveOrder {
  readonly id: number;
  readonly isBid: boolean;
  readonly price: number;
  lots: number;
}

export class NaiveBook {
  /** In the order in which they came. */
  private orders: NaiveOrder[] = [];

  rest(order: NaiveOrder): void {
    this.orders.push(order);
  }

  remove(id: number): void {
    this.orders = this.orders.filter((order) => order.id !== id);
  }

  fill(id: number, lots: number): void {
    const order = this.orders.find((candidate) => candidate.id === id);
    if (order === undefined) throw new Error(`no order ${id}`);
    order.lots -= lots;
    if (order.lots === 0) this.remove(id);
  }

  get ids(): number[] {
    return this.orders.map((order) => order.id);
  }

  lots(id: number): number {
    return this.orders.find((order) => order.id === id)?.lots ?? 0;
  }

  /** Best price first, oldest first within one. */
  side(isBid: boolean): NaiveOrder[] {
    return this.orders
      .filter((order) => order.isBid === isBid)
      .map((order, index) => ({ order, index }))
      .sort((a, b) => {
        const better = isBid ? b.order.price - a.order.price : a.order.price - b.order.price;
        return better !== 0 ? better : a.index - b.index;
      })
      .map(({ order }) => order);
  }
}
