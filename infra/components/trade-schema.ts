// The trades' table as the lake and the warehouse know it, and the queries on it. Pure. One row is one trade; journal position and index
// within the command identify it, so a row that arrives twice is recognized anywhere. Prices and quantities are exact
// decimals, never floating point.

export interface Column {
  readonly name: string;
  /** Hive's name of the type, which Glue and Athena use. */
  readonly type: string;
  readonly comment: string;
}

export const tradeColumns: readonly Column[] = [
  { name: "position", type: "bigint", comment: "Position in the journal" },
  { name: "trade_index", type: "int", comment: "Which trade of that command" },
  { name: "epoch", type: "bigint", comment: "Leadership that sequenced the command" },
  { name: "traded_at", type: "timestamp", comment: "The sequencer's time, UTC" },
  { name: "symbol", type: "string", comment: "Such as BTCUSDT" },
  { name: "price", type: "decimal(38,18)", comment: "In the quote asset" },
  { name: "quantity", type: "decimal(38,18)", comment: "In the base asset" },
  { name: "maker_order_id", type: "string", comment: "Order that rested" },
  { name: "taker_order_id", type: "string", comment: "Order that came in" },
  { name: "taker_side", type: "string", comment: "buy or sell" },
];

/** Partitions: Firehose writes an hour's files below one prefix. */
export const tradePartition: Column = {
  name: "hour",
  type: "string",
  comment: "yyyy-MM-dd-HH, UTC, as Firehose names it",
};

export const tradePrefix = "trades/";
export const hourPrefix = `${tradePrefix}hour=!{timestamp:yyyy-MM-dd-HH}/`;

/** Athena knows the hours from the clock: no partition has to be registered before it can be read there. */
export function partitionProjection(bucket: string): Record<string, string> {
  return {
    classification: "parquet",
    EXTERNAL: "TRUE",
    "projection.enabled": "true",
    "projection.hour.type": "date",
    "projection.hour.format": "yyyy-MM-dd-HH",
    "projection.hour.interval": "1",
    "projection.hour.interval.unit": "HOURS",
    "projection.hour.range": "2026-01-01-00,NOW",
    "storage.location.template": `s3://${bucket}/${tradePrefix}hour=\${hour}`,
  };
}

/** Queries that everybody begins with; each reads a day at most. */
export function lakeQueries(table: string): Record<string, { description: string; sql: string }> {
  const today = "hour >= date_format(current_timestamp - interval '1' day, '%Y-%m-%d-%H')";
  return {
    candles: {
      description: "Candles of one minute, the last day",
      sql: [
        "SELECT symbol, date_trunc('minute', traded_at) AS minute,",
        "  min_by(price, position) AS open, max(price) AS high, min(price) AS low,",
        "  max_by(price, position) AS close, sum(quantity) AS volume",
        `FROM ${table} WHERE ${today}`,
        "GROUP BY 1, 2 ORDER BY 1, 2",
      ].join("\n"),
    },
    repeated: {
      description:
        "Trades that arrived more than once, the last day: how often the stream repeated",
      sql: [
        "SELECT position, trade_index, count(*) AS times",
        `FROM ${table} WHERE ${today}`,
        "GROUP BY 1, 2 HAVING count(*) > 1",
      ].join("\n"),
    },
  };
}
