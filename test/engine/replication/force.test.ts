// Rule 11: what a forced engine does, and what becomes of the other two.

import { expect } from "chai";
import { sliceBatch } from "../../../engine/replication/log-batch.ts";
import type { Snapshot } from "../../../engine/replication/messages.ts";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

/** Epoch and position of the last entry: where these are equal, all entries before are. */
function logOf(member: SmallMember): string {
  const { lastEpoch, lastPosition } = member.live.state.log;
  return `${lastEpoch} to ${lastPosition}`;
}

/** Engines 1 and 2 trade; then `lost` and Redis are gone, and the rest is forced. */
function forced(): { cluster: SmallCluster; survivor: SmallMember; lost: SmallMember } {
  const cluster = SmallCluster.whole();
  const { primary: lost, standby: survivor } = cluster.roles;
  for (let count = 0; count < 5; count++) lost.submit();
  cluster.run(100);
  cluster.cut(survivor.name, lost.name);
  cluster.cut(survivor.name, "redis");
  // Redis and the one that is lost go on for a moment: this is what a force may cost.
  for (let count = 0; count < 5; count++) lost.submit();
  cluster.run(100);
  lost.replica = null;
  cluster.until(() => survivor.codes.includes("SUSPECTED"));
  cluster.run(500);
  expect(cluster.serving).to.deep.equal([]);
  expect(survivor.live.operators.force("both are gone")).to.equal(null);
  cluster.until(() => survivor.live.isServing);
  return { cluster, survivor, lost };
}

describe("Force", () => {
  it("makes an engine serve alone", () => {
    const { cluster, survivor } = forced();
    expect(survivor.live.state.isAlone).to.equal(true);
    expect(survivor.codes).to.include("FORCED");
    const before = survivor.live.state.committed;
    expect(survivor.submit()).to.equal(true);
    cluster.run(20);
    expect(survivor.live.state.committed).to.be.greaterThan(before);
    expect(survivor.live.inSync()).to.deep.equal([]);
    // Asked again, it changes nothing.
    const { epoch } = survivor.live.state;
    expect(survivor.live.operators.force("again")).to.equal(null);
    expect(survivor.live.state.epoch).to.equal(epoch);
  });

  it("stays in force over restarts", () => {
    const { cluster, survivor } = forced();
    survivor.submit();
    cluster.run(20);
    const { lastPosition } = survivor.live.state.log;
    survivor.replica = null;
    survivor.start();
    cluster.until(() => survivor.live.isServing);
    expect(survivor.live.state.isAlone).to.equal(true);
    expect(survivor.live.state.committed).to.be.greaterThan(lastPosition);
  });

  it("makes the other engine give up what it had committed, and goes on with it", () => {
    const { cluster, survivor, lost } = forced();
    survivor.submit();
    cluster.cut(lost.name, "redis");
    lost.start();
    const before = lost.live.state.log.lastPosition;
    // As an engine whose checkpoint holds what the forced history left out.
    lost.live.state.commit(before);
    lost.live.state.applyUpTo(before);
    lost.live.state.checkpoint(lost.live.state.capture());
    cluster.join(survivor.name, lost.name);
    cluster.until(() => lost.codes.includes("LOG_ABANDONED"));
    // A snapshot of the forced history comes from its Redis.
    cluster.replaceRedis();
    cluster.join();
    cluster.until(() => survivor.live.inSync().length === 2);
    expect(survivor.codes).to.include("FORCE_ENDED");
    expect(survivor.live.state.isAlone).to.equal(false);
    expect(lost.codes).to.include("RECOVERED");
    survivor.submit();
    cluster.run(100);
    expect(logOf(lost)).to.equal(logOf(survivor));
    expect(lost.live.state.log.forcedEpoch).to.equal(survivor.live.state.log.forcedEpoch);
  });

  it("ends the rule of another engine, whatever its epoch", () => {
    const cluster = SmallCluster.whole();
    const { primary, standby } = cluster.roles;
    cluster.cut(standby.name, primary.name);
    cluster.cut(standby.name, "redis");
    cluster.until(() => standby.codes.includes("SUSPECTED"));
    standby.live.operators.force("an operator believes that both are gone");
    cluster.until(() => standby.live.isServing);
    standby.submit();
    // Meanwhile the other two go on, through many epochs.
    for (let count = 0; count < 4; count++) {
      primary.replica = null;
      primary.start();
      cluster.until(() => primary.live.isServing);
      primary.submit();
      cluster.run(50);
    }
    expect(primary.live.state.epoch).to.be.greaterThan(standby.live.state.epoch);
    cluster.join();
    cluster.until(() => standby.live.isServing && standby.live.inSync().length === 2);
    expect(primary.codes).to.include("LOG_ABANDONED");
    expect(primary.live.isServing).to.equal(false);
    standby.submit();
    cluster.run(100);
    expect(logOf(primary)).to.equal(logOf(standby));
  });

  it("is whole where a write of it was torn: what is left of it has its mark", () => {
    const { cluster, survivor, lost } = forced();
    lost.start();
    cluster.replaceRedis();
    cluster.join();
    cluster.until(() => survivor.live.inSync().length === 2);
    const { primary, standby } = cluster.roles;
    standby.crash();
    cluster.cut(primary.name, "redis");
    cluster.until(() => primary.live.inSync().length === 0);
    const { disk } = primary;
    const write = disk.appendLog.bind(disk);
    disk.appendLog = (batch) => {
      disk.appendLog = write;
      write(sliceBatch(batch, batch.first, batch.first));
      throw new Error("its machine died");
    };
    expect(() => primary.live.operators.force("both are gone")).to.throw("its machine died");
    const { aloneEpoch } = disk.control.load();
    primary.crash();
    primary.start();
    expect(primary.live.state.log.lastEpoch).to.equal(aloneEpoch);
    expect(primary.live.state.isAlone).to.equal(true);
  });

  it("takes no snapshot of what it left out, of a Redis that is older than it", () => {
    const { cluster, survivor, lost } = forced();
    const { snapshot } = cluster.redis.call({ kind: "loadSnapshot" }) as { snapshot: Snapshot };
    cluster.replaceRedis();
    lost.start();
    cluster.join();
    cluster.until(() => survivor.live.inSync().length === 2);
    expect(survivor.live.state.isAlone).to.equal(false);
    // Its checkpoint lies before the fork, and what is behind that is not known to be committed yet.
    survivor.crash();
    survivor.start();
    const { state } = survivor.live;
    const { lastPosition } = state.log;
    const position = state.log.base.position + 1;
    const epoch = state.log.epochAt(position) + 1;
    expect(epoch).to.be.at.most(state.log.forcedEpoch);
    expect(state.install({ ...snapshot, position, epoch })).to.equal(false);
    expect(state.log.lastPosition).to.equal(lastPosition);
  });

  it("goes on with a new Redis alone, and then with both", () => {
    const { cluster, survivor, lost } = forced();
    cluster.replaceRedis();
    cluster.join(survivor.name, "redis");
    cluster.until(() => survivor.live.inSync().includes("redis"));
    expect(survivor.codes).to.include("FORCE_ENDED");
    expect(survivor.live.inSync()).to.deep.equal(["redis"]);
    lost.start();
    cluster.join();
    cluster.until(() => survivor.live.inSync().length === 2);
    expect(logOf(lost)).to.equal(logOf(survivor));
    // And the two are a whole exchange again: whoever dies, the other serves.
    survivor.crash();
    cluster.until(() => lost.live.isServing);
  });

  it("keeps its history where only a new Redis has it, and the other engine comes back", () => {
    const { cluster, survivor, lost } = forced();
    cluster.replaceRedis();
    cluster.join(survivor.name, "redis");
    cluster.until(() => survivor.live.inSync().includes("redis"));
    survivor.submit();
    cluster.run(100);
    const { committed } = survivor.live.state;
    survivor.replica = null;
    lost.start();
    cluster.until(() => lost.live.isServing);
    expect(lost.live.state.committed).to.be.greaterThan(committed);
    survivor.start();
    cluster.join();
    cluster.until(() => lost.live.inSync().length === 2);
    expect(survivor.codes).not.to.include("LOG_ABANDONED");
    expect(logOf(survivor)).to.equal(logOf(lost));
  });

  it("is over for an engine that votes for another one, also where no answer had reached it", () => {
    const { cluster, survivor, lost } = forced();
    const hasAll = () => (lost.replica?.state.log.forcedEpoch ?? 0) > 0;
    cluster.delayMs = (from) => (from === lost.name && hasAll() ? 1e9 : 1);
    lost.start();
    cluster.join(survivor.name, lost.name);
    cluster.until(hasAll);
    survivor.crash();
    cluster.delayMs = () => 1;
    survivor.start();
    cluster.until(() => lost.live.isServing);
    cluster.replaceRedis();
    cluster.join();
    cluster.until(() => lost.live.inSync().length === 2);
    // One member is lost, and the other two go on: it must not go on as well.
    cluster.cut(survivor.name, lost.name);
    cluster.cut(survivor.name, "redis");
    expect(lost.submit()).to.equal(true);
    cluster.run(15_000);
    expect(lost.live.isServing).to.equal(true);
    expect(survivor.live.isServing).to.equal(false);
    expect(survivor.codes.filter((code) => code === "FORCED")).to.have.length(1);
  });

  it("is over before the other two can elect one of them, also where no answer of theirs arrives", () => {
    const { cluster, survivor, lost } = forced();
    const hasAll = () => (lost.replica?.state.log.forcedEpoch ?? 0) > 0;
    const isUnheard = () => hasAll() && cluster.redis.isAgreed;
    cluster.delayMs = (from, to) => {
      const isAnswer = from === lost.name || (from === "redis" && to === survivor.name);
      return isAnswer && to === survivor.name && (from === lost.name ? hasAll() : isUnheard())
        ? 1e9
        : 1;
    };
    lost.start();
    cluster.replaceRedis();
    cluster.join();
    cluster.until(() => cluster.redis.isAgreed && lost.live.state.redis.isAgreed);
    cluster.cut(survivor.name, lost.name);
    cluster.cut(survivor.name, "redis");
    cluster.until(() => lost.live.isServing);
    const { committed } = survivor.live.state;
    survivor.submit();
    cluster.run(2_000);
    expect(survivor.live.state.committed).to.equal(committed);
  });

  for (const [name, prepare, refusal] of [
    ["a primary that is answered", ({ roles }: SmallCluster) => roles.primary, "NOT_NEEDED"],
    [
      "a standby that hears its primary",
      ({ roles }: SmallCluster) => roles.standby,
      "PRIMARY_ALIVE",
    ],
    [
      "a fenced engine",
      ({ roles }: SmallCluster) => {
        roles.standby.live.operators.setFenced(true, "a test");
        return roles.standby;
      },
      "FENCED",
    ],
    [
      "an engine that could be elected",
      (cluster: SmallCluster) => {
        const { primary, standby } = cluster.roles;
        standby.live.operators.setPaused(true, "a test");
        primary.crash();
        cluster.until(
          () => standby.live.state.redis.isReachable && standby.codes.includes("SUSPECTED"),
        );
        return standby;
      },
      "VOTER_IN_REACH",
    ],
    [
      "an engine without its log",
      (cluster: SmallCluster) => {
        const { standby } = cluster.roles;
        standby.crash();
        standby.disk.loseLog();
        standby.start();
        return standby;
      },
      "LOG_LOST",
    ],
  ] as const) {
    it(`refuses ${name}`, () => {
      const member = prepare(SmallCluster.whole());
      expect(member.live.operators.force("a test")).to.equal(refusal);
      expect(member.codes).not.to.include("FORCED");
    });
  }
});
