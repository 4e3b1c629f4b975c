// Migrations: the history's tables, as a list of versions that only grows. Amounts are whole units,
// prices ticks, quantities lots, times microseconds since the epoch, exactly as in the core; the
// reference tables tell the decimals. What grows without end is partitioned by day (partitions.ts).

/** Version n is element n - 1. A version that was released is never changed. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE journal_position (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    position bigint NOT NULL,
    epoch bigint NOT NULL,
    -- Counts writers; each one takes the next when it opens, and writes only while it is the last.
    writer bigint NOT NULL,
    checkpoint_position bigint NOT NULL CHECK (checkpoint_position <= position),
    -- Of the core's state there, and how its memory is laid out.
    checkpoint_hash text NOT NULL,
    checkpoint_layout text NOT NULL
  ) WITH (fillfactor = 10);
  INSERT INTO journal_position VALUES (true, 0, 0, 0, 0, '', '');

  -- Image of the core at checkpoint_position: groups of memory lines, replaced when they change.
  CREATE TABLE checkpoint_pages (
    page integer PRIMARY KEY,
    hash bigint NOT NULL,
    content bytea NOT NULL
  ) WITH (autovacuum_vacuum_scale_factor = 0.5, toast.autovacuum_vacuum_scale_factor = 0.5);
  ALTER TABLE checkpoint_pages ALTER COLUMN content SET STORAGE EXTERNAL;

  CREATE TABLE assets (
    asset_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    decimals smallint NOT NULL
  );
  CREATE TABLE symbols (
    symbol_id integer PRIMARY KEY,
    name text NOT NULL UNIQUE,
    base_asset_id integer NOT NULL REFERENCES assets,
    quote_asset_id integer NOT NULL REFERENCES assets,
    lot_units bigint NOT NULL,
    tick_units_per_lot bigint NOT NULL,
    price_ticks_max bigint NOT NULL,
    maker_fee_ppm integer NOT NULL,
    taker_fee_ppm integer NOT NULL,
    status text NOT NULL
  );
  CREATE TABLE accounts (account_id integer PRIMARY KEY, opened_us bigint NOT NULL);

  CREATE TYPE order_side AS ENUM ('buy', 'sell');
  CREATE TYPE order_type AS ENUM ('limit', 'limitMaker', 'market');
  CREATE TYPE order_time_in_force AS ENUM ('gtc', 'ioc', 'fok');
  CREATE TYPE order_status AS ENUM ('new', 'partiallyFilled', 'filled', 'canceled', 'expired');

  CREATE TABLE orders (
    order_id bigint NOT NULL,
    account_id integer NOT NULL,
    symbol_id integer NOT NULL,
    side order_side NOT NULL,
    type order_type NOT NULL,
    time_in_force order_time_in_force NOT NULL,
    status order_status NOT NULL,
    client_order_id text NOT NULL,
    price_ticks bigint NOT NULL,
    quantity_lots bigint NOT NULL,
    executed_lots bigint NOT NULL,
    executed_quote_units bigint NOT NULL,
    quote_units bigint NOT NULL,
    placed_us bigint NOT NULL,
    updated_us bigint NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    PRIMARY KEY (order_id, placed_us)
  ) PARTITION BY RANGE (placed_us);
  CREATE INDEX orders_of_account ON orders (account_id, symbol_id, order_id);
  CREATE INDEX orders_by_client_id ON orders (account_id, client_order_id);

  CREATE TABLE trades (
    symbol_id integer NOT NULL,
    trade_id bigint NOT NULL,
    timestamp_us bigint NOT NULL,
    price_ticks bigint NOT NULL,
    quantity_lots bigint NOT NULL,
    quote_units bigint NOT NULL,
    taker_side order_side NOT NULL,
    maker_order_id bigint NOT NULL,
    taker_order_id bigint NOT NULL,
    maker_account_id integer NOT NULL,
    taker_account_id integer NOT NULL,
    -- In units of what the side received: base for a buyer, quote for a seller.
    maker_fee_units bigint NOT NULL,
    taker_fee_units bigint NOT NULL,
    journal_position bigint NOT NULL,
    PRIMARY KEY (symbol_id, trade_id, timestamp_us)
  ) PARTITION BY RANGE (timestamp_us);
  CREATE INDEX trades_of_maker ON trades (maker_account_id, symbol_id, trade_id);
  CREATE INDEX trades_of_taker ON trades (taker_account_id, symbol_id, trade_id);

  CREATE TABLE balances (
    account_id integer NOT NULL,
    asset_id integer NOT NULL,
    free_units bigint NOT NULL,
    locked_units bigint NOT NULL,
    PRIMARY KEY (account_id, asset_id)
  ) WITH (fillfactor = 50);

  -- Double entry: a row takes an amount from one account and gives it to another, so whatever rows
  -- there are, debits equal credits. Account 0 is the house, -1 the world outside.
  CREATE TABLE ledger_entries (
    journal_position bigint NOT NULL,
    entry_no integer NOT NULL,
    timestamp_us bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('deposit', 'withdrawal', 'base', 'quote', 'fee')),
    debit_account_id integer NOT NULL CHECK (debit_account_id >= -1),
    credit_account_id integer NOT NULL CHECK (credit_account_id >= -1),
    asset_id integer NOT NULL,
    amount_units bigint NOT NULL CHECK (amount_units > 0),
    -- Of the trade that moved the money; null for deposits and withdrawals.
    symbol_id integer,
    trade_id bigint,
    CHECK (debit_account_id <> credit_account_id),
    CHECK ((symbol_id IS NULL) = (trade_id IS NULL)),
    PRIMARY KEY (journal_position, entry_no, timestamp_us)
  ) PARTITION BY RANGE (timestamp_us);

  CREATE VIEW ledger_postings AS
    SELECT journal_position, entry_no, timestamp_us, kind, asset_id, account_id, posted_units,
      CASE account_id
        WHEN -1 THEN 'external' WHEN 0 THEN 'house:fees' ELSE 'account:' || account_id
      END AS account
    FROM ledger_entries, LATERAL (VALUES
      (debit_account_id, -amount_units), (credit_account_id, amount_units)
    ) AS posting (account_id, posted_units);

  CREATE TABLE minute_candles (
    symbol_id integer NOT NULL,
    open_us bigint NOT NULL,
    open_ticks bigint NOT NULL,
    high_ticks bigint NOT NULL,
    low_ticks bigint NOT NULL,
    close_ticks bigint NOT NULL,
    volume_lots numeric NOT NULL,
    quote_units numeric NOT NULL,
    taker_buy_lots numeric NOT NULL,
    taker_buy_quote_units numeric NOT NULL,
    trade_count bigint NOT NULL,
    first_trade_id bigint NOT NULL,
    last_trade_id bigint NOT NULL,
    PRIMARY KEY (symbol_id, open_us)
  ) WITH (fillfactor = 50);
  `,
];
