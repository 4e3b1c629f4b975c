// Session: one connection to PostgreSQL on which every step ends in time. A step that does not
// (a network that swallows packets says nothing) destroys the connection: what it did is then
// unknown, and found out by whoever opens the next one.

import pg from "pg";

/** The few things that the history asks of a connection. Tests put failures in between. */
export interface Session {
  query(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** `sql` is a COPY ... FROM STDIN; `data` all of it. */
  copyIn(sql: string, data: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export type Row = Record<string, unknown>;

/** COPY's data in one message are at most 1 GB; smaller ones keep the copies made of them small. */
const chunkBytes = 256 * 1024;

export async function connect(url: string, timeoutMs: number): Promise<Session> {
  const client = new pg.Client({
    connectionString: url,
    application_name: "castle-history",
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
    keepAlive: true,
    types: safeIntegers,
  });
  // Losing the connection fails the step in flight or the next one; there is nothing else to do.
  client.on("error", () => {});
  await client.connect();
  return new PgSession(client, timeoutMs);
}

class PgSession implements Session {
  private readonly client: pg.Client;
  private readonly timeoutMs: number;

  constructor(client: pg.Client, timeoutMs: number) {
    this.client = client;
    this.timeoutMs = timeoutMs;
  }

  async query(text: string, values?: readonly unknown[]): Promise<Row[]> {
    // With values, the text itself is the name under which the server keeps the plan.
    const config =
      values === undefined ? { text } : { name: planName(text), text, values: [...values] };
    const result = await this.inTime(this.client.query<Row>(config));
    return result.rows;
  }

  async copyIn(sql: string, data: Uint8Array): Promise<void> {
    await this.inTime(
      new Promise<void>((resolve, reject) => {
        this.client.query(new CopyIn(sql, data, (error) => (error ? reject(error) : resolve())));
      }),
    );
  }

  async close(): Promise<void> {
    await this.inTime(this.client.end()).catch(() => {});
  }

  private async inTime<T>(step: Promise<T>): Promise<T> {
    const timer = setTimeout(() => destroy(this.client), this.timeoutMs);
    try {
      return await step;
    } finally {
      clearTimeout(timer);
    }
  }
}

function destroy(client: pg.Client): void {
  (client as unknown as { connection: Connection }).connection.stream.destroy();
}

interface Connection {
  readonly stream: { destroy(): void };
  query(sql: string): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
}

/** COPY FROM STDIN as pg's clients run it: the messages of the protocol, handled one by one. */
class CopyIn implements pg.Submittable {
  private readonly sql: string;
  private readonly data: Uint8Array;
  private readonly callback: (error: Error | null) => void;

  constructor(sql: string, data: Uint8Array, callback: (error: Error | null) => void) {
    this.sql = sql;
    this.data = data;
    this.callback = callback;
  }

  submit(connection: unknown): void {
    (connection as Connection).query(this.sql);
  }

  handleCopyInResponse(connection: Connection): void {
    for (let at = 0; at < this.data.length; at += chunkBytes) {
      connection.sendCopyFromChunk(this.data.subarray(at, at + chunkBytes));
    }
    connection.endCopyFrom();
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null);
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}

const planNames = new Map<string, string>();

function planName(text: string): string {
  let name = planNames.get(text);
  if (name === undefined) {
    name = `castle_${planNames.size + 1}`;
    planNames.set(text, name);
  }
  return name;
}

const int8 = 20;

/** int8 as number: the core keeps every amount, id and time within the safe integers. */
export const safeIntegers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: "text" | "binary") =>
    oid === int8 && format !== "binary"
      ? parseSafeInteger
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is no safe integer`);
  return value;
}
