// Real PostgreSQL servers on free ports.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import pg from "pg";
import { startPostgres } from "../../../failover/local/postgres.ts";
import { findUser, isMapped, runAs } from "../../../failover/local/unprivileged.ts";
import { freePort } from "../../support/free-port.ts";

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: "array" })).rows.flat();
  } finally {
    await client.end();
  }
}

describe("Local PostgreSQL", function () {
  this.timeout(30_000);
  // A new folder of mkdtemp is closed to other users, so root's tests take the way through /proc.
  const dataDir = mkdtempSync(join(tmpdir(), "castle-postgres-"));
  const said: string[] = [];
  const log = (line: string): unknown => said.push(line);
  const start = async (port?: number) =>
    startPostgres({
      dataDir: join(dataDir, "pg"),
      host: "127.0.0.1",
      port: port ?? (await freePort()),
      log,
    });

  after(() => rmSync(dataDir, { recursive: true, force: true }));

  it("keeps what was committed over stop and start", async () => {
    const first = await start();
    await ask(first.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.stop();
    const second = await start();
    expect(await ask(second.url, "SELECT answer FROM kept")).to.deep.equal([42]);
    await second.stop();
  });

  it("keeps what was committed over kill -9, and starts again at once", async () => {
    const first = await start();
    await ask(first.url, "CREATE TABLE survivor AS SELECT 43 AS answer");
    process.kill(first.pid, "SIGKILL");
    await first.exited;
    const second = await start();
    expect(await ask(second.url, "SELECT answer FROM survivor")).to.deep.equal([43]);
    await second.stop();
  });

  it("takes over from a server that its supervisor left behind", async () => {
    const port = await freePort();
    const left = await start(port);
    const next = await start(port);
    await left.exited;
    expect(next.pid).not.to.equal(left.pid);
    expect(await ask(next.url, "SELECT 1")).to.deep.equal([1]);
    await next.stop();
  });

  it("writes through to the disk before it answers", async () => {
    const server = await start();
    const names = ["fsync", "synchronous_commit", "full_page_writes"];
    for (const name of names) expect(await ask(server.url, `SHOW ${name}`)).to.deep.equal(["on"]);
    await server.stop();
  });

  it("lets nobody in without the password", async () => {
    const server = await start();
    const url = server.url.replace(/castle:[^@]+@/, "castle:guess@");
    const code = await ask(url, "SELECT 1").then(
      () => "admitted",
      (error: pg.DatabaseError) => error.code,
    );
    expect(code).to.equal("28P01");
    await server.stop();
  });

  it("says that its port is taken", async () => {
    const other = createServer();
    await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
    const { port } = other.address() as { port: number };
    const message = await start(port).then(
      () => "started",
      (error: Error) => error.message,
    );
    other.close();
    expect(message).to.equal(`port ${port} on 127.0.0.1 is taken: PostgreSQL cannot listen there`);
  });
});

describe("Unprivileged", () => {
  it("finds a user's ids in the password file", () => {
    const passwd = "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104:,,,:/:/bin/sh\n";
    expect(findUser(passwd, "postgres")).to.deep.equal({ uid: 101, gid: 104 });
    expect(findUser(passwd, "nobody")).to.equal(undefined);
  });

  it("knows which ids a user namespace maps", () => {
    expect(isMapped("         0          0 4294967295\n", 101)).to.equal(true);
    expect(isMapped("         0       1000          1\n", 101)).to.equal(false);
  });

  it("hands a command of a namespace's root to a second namespace", () => {
    const line = runAs({ kind: "nestedNamespace" }, "postgres", ["-D", "x"]);
    expect([line.command, ...line.args].join(" ")).to.equal(
      "unshare --user --map-user=65534 --map-group=65534 -- postgres -D x",
    );
  });
});
