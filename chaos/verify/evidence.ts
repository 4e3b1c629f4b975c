// What each store of the exchange says about its orders, in one form, so that the clients' ledger
// can be held against all of them.

/** An order as the journal or PostgreSQL knows it. */
export interface StoredOrder {
  readonly accountId: number;
  readonly clientOrderId: string;
  readonly orderId: number;
  readonly status: string;
}

export interface Evidence {
  /** Every order that the journal's commands brought about, replayed from its first entry. */
  readonly journal: readonly StoredOrder[];
  /** Every row of PostgreSQL's table of orders. */
  readonly history: readonly StoredOrder[];
  /** What the API calls open; `undefined` where it did not answer. */
  readonly openOrders: readonly Omit<StoredOrder, "status">[] | undefined;
}
