// Snapshots in Redis (rule 12): what is accepted, and that a reader never sees half of one.

import { expect } from "chai";
import fc from "fast-check";
import { pino } from "pino";
import { RedisConnection } from "../../../../engine/adapters/redis/connection.ts";
import { ImageBuilder, isWorthStaging, partsOf } from "../../../../engine/adapters/redis/image.ts";
import { readImage } from "../../../../engine/adapters/redis/image-reader.ts";
import type { RedisReply, Snapshot } from "../../../../engine/replication/messages.ts";
import { RedisServer } from "../../../support/redis-server.ts";
import {
  batchOf,
  type Fillings,
  fillingsOf,
  linesOf,
  snapshotAt,
  VoterSession,
} from "../../../support/voter-session.ts";

describe("A snapshot in Redis", function () {
  this.timeout(20_000);
  let server: RedisServer;
  let session: VoterSession;
  let instance: string;
  let shard: string;
  let shards = 0;

  before(async () => {
    server = await RedisServer.start();
  });
  after(() => server.remove());

  beforeEach(async () => {
    shard = `image-${++shards}`;
    session = await VoterSession.open(server.url, shard);
    instance = await session.fill(snapshotAt(0, { 0: 1, 5: 2 }, 0), [batchOf(1, 1, 200)]);
  });
  afterEach(() => session.voter.close());

  const write = (onPosition: number, snapshot: Snapshot, epoch = 1): Promise<RedisReply> =>
    session.ask({ kind: "writeSnapshot", instance, epoch, onPosition, snapshot });

  const load = async (): Promise<Snapshot> => {
    const reply = await session.ask({ kind: "loadSnapshot" });
    if (reply.kind !== "snapshotLoaded" || reply.snapshot === null) throw new Error(reply.kind);
    return reply.snapshot;
  };

  it("is the one before with the changed lines", async () => {
    const reply = await write(0, snapshotAt(3, { 5: 7, 9: 8 }));
    expect(reply).to.include({ kind: "snapshotWritten", position: 3, epoch: 1, instance });
    const loaded = await load();
    expect(loaded).to.include({ position: 3, epoch: 1, instance: "before", hash: "hash-3" });
    expect(fillingsOf(loaded.lines)).to.deep.equal({ 0: 1, 5: 7, 9: 8 });
  });

  it("is refused on another one than it was counted from", async () => {
    await write(0, snapshotAt(3, {}));
    expect(await write(0, snapshotAt(4, {}))).to.include({
      kind: "refused",
      reason: "SNAPSHOT_CHANGED",
    });
    expect(await write(3, snapshotAt(2, {}))).to.include({ reason: "SNAPSHOT_CHANGED" });
  });

  it("is refused where the journal does not hold the entry that it ends with", async () => {
    expect(await write(0, snapshotAt(201, {}))).to.include({ reason: "GAP", retryAfter: 200 });
    expect(await write(0, snapshotAt(3, {}, 2))).to.include({ reason: "GAP" });
  });

  it("is refused from an older epoch or for another instance", async () => {
    await session.ask({ kind: "vote", seat: "1", incarnation: 1, instance, epoch: 2 });
    expect(await write(0, snapshotAt(3, {}))).to.include({ reason: "OLD_EPOCH", epoch: 2 });
    instance = "another";
    expect((await write(0, snapshotAt(3, {}))).kind).to.equal("amnesia");
  });

  it("is refused whole where its lines are malformed", async () => {
    const snapshot = { ...snapshotAt(3, { 1: 1 }), lines: linesOf({ 1: 1 }).subarray(0, 200) };
    expect((await write(0, snapshot)).kind).to.equal("failed");
    expect(fillingsOf((await load()).lines)).to.deep.equal({ 0: 1, 5: 2 });
  });

  it("is staged where it is large, and is then as good as any other", async () => {
    const large: Record<number, number> = {};
    for (let line = 3; line < 12_000; line++) large[line] = 1 + (line % 200);
    expect((await write(0, snapshotAt(3, large))).kind).to.equal("snapshotWritten");
    expect(fillingsOf((await load()).lines)).to.deep.equal({ 0: 1, ...large });
    expect((await write(3, snapshotAt(4, { 7: 250 }))).kind).to.equal("snapshotWritten");
    expect(fillingsOf((await load()).lines)).to.deep.equal({ 0: 1, ...large, 7: 250 });
    expect(await server.command("KEYS", "*stage*")).to.deep.equal([]);
  });

  it("that is large is staged for nothing where another came first", async () => {
    const large: Record<number, number> = {};
    for (let line = 0; line < 9_000; line++) large[line] = 99;
    const late = write(0, snapshotAt(3, large));
    const early = write(0, snapshotAt(2, { 0: 42 }));
    expect((await early).kind).to.equal("snapshotWritten");
    expect(await late).to.include({ reason: "SNAPSHOT_CHANGED" });
    expect(fillingsOf((await load()).lines)).to.deep.equal({ 0: 42, 5: 2 });
  });

  it("keeps only so many deltas", async () => {
    for (let position = 1; position <= 100; position++) {
      await write(position - 1, snapshotAt(position, { 1: position }));
    }
    expect(await server.command("LLEN", `{castle:${shard}}:deltas`)).to.equal(64);
    expect(await server.command("KEYS", `{castle:${shard}}:delta:*`)).to.have.length(64);
  });

  it("is read as it was at its position, while others are written", async () => {
    // Lines in many segments, so that a reader needs many calls.
    const lineOf = (index: number) => (index % 8) * 4_096 + index * 7;
    const fillings: Record<number, number> = {};
    for (let index = 0; index < 40; index++) fillings[lineOf(index)] = 1;
    for (let index = 0; index < 8; index++) fillings[index * 4_096 + 4_095] = 1;
    instance = await session.fill(snapshotAt(0, fillings, 0), [batchOf(1, 1, 200)]);
    const images = new Map<number, Fillings>([[0, { ...fillings }]]);
    const log = pino({ level: "silent" });
    const connection = new RedisConnection({ url: server.url, shard, timeoutMs: 2_000, log });
    await connection.connect();
    const readers: Promise<void>[] = [];
    let isFuzzy = false;
    for (let position = 1; position <= 150; position++) {
      const changed: Record<number, number> = {};
      for (let index = 0; index < 8; index++)
        changed[lineOf((position * 5 + index * 3) % 40)] = position;
      Object.assign(fillings, changed);
      images.set(position, { ...fillings });
      if (position % 10 === 1) {
        const startedAt = position;
        readers.push(
          readImage(connection).then(({ snapshot }) => {
            if (snapshot === null) throw new Error("there is a snapshot");
            if (snapshot.position > startedAt + 1) isFuzzy = true;
            expect(snapshot.hash).to.equal(`hash-${snapshot.position}`);
            expect(fillingsOf(snapshot.lines)).to.deep.equal(images.get(snapshot.position));
          }),
        );
      }
      expect((await write(position - 1, snapshotAt(position, changed))).kind).to.equal(
        "snapshotWritten",
      );
    }
    await Promise.all(readers);
    expect(isFuzzy, "a reader was overtaken").to.equal(true);
    connection.close();
  });

  it("begins anew where the image is replaced while it is read", async () => {
    const many: Record<number, number> = {};
    for (let segment = 0; segment < 30; segment++) {
      for (let line = 0; line < 64; line++) many[segment * 4_096 + line * 64 + 63] = 1;
    }
    instance = await session.fill(snapshotAt(5, many), []);
    const reading = load();
    instance = await session.fill(snapshotAt(9, { 1: 3 }), []);
    const loaded = await reading;
    expect(loaded.position).to.be.oneOf([5, 9]);
    expect(fillingsOf(loaded.lines)).to.deep.equal(loaded.position === 5 ? many : { 1: 3 });
  });
});

describe("Staging", () => {
  it("is for large images, not for a few lines in many places, however many they are", () => {
    const every = (distance: number) =>
      linesOf(Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [at * distance, 1])));
    expect(isWorthStaging(every(1))).to.equal(true);
    expect(isWorthStaging(every(16))).to.equal(false);
    expect(isWorthStaging(linesOf({ 1: 1 }))).to.equal(false);
  });
});

describe("ImageBuilder", () => {
  it("puts together what was cut into parts", () => {
    const fillings = fc.dictionary(
      fc.integer({ min: 0, max: 20_000 }).map(String),
      fc.integer({ min: 1, max: 255 }),
      { maxKeys: 60 },
    );
    fc.assert(
      fc.property(fillings, fillings, (first, second) => {
        const builder = new ImageBuilder();
        for (const lines of [first, second].map(linesOf)) {
          for (const part of partsOf(lines)) builder.applyDelta(part);
        }
        expect(fillingsOf(builder.encode())).to.deep.equal({ ...first, ...second });
      }),
      { numRuns: 50 },
    );
  });
});
