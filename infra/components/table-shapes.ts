// The tables' keys and capacities, as data. Market data has its symbol and minute as one partition key, so that a busy symbol's
// writes move on to another partition every minute; trades are found by order.

export interface Bounds {
  readonly min: number;
  readonly max: number;
}
export interface Capacity {
  readonly read: Bounds;
  readonly write: Bounds;
}
export interface TableShape {
  readonly noun: "wallets" | "activeOrders" | "marketData" | "trades";
  readonly hashKey: string;
  readonly rangeKey: { readonly name: string; readonly type: "S" | "N" };
  readonly capacity: Capacity | "on-demand";
  /** Attribute with the second since 1970 after which an item is no longer kept. */
  readonly expiry?: string;
}

export interface TableSizes {
  readonly hasWallet: boolean;
  readonly marketDataWriteUnits: number;
  readonly tradeReadUnits: number;
}

/** What is there at the quietest hour, as a share of the peak. A single partition gives 1,000 writes or 3,000 reads. */
const quietShare = 10;

/** Peak units as bounds: AWS scales between them. */
export function bounds(peakUnits: number): Bounds {
  return { min: Math.max(1, Math.ceil(peakUnits / quietShare)), max: peakUnits };
}

export function tableShapes(sizes: TableSizes): TableShape[] {
  const wallets: TableShape = {
    noun: "wallets",
    hashKey: "AccountID",
    rangeKey: { name: "Asset", type: "S" },
    capacity: "on-demand",
  };
  return [
    ...(sizes.hasWallet ? [wallets] : []),
    {
      noun: "activeOrders",
      hashKey: "AccountID",
      rangeKey: { name: "OrderID", type: "S" },
      capacity: "on-demand",
    },
    {
      noun: "marketData",
      hashKey: "Symbol-Timestamp",
      rangeKey: { name: "Position", type: "N" },
      // Read through the cache: a tenth of what is written.
      capacity: {
        write: bounds(sizes.marketDataWriteUnits),
        read: bounds(Math.ceil(sizes.marketDataWriteUnits / 10)),
      },
      expiry: "ExpiresAt",
    },
    {
      noun: "trades",
      hashKey: "OrderID",
      rangeKey: { name: "TradeID", type: "S" },
      // A trade is written twice, once for each of its orders, and read far more often.
      capacity: {
        read: bounds(sizes.tradeReadUnits),
        write: bounds(Math.ceil(sizes.tradeReadUnits / 2)),
      },
    },
  ];
}
