// TestPostgres: one real PostgreSQL for a test file, with a fresh database for each test.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type LocalPostgres, startPostgres } from "../../failover/local/postgres.ts";
import { freePort } from "./free-port.ts";

export class TestPostgres {
  private readonly dataDir = mkdtempSync(join(tmpdir(), "castle-history-"));
  private server: LocalPostgres | undefined;
  private starting: Promise<LocalPostgres> | undefined;
  private port = 0;
  private databases = 0;

  async start(): Promise<void> {
    this.port ||= await freePort();
    this.starting = startPostgres({
      dataDir: join(this.dataDir, "pg"),
      host: "127.0.0.1",
      port: this.port,
      log: () => {},
    });
    this.server = await this.starting;
  }

  /** As a power cut or the kernel does it. */
  async kill(): Promise<void> {
    // It may have answered a client before its own start was seen to be complete.
    const server = await this.starting;
    if (server === undefined) return;
    process.kill(server.pid, "SIGKILL");
    await server.exited;
  }

  async remove(): Promise<void> {
    await this.server?.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** The URL of an empty database. */
  async database(): Promise<string> {
    this.databases += 1;
    const name = `test_${this.databases}`;
    await ask(this.url, `CREATE DATABASE ${name}`);
    return this.url.replace(/[^/]*$/, name);
  }

  /** The URL of a copy of a database that nobody is connected to. */
  async copyOf(url: string): Promise<string> {
    this.databases += 1;
    const name = `test_${this.databases}`;
    await ask(this.url, `CREATE DATABASE ${name} TEMPLATE ${url.replace(/.*\//, "")}`);
    return this.url.replace(/[^/]*$/, name);
  }

  private get url(): string {
    if (this.server === undefined) throw new Error("start the server first");
    return this.server.url;
  }
}

/** The rows of one statement, as arrays. */
export async function ask(url: string, sql: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: "array" })).rows;
  } finally {
    await client.end();
  }
}

/** Runs statements; returns how many rows the last one changed. */
export async function change(url: string, sql: string): Promise<number | null> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const results = [await client.query(sql)].flat();
    return results.at(-1)?.rowCount ?? null;
  } finally {
    await client.end();
  }
}
