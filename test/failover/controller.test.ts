// The controller of the region that follows, on a world in memory: it tells, waits, proposes, takes over, and goes
// on with what a controller before it had begun when it was killed.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { Controller } from "../../failover/controller.ts";
import type { RegionPolicy } from "../../failover/decide/region-decision.ts";
import { OperationLog, type OperationRecord } from "../../failover/plan/operation-log.ts";
import { MemoryWorld } from "./operations/memory-world.ts";

const gates = {
  lagEntriesMax: 100,
  lagMsMax: 1_000,
  failedLooksMin: 3,
  windowMs: 2_000,
  antiFlapMs: 60_000,
};

const engineNames = ["engine-1", "engine-2"] as const;

class Crash extends Error {}

class CrashingLog extends OperationLog {
  left = Number.POSITIVE_INFINITY;

  override add(record: OperationRecord): void {
    if (this.left === 0) throw new Crash();
    this.left -= 1;
    super.add(record);
  }
}

describe("Controller of a region", function () {
  // Records are on disk before the next step.
  this.timeout(20_000);
  const directories: string[] = [];
  after(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  let world: MemoryWorld;
  let directory: string;
  let nowMs: number;

  beforeEach(async () => {
    world = await MemoryWorld.opened();
    directory = mkdtempSync(join(tmpdir(), "castle-controller-"));
    directories.push(directory);
    nowMs = 1_000_000;
  });

  function controllerOf(
    region: string,
    approval: RegionPolicy["approval"],
    log = new OperationLog(directory),
  ): Controller {
    return new Controller({
      region,
      startsAsActive: region === "home",
      ports: world.ports(),
      policy: { approval, gates },
      log,
      logger: pino({ level: "silent" }),
      nowMs: () => nowMs,
      pollMs: 1_000,
    });
  }

  async function steps(controller: Controller, count: number): Promise<void> {
    for (let index = 0; index < count; index++) {
      await controller.step();
      nowMs += 1_000;
    }
  }

  const regionOf = (region: string) => world.engine(region, "engine-1").region;

  it("writes the first leadership, where its region starts as the active one", async () => {
    world = new MemoryWorld();
    await steps(controllerOf("dr", "automatic"), 1);
    expect(await world.register.read("demo", new AbortController().signal)).to.equal(null);
    await steps(controllerOf("home", "automatic"), 1);
    const first = await world.register.read("demo", new AbortController().signal);
    expect(first).to.include({ region: "home", term: 1 });
  });

  it("tells its engines every second who leads", async () => {
    const controller = controllerOf("home", "automatic");
    await steps(controller, 2);
    expect(world.asked).to.deep.equal([
      "home/engine-1 region",
      "home/engine-2 region",
      "home/engine-1 region",
      "home/engine-2 region",
    ]);
    expect(controller.confirmedAtMs).to.equal(nowMs - 1_000);
  });

  it("tells its engines since when, so that they know what they have missed", async () => {
    const signal = new AbortController().signal;
    const move = { shard: "demo", toRegion: "home", by: "t", reason: "t" };
    for (const term of [1, 2]) {
      await world.register.move({ ...move, from: { region: "home", term } }, signal);
    }
    for (const name of engineNames) {
      Object.assign(world.engine("home", name), { isServing: false, isDrained: true });
    }
    await steps(controllerOf("home", "automatic"), 1);
    for (const name of engineNames) {
      expect(world.engine("home", name)).to.deep.include({
        region: { role: "active", term: 3, sinceTerm: 1 },
      });
    }
    expect(world.engine("home", "engine-1").isServing).to.equal(true);
  });

  it("demotes its engines when the register names the other region", async () => {
    const move = { shard: "demo", from: { region: "home", term: 1 }, toRegion: "dr" };
    await world.register.move({ ...move, by: "t", reason: "t" }, new AbortController().signal);
    await steps(controllerOf("home", "automatic"), 1);
    expect(regionOf("home")).to.deep.equal({ role: "dr", term: 2, sinceTerm: 2 });
  });

  it("takes over from a lost region, once it is sure", async () => {
    const controller = controllerOf("dr", "automatic");
    await steps(controller, 2);
    world.lose("home");
    await steps(controller, 2);
    expect(controller.decision).to.deep.equal({ kind: "none", reason: "SUSPECTED" });
    await steps(controller, 1);
    expect(controller.lastPlan?.kind).to.equal("done");
    expect(regionOf("dr")).to.deep.equal({ role: "active", term: 2, sinceTerm: 2 });
    expect([world.trafficRegion, world.writerRegion]).to.deep.equal(["dr", "dr"]);
    await steps(controller, 1);
    expect(controller.decision).to.deep.equal({ kind: "confirm", reason: "LEADS" });
  });

  it("leaves it to a person where the link was silent while the lost region lived on", async () => {
    const controller = controllerOf("dr", "automatic");
    await steps(controller, 2);
    // The region is seen alive, and what it takes does not arrive.
    for (const heardAgoMs of [400, 1_400, 2_400]) {
      for (const engine of engineNames) world.engine("dr", engine).heardAgoMs = heardAgoMs;
      await steps(controller, 1);
      expect(controller.decision.reason).to.equal("FOLLOWS");
    }
    world.lose("home");
    await steps(controller, 10);
    expect(controller.decision).to.deep.equal({ kind: "propose", reason: "LAG_ABOVE_GATE" });
    expect(controller.proposal?.lag).to.deep.equal({ entries: 0, ms: 2_400 });
    expect(regionOf("dr")).to.deep.equal({ role: "dr", term: 1, sinceTerm: 1 });
    expect(controller.approve(controller.proposal?.id ?? "")).to.equal(true);
    await steps(controller, 1);
    expect(regionOf("dr")).to.deep.equal({ role: "active", term: 2, sinceTerm: 2 });
  });

  it("takes over where the link fell silent with the region, however long ago that is", async () => {
    const controller = controllerOf("dr", "automatic");
    await steps(controller, 2);
    world.lose("home");
    world.register.isUnreachable = true;
    for (const heardAgoMs of [1_020, 2_020, 3_020, 4_020, 60_020]) {
      for (const engine of engineNames) world.engine("dr", engine).heardAgoMs = heardAgoMs;
      await steps(controller, 1);
    }
    world.register.isUnreachable = false;
    await steps(controller, 1);
    expect(regionOf("dr")).to.deep.equal({ role: "active", term: 2, sinceTerm: 2 });
  });

  it("leaves it to a person where it was started too late to know when the region was lost", async () => {
    world.lose("home");
    for (const engine of engineNames) world.engine("dr", engine).heardAgoMs = 1_200;
    const controller = controllerOf("dr", "automatic");
    await steps(controller, 5);
    expect(controller.decision).to.deep.equal({ kind: "propose", reason: "LAG_ABOVE_GATE" });
  });

  it("waits for a person, where that is the mode", async () => {
    const controller = controllerOf("dr", "manual");
    await steps(controller, 1);
    world.lose("home");
    await steps(controller, 5);
    const { proposal } = controller;
    expect(proposal).to.include({ reason: "APPROVAL_NEEDED" });
    expect(regionOf("dr").role).to.equal("dr");
    expect(controller.approve("another")).to.equal(false);
    expect(controller.approve(proposal?.id ?? "")).to.equal(true);
    await steps(controller, 1);
    expect(regionOf("dr")).to.deep.equal({ role: "active", term: 2, sinceTerm: 2 });
    expect(controller.proposal).to.equal(undefined);
  });

  it("takes its proposal back when the region is seen again", async () => {
    const controller = controllerOf("dr", "manual");
    world.lose("home");
    await steps(controller, 4);
    const id = controller.proposal?.id ?? "";
    expect(id).not.to.equal("");
    world = Object.assign(world, { regions: (await MemoryWorld.opened()).regions });
    const again = controllerOf("dr", "manual");
    again.proposal = controller.proposal;
    await steps(again, 1);
    expect(again.proposal).to.equal(undefined);
    expect(again.approve(id)).to.equal(false);
  });

  it("moves nothing while the register does not answer", async () => {
    const controller = controllerOf("dr", "automatic");
    await steps(controller, 1);
    world.lose("home");
    world.register.isUnreachable = true;
    await steps(controller, 10);
    expect(controller.decision.reason).to.equal("REGISTER_UNREACHABLE");
    expect(regionOf("dr").role).to.equal("dr");
    world.register.isUnreachable = false;
    await steps(controller, 1);
    expect(regionOf("dr").role).to.equal("active");
  });

  it("keeps its hands off while it is paused", async () => {
    world.engine("dr", "engine-2").isPaused = true;
    world.lose("home");
    await steps(controllerOf("dr", "automatic"), 10);
    expect(regionOf("dr").role).to.equal("dr");
  });

  it("goes on where a controller was killed, after any record", async () => {
    for (let left = 0; left < 16; left++) {
      world = await MemoryWorld.opened();
      directory = mkdtempSync(join(tmpdir(), "castle-controller-"));
      directories.push(directory);
      world.lose("home");
      const log = new CrashingLog(directory);
      log.left = left;
      await steps(controllerOf("dr", "automatic", log), 4).catch((error: unknown) => {
        expect(error).to.be.instanceOf(Crash);
      });
      await steps(controllerOf("dr", "automatic"), 4);
      const kept = new OperationLog(directory).plans();
      expect(regionOf("dr"), `after ${left} records`).to.deep.equal({
        role: "active",
        term: 2,
        sinceTerm: 2,
      });
      expect(kept.map(({ state }) => state)).to.deep.equal(["done"]);
      expect(world.writerRegion).to.equal("dr");
    }
  });

  it("gives up what it had begun, where leadership has moved on", async () => {
    world.lose("home");
    const log = new CrashingLog(directory);
    // Planned, and not a step of it done.
    log.left = 1;
    await steps(controllerOf("dr", "automatic", log), 4).catch(() => {});
    const move = { shard: "demo", by: "t", reason: "t" };
    const signal = new AbortController().signal;
    await world.register.move(
      { ...move, from: { region: "home", term: 1 }, toRegion: "dr" },
      signal,
    );
    await world.register.move(
      { ...move, from: { region: "dr", term: 2 }, toRegion: "home" },
      signal,
    );
    await steps(controllerOf("dr", "automatic"), 1);
    expect(new OperationLog(directory).plans().map(({ state }) => state)).to.deep.equal([
      "abandoned",
    ]);
  });
});
