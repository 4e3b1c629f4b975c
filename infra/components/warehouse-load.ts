// SQL of the warehouse, as text. Pure. The hourly load reads the last hours of the lake anew and takes only what is not there yet: it may run
// late, twice or after a failure, and every trade is there once. Files arrive up to minutes after their hour, so more
// than one hour is read.

export interface LoadArgs {
  /** Glue database with the lake's tables. */
  readonly catalogDatabase: string;
  readonly region: string;
  readonly roleArn: string;
}

/** Hours that are read anew each time; one failed load is caught up by the next. */
const windowHours = 26;

export const tradesTable = [
  "CREATE TABLE IF NOT EXISTS trades (",
  "  position BIGINT NOT NULL, trade_index INT NOT NULL, epoch BIGINT NOT NULL,",
  "  traded_at TIMESTAMP NOT NULL, symbol VARCHAR(32) NOT NULL,",
  "  price DECIMAL(38,18) NOT NULL, quantity DECIMAL(38,18) NOT NULL,",
  "  maker_order_id VARCHAR(64), taker_order_id VARCHAR(64), taker_side VARCHAR(4),",
  "  PRIMARY KEY (position, trade_index)",
  ") DISTKEY (symbol) SORTKEY (traded_at)",
].join("\n");

export function lakeSchema(args: LoadArgs): string {
  return [
    "CREATE EXTERNAL SCHEMA IF NOT EXISTS lake FROM DATA CATALOG",
    `DATABASE '${args.catalogDatabase}' REGION '${args.region}' IAM_ROLE '${args.roleArn}'`,
  ].join("\n");
}

export const hourlyLoad = [
  "INSERT INTO trades",
  "SELECT DISTINCT l.position, l.trade_index, l.epoch, l.traded_at, l.symbol, l.price, l.quantity,",
  "  l.maker_order_id, l.taker_order_id, l.taker_side",
  "FROM lake.trades l",
  "LEFT JOIN trades t ON t.position = l.position AND t.trade_index = l.trade_index",
  `WHERE l.hour >= TO_CHAR(DATEADD(hour, -${windowHours}, GETDATE()), 'YYYY-MM-DD-HH24')`,
  "  AND t.position IS NULL",
].join("\n");
