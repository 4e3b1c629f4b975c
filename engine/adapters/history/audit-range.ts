// AuditRange: which rows a chunk of the journal accounts for. Ids grow with the journal, so a chunk's
// rows are found by ranges of ids in the tables' own keys, and the ranges of all chunks together
// leave out nothing up to the last id.

export interface TradeRange {
  readonly symbolId: number;
  readonly above: number;
  readonly upTo: number;
}

/** Journal positions, order ids, and trade ids by symbol: above one bound up to the other. */
export interface AuditRange {
  readonly above: number;
  readonly upTo: number;
  readonly ordersAbove: number;
  readonly ordersUpTo: number;
  readonly trades: readonly TradeRange[];
}

/** As three arrays for `unnest`. */
export function tradeRangeValues(trades: readonly TradeRange[]): number[][] {
  return [
    trades.map(({ symbolId }) => symbolId),
    trades.map(({ above }) => above),
    trades.map(({ upTo }) => upTo),
  ];
}

/** Follows the ids as the journal is replayed. */
export class AuditProgress {
  private position = 0;
  private ordersUpTo = 0;
  private lastOrderId = 0;
  private readonly compared = new Map<number, number>();
  private readonly lastTradeIds = new Map<number, number>();

  placed(orderId: number): void {
    this.lastOrderId = Math.max(this.lastOrderId, orderId);
  }

  traded(symbolId: number, tradeId: number): void {
    this.lastTradeIds.set(symbolId, Math.max(this.lastTradeIds.get(symbolId) ?? 0, tradeId));
  }

  /** What came since the last call. */
  next(position: number): AuditRange {
    const range = {
      above: this.position,
      upTo: position,
      ordersAbove: this.ordersUpTo,
      ordersUpTo: this.lastOrderId,
      trades: [...this.lastTradeIds].map(([symbolId, upTo]) => ({
        symbolId,
        above: this.compared.get(symbolId) ?? 0,
        upTo,
      })),
    };
    this.position = position;
    this.ordersUpTo = this.lastOrderId;
    for (const { symbolId, upTo } of range.trades) this.compared.set(symbolId, upTo);
    return range;
  }

  /** Everything from the beginning. */
  whole(): AuditRange {
    return {
      above: 0,
      upTo: this.position,
      ordersAbove: 0,
      ordersUpTo: this.lastOrderId,
      trades: [...this.lastTradeIds].map(([symbolId, upTo]) => ({ symbolId, above: 0, upTo })),
    };
  }
}
