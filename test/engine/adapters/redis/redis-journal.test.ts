// The journal as followers read it, and a Redis whose memory is full.

import { expect } from "chai";
import { pino } from "pino";
import { RedisJournal } from "../../../../engine/adapters/redis/redis-journal.ts";
import type { LogBatch } from "../../../../engine/replication/log-batch.ts";
import type { RedisReply } from "../../../../engine/replication/messages.ts";
import { RedisServer } from "../../../support/redis-server.ts";
import {
  batchOf,
  fillingsOf,
  snapshotAt,
  textsOf,
  VoterSession,
} from "../../../support/voter-session.ts";

describe("RedisJournal", function () {
  this.timeout(10_000);
  let server: RedisServer;
  let session: VoterSession;
  let journal: RedisJournal;
  let instance: string;
  let shards = 0;

  before(async () => {
    server = await RedisServer.start();
  });
  after(() => server.remove());

  beforeEach(async () => {
    const shard = `journal-${++shards}`;
    session = await VoterSession.open(server.url, shard);
    instance = await session.fill(snapshotAt(2, { 3: 4 }), []);
    const log = pino({ level: "silent" });
    journal = new RedisJournal({ url: server.url, shard, timeoutMs: 1_000, log });
    await journal.connect();
  });
  afterEach(() => {
    session.voter.close();
    journal.close();
  });

  const append = (previous: number, batches: LogBatch[], committed: number): Promise<RedisReply> =>
    session.ask({
      kind: "append",
      instance,
      epoch: 1,
      previousPosition: previous,
      previousEpoch: 1,
      batches,
      committed,
      round: 0,
    });
  const trim = () => session.ask({ kind: "trim", instance, epoch: 1, upTo: 100 });

  it("gives committed entries only, from the position asked for", async () => {
    await append(2, [batchOf(1, 3, 4), batchOf(1, 7, 4)], 8);
    const part = await journal.read(4, 1 << 20);
    expect(textsOf(part.batches)).to.deep.equal(["4=1/4", "5=1/5", "6=1/6", "7=1/7", "8=1/8"]);
    expect(part).to.include({ committed: 8, firstAvailable: 3 });
    expect((await journal.read(9, 1 << 20)).batches).to.deep.equal([]);
  });

  it("does not call committed what a primary behind it says", async () => {
    await append(2, [batchOf(1, 3, 4)], 5);
    await append(2, [], 1_000);
    expect((await journal.read(3, 1 << 20)).committed).to.equal(5);
  });

  it("says where it starts to whom comes too late, who takes the snapshot", async () => {
    const part = await journal.read(1, 1 << 20);
    expect(part).to.deep.equal({ batches: [], committed: 2, firstAvailable: 3 });
    const snapshot = await journal.loadSnapshot();
    expect(snapshot?.position).to.equal(2);
    expect(fillingsOf(snapshot?.lines ?? new Uint8Array(4))).to.deep.equal({ 3: 4 });
  });

  it("is not trimmed beyond the slowest follower", async () => {
    await append(2, [batchOf(1, 3, 10)], 12);
    const snapshot = snapshotAt(12, {});
    await session.ask({ kind: "writeSnapshot", instance, epoch: 1, onPosition: 2, snapshot });
    await journal.follow("slow", 5);
    await journal.follow("fast", 11);
    await trim();
    expect((await journal.read(6, 1 << 20)).firstAvailable).to.equal(6);
    await journal.unfollow("slow");
    await trim();
    expect((await journal.read(12, 1 << 20)).firstAvailable).to.equal(12);
  });

  it("is trimmed through thousands of records by one request", async () => {
    const batches = Array.from({ length: 2_500 }, (_, index) => batchOf(1, 3 + index, 1));
    await append(2, batches, 2_502);
    const snapshot = snapshotAt(2_502, {});
    await session.ask({ kind: "writeSnapshot", instance, epoch: 1, onPosition: 2, snapshot });
    await session.ask({ kind: "trim", instance, epoch: 1, upTo: 2_400 });
    expect((await journal.read(2_401, 1 << 20)).firstAvailable).to.equal(2_401);
  });

  it("fails a call rather than wait for a connection", async () => {
    journal.close();
    const failure = await journal.read(1, 1).catch((error: unknown) => error);
    expect(failure).to.include({ code: "REDIS_UNREACHABLE" });
  });

  it("refuses everything that grows it when memory is full, and writes no half", async () => {
    await append(2, [batchOf(1, 3, 2)], 4);
    const snapshot = snapshotAt(4, { 3: 9 });
    await server.command("CONFIG", "SET", "maxmemory", "1mb");
    try {
      const failed = { kind: "failed", reason: "REDIS_OUT_OF_MEMORY" };
      expect(await append(4, [batchOf(1, 5, 1)], 5)).to.deep.equal(failed);
      const write = { kind: "writeSnapshot" as const, instance, epoch: 1, onPosition: 2, snapshot };
      expect(await session.ask(write)).to.deep.equal(failed);
      const fill = { kind: "fill" as const, instance, key: "full", epoch: 1, snapshot };
      expect(await session.ask({ ...fill, batches: [] })).to.deep.equal(failed);
      // One that can take nothing counts as lost, until it can.
      expect(await session.ask({ kind: "observe" })).to.deep.equal(failed);
      // A vote is a few bytes, and a primary must be found even now.
      const vote = await session.ask({
        kind: "vote",
        seat: "1",
        incarnation: 1,
        instance,
        epoch: 2,
      });
      expect(vote).to.include({ kind: "granted", lastPosition: 4, snapshotPosition: 2, instance });
    } finally {
      await server.command("CONFIG", "SET", "maxmemory", "0");
    }
    expect(await session.ask({ kind: "observe" })).to.include({ kind: "observed", epoch: 2 });
    expect(textsOf((await journal.read(3, 1 << 20)).batches)).to.deep.equal(["3=1/3", "4=1/4"]);
    expect(fillingsOf((await journal.loadSnapshot())?.lines ?? new Uint8Array(4))).to.deep.equal({
      3: 4,
    });
  });
});
