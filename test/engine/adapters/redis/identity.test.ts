// Which Redis it is (rule 8), whatever happens to the server, and how a connection lives.

import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { CastleError } from "../../../../engine/errors.ts";
import type { RedisReply } from "../../../../engine/replication/messages.ts";
import { freePort } from "../../../support/free-port.ts";
import { RedisServer } from "../../../support/redis-server.ts";
import { batchOf, snapshotAt, VoterSession } from "../../../support/voter-session.ts";

/** Asks until the server answers: a lost connection comes back by itself. */
async function observe(session: VoterSession): Promise<RedisReply & { kind: "observed" }> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const reply = await session.ask({ kind: "observe" });
    if (reply.kind === "observed") return reply;
    await sleep(10);
  }
  throw new Error("Redis did not come back");
}

describe("The identity of a Redis", function () {
  this.timeout(30_000);
  let server: RedisServer;
  let session: VoterSession;
  let instance: string;

  beforeEach(async () => {
    server = await RedisServer.start();
    session = await VoterSession.open(server.url, "identity");
    instance = await session.fill(snapshotAt(0, { 0: 1 }, 0), [batchOf(1, 1, 3)]);
    await session.ask({ kind: "agree", instance, epoch: 1 });
  });
  afterEach(async () => {
    session.voter.close();
    await server.remove();
  });

  it("changes with a restart, which keeps the log but not the agreement", async () => {
    await server.restart();
    const seen = await observe(session);
    expect(seen.instance).to.not.equal(instance);
    expect(seen).to.include({ isAgreed: false, epoch: 1, lastPosition: 3, lastEpoch: 1 });
    const vote = await session.ask({ kind: "vote", seat: "1", incarnation: 1, instance, epoch: 2 });
    expect(vote).to.deep.equal({ kind: "amnesia", instance: seen.instance });
  });

  it("changes when everything is flushed", async () => {
    await server.command("FLUSHALL");
    const seen = await observe(session);
    expect(seen.instance).to.match(/:$/).and.not.equal(instance);
    expect(seen).to.include({ epoch: 0, lastPosition: 0, snapshotPosition: -1, isAgreed: false });
    const loaded = await session.ask({ kind: "loadSnapshot" });
    expect(loaded).to.include({ kind: "snapshotLoaded", snapshot: null });
  });

  it("changes when a replica is promoted", async () => {
    await server.command("CONFIG", "SET", "repl-diskless-sync-delay", 0);
    const replica = await RedisServer.start();
    let other: VoterSession | undefined;
    try {
      await replica.command("REPLICAOF", "127.0.0.1", server.port);
      const isSynced = async () =>
        String(await replica.command("INFO", "replication")).includes("master_link_status:up");
      while (!(await isSynced())) await sleep(50);
      // A backlog for the first replica gives the server a new replication id.
      instance = (await observe(session)).instance;

      other = new VoterSession(replica.url, "identity");
      const refused = await other.voter.connect().catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(CastleError).and.include({ code: "REDIS_UNREACHABLE" });

      await replica.command("REPLICAOF", "NO", "ONE");
      const seen = await observe(other);
      expect(seen.instance).to.not.equal(instance);
      expect(seen).to.include({ isAgreed: false, lastPosition: 3 });
    } finally {
      other?.voter.close();
      await replica.remove();
    }
  });

  it("is refused by a master that became a replica, until it is one again", async () => {
    await server.command("REPLICAOF", "127.0.0.1", await freePort());
    const reason = "REDIS_READ_ONLY";
    expect(await session.ask({ kind: "observe" })).to.deep.equal({ kind: "failed", reason });
    await server.command("REPLICAOF", "NO", "ONE");
    expect((await observe(session)).instance).to.not.equal(instance);
  });

  it("survives the loss of the library, which is loaded again", async () => {
    await server.command("FUNCTION", "FLUSH");
    expect(await session.ask({ kind: "observe" })).to.deep.equal({ kind: "failed" });
    expect((await observe(session)).instance).to.equal(instance);
  });
});

describe("The connection to Redis", function () {
  this.timeout(30_000);

  it("fails every call of a server that fell silent, once, and comes back", async () => {
    const server = await RedisServer.start();
    const session = await VoterSession.open(server.url, "silent", 100);
    try {
      server.signal("SIGSTOP");
      const calls = [1, 2, 3].map(() => session.ask({ kind: "observe" }));
      const failed = { kind: "failed" };
      expect(await Promise.all(calls)).to.deep.equal([failed, failed, failed]);
      // Also while it still cannot be reached.
      expect(await session.ask({ kind: "observe" })).to.deep.equal(failed);
      server.signal("SIGCONT");
      await observe(session);
      expect(session.surplus).to.equal(0);
    } finally {
      session.voter.close();
      await server.remove();
    }
  });

  it("fails the calls under way when the server dies, and finds the next one", async () => {
    const server = await RedisServer.start();
    const session = await VoterSession.open(server.url, "dies");
    try {
      server.signal("SIGSTOP");
      const call = session.ask({ kind: "observe" });
      server.signal("SIGKILL");
      expect(await call).to.deep.equal({ kind: "failed" });
      await server.start();
      await observe(session);
    } finally {
      session.voter.close();
      await server.remove();
    }
  });

  it("says at once that nobody is there, and goes on trying", async () => {
    const session = new VoterSession(`redis://127.0.0.1:${await freePort()}`, "nobody");
    const error = await session.voter.connect().catch((fault: unknown) => fault);
    expect(error).to.be.instanceOf(CastleError).and.include({ code: "REDIS_UNREACHABLE" });
    expect(await session.ask({ kind: "observe" })).to.deep.equal({ kind: "failed" });
    session.voter.close();
  });

  it("refuses a server that evicts keys", async () => {
    const server = await RedisServer.start("--maxmemory-policy", "allkeys-lru");
    const session = new VoterSession(server.url, "evicts");
    const error = await session.voter.connect().catch((fault: Error) => fault);
    expect(error).to.be.instanceOf(CastleError).and.include({ code: "REDIS_EVICTS" });
    expect(error).to.have.property("message").that.includes("noeviction");
    session.voter.close();
    await server.remove();
  });

  it("refuses a Redis before 7, and says what to install", async () => {
    const old = await fakeServer("redis_version:6.2.14\r\nrole:master\r\n");
    const session = new VoterSession(old.url, "old");
    const error = await session.voter.connect().catch((fault: unknown) => fault);
    expect(error).to.be.instanceOf(CastleError).and.include({ code: "REDIS_TOO_OLD" });
    expect((error as Error).message).to.include("install Redis 7");
    session.voter.close();
    old.server.close();
  });
});

/** Answers everything with one text. */
async function fakeServer(text: string): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.write(`$${text.length}\r\n${text}\r\n`));
  });
  const port = await freePort();
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return { url: `redis://127.0.0.1:${port}`, server };
}
