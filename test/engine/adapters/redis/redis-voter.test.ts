// The voter's rules, each accepted and refused, by a real Redis.

import { expect } from "chai";
import type { LogBatch } from "../../../../engine/replication/log-batch.ts";
import type { RedisReply, RedisRequest } from "../../../../engine/replication/messages.ts";
import { RedisServer } from "../../../support/redis-server.ts";
import {
  batchOf,
  fillingsOf,
  snapshotAt,
  textsOf,
  VoterSession,
} from "../../../support/voter-session.ts";

type Append = Extract<RedisRequest, { kind: "append" }>;

describe("RedisVoter", () => {
  let server: RedisServer;
  let session: VoterSession;
  let instance: string;
  let shards = 0;

  before(async function () {
    this.timeout(10_000);
    server = await RedisServer.start();
  });
  after(() => server.remove());

  beforeEach(async () => {
    session = await VoterSession.open(server.url, `rules-${++shards}`);
    instance = await session.fill(snapshotAt(0, { 0: 1 }, 0), []);
  });
  afterEach(() => session.voter.close());

  const append = (
    previous: [position: number, epoch: number],
    batches: LogBatch[],
    more: Partial<Append> = {},
  ): Promise<RedisReply> =>
    session.ask({
      kind: "append",
      instance,
      epoch: batches.at(-1)?.epoch ?? previous[1],
      previousPosition: previous[0],
      previousEpoch: previous[1],
      batches,
      committed: 0,
      round: 0,
      ...more,
    });

  const read = async (epoch: number, from = 1): Promise<string[]> => {
    const reply = await session.ask({ kind: "read", instance, epoch, from });
    return reply.kind === "entries" ? textsOf(reply.batches) : [JSON.stringify(reply)];
  };

  describe("append", () => {
    it("takes entries that follow its log, and names the last", async () => {
      const reply = await append([0, 0], [batchOf(1, 1, 3), batchOf(1, 4, 2)]);
      expect(reply).to.deep.equal({
        kind: "appended",
        instance,
        isAgreed: false,
        epoch: 1,
        position: 5,
      });
      expect(await read(1)).to.deep.equal(["1=1/1", "2=1/2", "3=1/3", "4=1/4", "5=1/5"]);
    });

    it("answers amnesia to who means another instance, and changes nothing", async () => {
      const reply = await append([0, 0], [batchOf(1, 1, 1)], { instance: "another" });
      expect(reply).to.deep.equal({ kind: "amnesia", instance });
      expect(await read(1)).to.deep.equal([]);
    });

    it("refuses an older epoch", async () => {
      await append([0, 0], [batchOf(3, 1, 1)]);
      const reply = await append([1, 3], [batchOf(1, 2, 1)], { epoch: 1 });
      expect(reply).to.include({ kind: "refused", reason: "OLD_EPOCH", epoch: 3 });
    });

    it("takes a higher epoch, even with a refusal", async () => {
      const reply = await append([9, 5], [], { epoch: 5 });
      expect(reply).to.include({ kind: "refused", reason: "GAP", retryAfter: 0, epoch: 5 });
      expect(await append([0, 0], [], { epoch: 3 })).to.include({ reason: "OLD_EPOCH" });
    });

    it("asks for what it lacks: after its end", async () => {
      await append([0, 0], [batchOf(1, 1, 3)]);
      const reply = await append([5, 1], [batchOf(1, 6, 1)]);
      expect(reply).to.include({ reason: "GAP", retryAfter: 3 });
    });

    it("asks for what differs: before the run of another epoch", async () => {
      await append([0, 0], [batchOf(1, 1, 3), batchOf(2, 4, 3)], { epoch: 2 });
      const reply = await append([6, 3], [batchOf(3, 7, 1)]);
      expect(reply).to.include({ reason: "GAP", retryAfter: 3 });
    });

    it("changes nothing where it has the entries, however they are batched", async () => {
      await append([0, 0], [batchOf(1, 1, 6)]);
      await append([1, 1], [batchOf(1, 2, 2), batchOf(1, 4, 1)]);
      expect(await read(1)).to.have.length(6);
    });

    it("cuts on a conflict, in the middle of a record", async () => {
      await append([0, 0], [batchOf(1, 1, 6)]);
      const reply = await append([3, 1], [batchOf(2, 4, 1)]);
      expect(reply).to.include({ kind: "appended", position: 4 });
      expect(await read(2)).to.deep.equal(["1=1/1", "2=1/2", "3=1/3", "4=2/4"]);
    });

    it("writes the part of a record that lies behind the end", async () => {
      await append([0, 0], [batchOf(1, 1, 3)]);
      await append([1, 1], [batchOf(1, 2, 4)]);
      expect(await read(1)).to.deep.equal(["1=1/1", "2=1/2", "3=1/3", "4=1/4", "5=1/5"]);
    });

    it("cuts at the first conflict of several records, and the old runs with it", async () => {
      await append([0, 0], [batchOf(1, 1, 2), batchOf(2, 3, 2), batchOf(4, 5, 4)], { epoch: 4 });
      await append([0, 0], [batchOf(1, 1, 2), batchOf(2, 3, 3), batchOf(5, 6, 1)], { epoch: 5 });
      expect((await read(5)).slice(4)).to.deep.equal(["5=2/5", "6=5/6"]);
      const reply = await session.ask({
        kind: "vote",
        seat: "1",
        incarnation: 1,
        instance,
        epoch: 6,
      });
      expect(reply).to.deep.include({
        runs: [
          { epoch: 0, first: 0 },
          { epoch: 1, first: 1 },
          { epoch: 2, first: 3 },
          { epoch: 5, first: 6 },
        ],
      });
    });

    it("never cuts what is committed", async () => {
      await append([0, 0], [batchOf(1, 1, 4)], { committed: 3 });
      expect(await append([1, 1], [batchOf(3, 2, 1)])).to.deep.equal({ kind: "failed" });
      expect(await read(1)).to.have.length(4);
    });

    it("refuses records with a gap, whole", async () => {
      const reply = await append([0, 0], [batchOf(1, 1, 2), batchOf(1, 4, 1)]);
      expect(reply.kind).to.equal("failed");
      expect(await read(1)).to.deep.equal([]);
    });

    it("counts heartbeats, so that a standby sees its primary live", async () => {
      const before = await session.ask({ kind: "observe" });
      await append([0, 0], [], { epoch: 1 });
      const after = await session.ask({ kind: "observe" });
      const beats = [before, after].map((reply) => (reply.kind === "observed" ? reply.beat : -1));
      expect(beats[1]).to.equal((beats[0] as number) + 1);
    });
  });

  describe("vote", () => {
    it("is granted to a higher epoch once, with what the log looks like", async () => {
      await append([0, 0], [batchOf(1, 1, 2)]);
      expect(
        await session.ask({ kind: "vote", seat: "1", incarnation: 1, instance, epoch: 2 }),
      ).to.deep.equal({
        kind: "granted",
        instance,
        isAgreed: false,
        epoch: 2,
        lastEpoch: 1,
        lastPosition: 2,
        snapshotPosition: 0,
        runs: [
          { epoch: 0, first: 0 },
          { epoch: 1, first: 1 },
        ],
      });
      const again = await session.ask({
        kind: "vote",
        seat: "1",
        incarnation: 1,
        instance,
        epoch: 2,
      });
      expect(again).to.include({ kind: "refused", reason: "OLD_EPOCH", epoch: 2 });
    });

    it("ends the appends of the primary before", async () => {
      await session.ask({ kind: "vote", seat: "1", incarnation: 1, instance, epoch: 2 });
      expect(await append([0, 0], [batchOf(1, 1, 1)])).to.include({ reason: "OLD_EPOCH" });
    });

    it("is not given by another instance than the one meant", async () => {
      const reply = await session.ask({
        kind: "vote",
        seat: "1",
        incarnation: 1,
        instance: "another",
        epoch: 9,
      });
      expect(reply).to.deep.equal({ kind: "amnesia", instance });
    });
  });

  describe("read", () => {
    it("is refused once the epoch is another than the vote's", async () => {
      await session.ask({ kind: "vote", seat: "1", incarnation: 1, instance, epoch: 4 });
      expect(await read(4)).to.deep.equal([]);
      const reply = await session.ask({ kind: "read", instance, epoch: 2, from: 1 });
      expect(reply).to.include({ kind: "refused", reason: "OLD_EPOCH", epoch: 4 });
    });

    it("starts in the middle of a record", async () => {
      await append([0, 0], [batchOf(1, 1, 5)]);
      expect(await read(1, 4)).to.deep.equal(["4=1/4", "5=1/5"]);
    });

    it("gives a long log in parts of about a megabyte", async function () {
      this.timeout(10_000);
      let last = 0;
      for (let call = 0; call < 30; call++) {
        const batches = [0, 1, 2, 3].map((part) => batchOf(1, last + 1 + part * 2_000, 2_000));
        await append([last, last === 0 ? 0 : 1], batches);
        last += 8_000;
      }
      let from = 1;
      let parts = 0;
      while (from <= last) {
        const reply = await session.ask({ kind: "read", instance, epoch: 1, from });
        if (reply.kind !== "entries") throw new Error(reply.kind);
        for (const batch of reply.batches) {
          expect(batch.first).to.equal(from);
          from += batch.count;
        }
        parts++;
      }
      expect(parts).to.be.greaterThan(2);
    });
  });

  describe("fill", () => {
    it("replaces everything, names the instance anew and takes back the agreement", async () => {
      await append([0, 0], [batchOf(1, 1, 5)]);
      await session.ask({ kind: "agree", instance, epoch: 1 });
      const filled = await session.fill(snapshotAt(7, { 3: 9 }, 1), [batchOf(3, 8, 2)], 3);
      expect(filled)
        .to.match(/:key-\d+$/)
        .and.not.equal(instance);
      expect(await session.ask({ kind: "observe" })).to.include({
        instance: filled,
        isAgreed: false,
        epoch: 3,
        lastEpoch: 3,
        lastPosition: 9,
        snapshotPosition: 7,
      });
      instance = filled;
      expect(await read(3, 8)).to.deep.equal(["8=3/8", "9=3/9"]);
      expect(await session.ask({ kind: "read", instance, epoch: 3, from: 7 })).to.include({
        reason: "TRIMMED",
      });
      const loaded = await session.ask({ kind: "loadSnapshot" });
      if (loaded.kind !== "snapshotLoaded") throw new Error(loaded.kind);
      expect(loaded.instance).to.equal(filled);
      expect(loaded.snapshot).to.include({ position: 7, epoch: 1, hash: "hash-7" });
      expect(fillingsOf(loaded.snapshot?.lines ?? new Uint8Array(4))).to.deep.equal({ 3: 9 });
    });

    it("changes nothing when it comes late or twice", async () => {
      const fill = {
        kind: "fill" as const,
        instance,
        key: "once",
        epoch: 1,
        snapshot: snapshotAt(2, {}, 1),
        batches: [],
      };
      expect((await session.ask(fill)).kind).to.equal("filled");
      instance = await session.instance();
      await append([2, 1], [batchOf(1, 3, 1)]);
      expect(await session.ask({ ...fill })).to.deep.equal({ kind: "amnesia", instance });
      expect(await read(1, 3)).to.deep.equal(["3=1/3"]);
    });

    it("is refused in an older epoch", async () => {
      await session.ask({ kind: "vote", seat: "1", incarnation: 1, instance, epoch: 8 });
      const reply = await session.ask({
        kind: "fill",
        instance,
        key: "late",
        epoch: 7,
        snapshot: snapshotAt(1, {}),
        batches: [],
      });
      expect(reply).to.include({ kind: "refused", reason: "OLD_EPOCH", epoch: 8, instance });
    });

    it("takes an image of many parts and a long journal, and leaves nothing staged", async () => {
      const fillings: Record<number, number> = {};
      for (let line = 0; line < 20_000; line++) fillings[line] = 1 + (line % 250);
      const batches = Array.from({ length: 1_500 }, (_, index) => batchOf(1, 11 + index, 1));
      await session.fill(snapshotAt(10, fillings), batches);
      const loaded = await session.ask({ kind: "loadSnapshot" });
      if (loaded.kind !== "snapshotLoaded") throw new Error(loaded.kind);
      expect(fillingsOf(loaded.snapshot?.lines ?? new Uint8Array(4))).to.deep.equal(fillings);
      expect(await session.ask({ kind: "observe" })).to.include({ lastPosition: 1_510 });
      expect(await server.command("KEYS", "*stage*")).to.deep.equal([]);
      const segment = `{castle:rules-${shards}}:segment:0`;
      expect(await server.command("TTL", segment)).to.equal(-1);
    });
  });

  describe("agree", () => {
    it("is of this instance only", async () => {
      const other = await session.ask({ kind: "agree", instance: "another", epoch: 1 });
      expect(other).to.deep.equal({ kind: "amnesia", instance });
      const reply = await session.ask({ kind: "agree", instance, epoch: 2 });
      expect(reply).to.deep.equal({ kind: "agreedUpon", instance, isAgreed: true, epoch: 2 });
      expect(await append([0, 0], [], { epoch: 2 })).to.include({ isAgreed: true });
    });

    it("is refused in an older epoch", async () => {
      await session.ask({ kind: "vote", seat: "1", incarnation: 1, instance, epoch: 8 });
      const reply = await session.ask({ kind: "agree", instance, epoch: 7 });
      expect(reply).to.include({ kind: "refused", reason: "OLD_EPOCH", isAgreed: false });
    });
  });

  describe("trim", () => {
    const trim = (upTo: number, epoch = 1) => session.ask({ kind: "trim", instance, epoch, upTo });

    beforeEach(async () => {
      instance = await session.fill(snapshotAt(0, { 0: 1 }, 0), []);
      await append([0, 0], [batchOf(1, 1, 4), batchOf(1, 5, 4)]);
      const snapshot = snapshotAt(6, { 0: 2 });
      const write = { kind: "writeSnapshot" as const, instance, epoch: 1, onPosition: 0, snapshot };
      expect((await session.ask(write)).kind).to.equal("snapshotWritten");
    });

    it("deletes up to the position asked for, also within a record", async () => {
      expect((await trim(3)).kind).to.equal("trimmed");
      expect(await session.ask({ kind: "read", instance, epoch: 1, from: 3 })).to.include({
        kind: "refused",
        reason: "TRIMMED",
        retryAfter: 3,
      });
      expect(await read(1, 4)).to.have.length(5);
    });

    it("never goes beyond the snapshot", async () => {
      await trim(8);
      expect(await read(1, 7)).to.deep.equal(["7=1/7", "8=1/8"]);
    });

    it("lets appends go on from before the first entry that is left", async () => {
      await trim(6);
      expect(await append([2, 1], [batchOf(1, 3, 7)])).to.include({ position: 9 });
      expect(await read(1, 7)).to.deep.equal(["7=1/7", "8=1/8", "9=1/9"]);
    });

    it("is refused in an older epoch", async () => {
      await session.ask({ kind: "vote", seat: "1", incarnation: 1, instance, epoch: 8 });
      expect(await trim(3)).to.include({ kind: "refused", reason: "OLD_EPOCH" });
    });
  });
});
