// A server that lost keys of ours under an unchanged run id: evicted, deleted, or overwritten.

import { expect } from "chai";
import { RedisServer } from "../../../support/redis-server.ts";
import { batchOf, snapshotAt, VoterSession } from "../../../support/voter-session.ts";

const prefix = "{castle:lost}:";

/** What happens to which key, and what the next append or snapshot is answered with. */
const rows: readonly [string, string[], "append" | "writeSnapshot"][] = [
  ["its marks are evicted", ["DEL", "meta"], "append"],
  ["the log is evicted", ["DEL", "log"], "append"],
  ["the index is evicted", ["DEL", "index"], "append"],
  ["its marks are overwritten", ["SET", "meta", "x"], "append"],
  ["the log is overwritten", ["SET", "log", "x"], "append"],
  ["the index is overwritten", ["SET", "index", "x"], "append"],
  ["a part of the image is evicted", ["DEL", "segment:0"], "writeSnapshot"],
  ["the list of the image's parts is evicted", ["DEL", "segments"], "writeSnapshot"],
  ["that list is overwritten", ["SET", "segments", "x"], "writeSnapshot"],
];

describe("A Redis that lost keys", function () {
  // One server for all rows; starting it takes longer than a row.
  this.timeout(10_000);
  let server: RedisServer;
  let session: VoterSession;
  let instance: string;

  before(async () => {
    server = await RedisServer.start();
    session = await VoterSession.open(server.url, "lost");
  });
  beforeEach(async () => {
    await server.command("FLUSHALL");
    instance = await session.fill(snapshotAt(2, { 0: 1, 5000: 2 }), [batchOf(1, 3, 3)]);
    await session.ask({ kind: "agree", instance, epoch: 1 });
  });
  after(async () => {
    session.voter.close();
    await server.remove();
  });

  const append = () =>
    session.ask({
      kind: "append",
      instance,
      epoch: 1,
      previousPosition: 5,
      previousEpoch: 1,
      batches: [batchOf(1, 6, 1)],
      committed: 5,
      round: 0,
    });
  const writeSnapshot = () =>
    session.ask({
      kind: "writeSnapshot",
      instance,
      epoch: 1,
      onPosition: 2,
      snapshot: snapshotAt(4, { 1: 7 }),
    });

  for (const [what, [command = "", key, ...values], asked] of rows) {
    it(`is another instance after ${what}, and can be filled again`, async () => {
      await server.command(command, prefix + key, ...values);
      const reply = asked === "append" ? await append() : await writeSnapshot();
      expect(reply.kind).to.equal("amnesia");
      const seen = await session.ask({ kind: "observe" });
      expect(seen).to.include({ kind: "observed", isAgreed: false, lastPosition: 0 });
      expect(seen).to.have.property("instance").that.does.not.equal(instance);

      instance = await session.fill(snapshotAt(2, { 0: 3 }), [batchOf(1, 3, 3)]);
      expect((await append()).kind).to.equal("appended");
      expect((await writeSnapshot()).kind).to.equal("snapshotWritten");
    });
  }

  it("has no image after it forgot the one of which a part was gone", async () => {
    await server.command("DEL", `${prefix}segment:0`);
    expect((await writeSnapshot()).kind).to.equal("amnesia");
    const loaded = await session.ask({ kind: "loadSnapshot" });
    expect(loaded).to.include({ kind: "snapshotLoaded", snapshot: null });
  });

  it("gives no image of which a part is gone", async () => {
    await server.command("DEL", `${prefix}segment:1`);
    expect(await session.ask({ kind: "loadSnapshot" })).to.deep.equal({ kind: "failed" });
  });

  for (const [command, key] of [
    ["DEL", "deltas"],
    ["SET", "deltas"],
    ["SET", "followers"],
  ] as const) {
    it(`goes on after ${command} of ${key}, which hold nothing that was answered for`, async () => {
      await writeSnapshot();
      await server.command(command, prefix + key, ...(command === "SET" ? ["x"] : []));
      const snapshot = snapshotAt(5, { 1: 8 });
      const write = { kind: "writeSnapshot" as const, instance, epoch: 1, onPosition: 4, snapshot };
      expect((await session.ask(write)).kind).to.equal("snapshotWritten");
      expect((await session.ask({ kind: "trim", instance, epoch: 1, upTo: 4 })).kind).to.equal(
        "trimmed",
      );
      expect(await session.ask({ kind: "loadSnapshot" }))
        .to.have.property("snapshot")
        .not.equal(null);
    });
  }
});
