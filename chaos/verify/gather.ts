// Gathers the evidence: the journal from the engines' files, PostgreSQL's rows, and the engine's own
// audit of one against the other. To be called at rest, with PostgreSQL still running.

import { join } from "node:path";
import pg from "pg";
import {
  type AuditReport,
  auditHistory,
  type Exchange,
  journalOrders,
  readWholeJournal,
} from "../../failover/index.ts";
import type { OpenOrder } from "../load/load-protocol.ts";
import type { Look } from "../probes/roles.ts";
import type { Evidence, StoredOrder } from "./evidence.ts";

export interface Gathered {
  readonly evidence: Evidence;
  readonly audit: AuditReport;
}

const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 60_000;

type Kept = Pick<Exchange, "config" | "dataDir">;

/** A string says why there is no evidence. */
export async function gather(
  exchange: Kept,
  { engines }: Pick<Look, "engines">,
  openOrders: readonly OpenOrder[] | undefined,
): Promise<Gathered | string> {
  const names = engines
    .toSorted((a, b) => Number(b.role === "primary") - Number(a.role === "primary"))
    .map(({ node }) => node);
  try {
    return await gatherFrom(exchange, names, openOrders);
  } catch (error) {
    return (error as Error).message;
  }
}

async function gatherFrom(
  { config, dataDir }: Kept,
  engines: readonly string[],
  openOrders: readonly OpenOrder[] | undefined,
): Promise<Gathered> {
  const { capacity, postgres } = config;
  const dirs = engines.map((engine) => join(dataDir, engine));
  const journal = await journalOrders(readWholeJournal(dirs), capacity);
  const audit = await auditHistory({
    journal: readWholeJournal(dirs),
    postgresUrl: postgres.url,
    capacity,
  });
  const history = await historyOrders(postgres.url);
  return { evidence: { journal, history, openOrders }, audit };
}

async function historyOrders(url: string): Promise<StoredOrder[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  await client.connect();
  try {
    const { rows } = await client.query(
      "SELECT account_id, client_order_id, order_id, status FROM orders",
    );
    return rows.map((row) => ({
      accountId: Number(row.account_id),
      clientOrderId: String(row.client_order_id),
      orderId: Number(row.order_id),
      status: String(row.status),
    }));
  } finally {
    await client.end();
  }
}
