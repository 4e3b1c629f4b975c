// PostgresHistoryReader: answers the gateways' questions about the past from PostgreSQL. A question waits
// until PostgreSQL has reached the position it names, tries again while PostgreSQL is away, and ends
// after its own timeout in any case.

import pg from "pg";
import type { OrderView } from "../../core/event.ts";
import { CastleError } from "../../errors.ts";
import type {
  AccountTrade,
  AllOrdersQuery,
  Candle,
  CandlesQuery,
  Freshness,
  HistoryReader,
  MyTradesQuery,
  PublicTrade,
  PublicTradesQuery,
} from "../history-reader.ts";
import { isPassing } from "./outage.ts";
import * as read from "./questions.ts";
import { type Row, safeIntegers } from "./session.ts";

export interface PostgresHistoryReaderOptions {
  readonly url: string;
  readonly connectionsMax?: number;
  /** Upper bound of any single statement. */
  readonly statementTimeoutMs?: number;
}

/** Between two looks at the journal position while somebody waits: shorter than a write takes. */
const pollMs = 5;
const retryMs = 25;

export class PostgresHistoryReader implements HistoryReader {
  private readonly pool: pg.Pool;
  /** PostgreSQL shows at least this position. */
  private reachedPosition = 0;
  private look: Promise<void> | undefined;

  constructor({
    url,
    connectionsMax = 8,
    statementTimeoutMs = 5_000,
  }: PostgresHistoryReaderOptions) {
    this.pool = new pg.Pool({
      connectionString: url,
      application_name: "castle-history-reader",
      max: connectionsMax,
      connectionTimeoutMillis: statementTimeoutMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: 2 * statementTimeoutMs,
      keepAlive: true,
      types: safeIntegers,
    });
    // An idle connection that breaks leaves the pool; the next question opens another.
    this.pool.on("error", () => {});
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  async orderById(
    query: Freshness & { accountId: number; symbolId: number; orderId: number },
  ): Promise<OrderView | undefined> {
    const rows = await this.ask(query, read.orderById(query));
    return rows[0] === undefined ? undefined : read.toOrder(rows[0]);
  }

  async orderByClientId(
    query: Freshness & { accountId: number; symbolId: number; clientOrderId: string },
  ): Promise<OrderView | undefined> {
    const rows = await this.ask(query, read.orderByClientId(query));
    return rows[0] === undefined ? undefined : read.toOrder(rows[0]);
  }

  async allOrders(query: AllOrdersQuery): Promise<OrderView[]> {
    const rows = await this.ask(query, read.allOrders(query));
    return rows.map(read.toOrder).sort((a, b) => a.orderId - b.orderId);
  }

  async myTrades(query: MyTradesQuery): Promise<AccountTrade[]> {
    const rows = await this.ask(query, read.myTrades(query));
    return rows
      .map(read.toAccountTrade)
      .sort((a, b) => a.tradeId - b.tradeId || Number(b.isMaker) - Number(a.isMaker));
  }

  async tradesOf(query: PublicTradesQuery): Promise<PublicTrade[]> {
    const rows = await this.ask(query, read.tradesOf(query));
    return rows.map(read.toPublicTrade).sort((a, b) => a.tradeId - b.tradeId);
  }

  async minuteCandles(query: CandlesQuery): Promise<Candle[]> {
    const rows = await this.ask(query, read.minuteCandles(query));
    return rows.map(read.toCandle);
  }

  private async ask(
    { minPosition, timeoutMs }: Freshness,
    question: read.Question,
  ): Promise<Row[]> {
    const deadlineMs = performance.now() + timeoutMs;
    let cause: Error | undefined;
    while (performance.now() < deadlineMs) {
      try {
        if (this.reachedPosition < minPosition) await inTime(this.lookOnce(), deadlineMs);
        if (this.reachedPosition >= minPosition) {
          const { text, values } = question;
          const { rows } = await inTime(this.pool.query<Row>(text, [...values]), deadlineMs);
          return rows;
        }
        await pause(pollMs);
      } catch (error) {
        if (!(error instanceof TimedOut) && !isPassing(error)) throw error;
        cause = error as Error;
        // Whoever answers next may be a replica that stands earlier.
        this.reachedPosition = 0;
        await pause(retryMs);
      }
    }
    throw new CastleError(
      "HISTORY_UNAVAILABLE",
      "the history does not answer, or has not caught up, in time",
      { minPosition, reachedPosition: this.reachedPosition, timeoutMs },
      { cause },
    );
  }

  /** Reads the journal position, once for all who wait for it. */
  private lookOnce(): Promise<void> {
    this.look ??= this.pool
      .query<{ position: number }>("SELECT position FROM journal_position")
      .then(({ rows }) => {
        this.reachedPosition = Math.max(this.reachedPosition, rows[0]?.position ?? 0);
      })
      .finally(() => {
        this.look = undefined;
      });
    return this.look;
  }
}

class TimedOut extends Error {}

async function inTime<T>(answer: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    const restMs = Math.max(0, deadlineMs - performance.now());
    timer = setTimeout(() => reject(new TimedOut("no answer in time")), restMs);
  });
  try {
    return await Promise.race([answer, end]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, ms));
}
