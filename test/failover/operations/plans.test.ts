// Every plan, interrupted between any two of its records and at torn ones, and resumed: the end is the same as
// without the interruption. The world is in memory, the log is a real file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { Member } from "../../../failover/membership.ts";
import { abandonmentOf } from "../../../failover/operations/abandonment.ts";
import { buildPlan } from "../../../failover/operations/build-plan.ts";
import type { Parameters } from "../../../failover/operations/parameters.ts";
import { askAnyStep } from "../../../failover/operations/steps.ts";
import { OperationLog } from "../../../failover/plan/operation-log.ts";
import { type PlanEnd, runPlan } from "../../../failover/plan/run-plan.ts";
import type { EnginePort } from "../../../failover/ports.ts";
import { CrashingLog } from "./crashing-log.ts";
import { cutEverywhere, runOrResume, who } from "./cut-everywhere.ts";
import { MemoryWorld } from "./memory-world.ts";

const signal = new AbortController().signal;

/** Engine 2 is of this incarnation. */
function members(incarnation: number): Member[] {
  const common = { kind: "engine" as const, zone: "a" };
  return [
    { ...common, node: "engine-1", address: "engine-1", incarnation: 1 },
    { ...common, node: "engine-2", address: "engine-2", incarnation },
  ];
}

const plans: readonly [
  name: string,
  verb: string,
  parameters: Parameters,
  arrange: (world: MemoryWorld) => void,
][] = [
  [
    "a switchover",
    "switchover",
    { kind: "zoneSwitchover", region: "home", from: "engine-1", to: "engine-2", epoch: 1 },
    () => {},
  ],
  [
    "a failover from a dead primary while paused",
    "failover",
    {
      kind: "zoneFailover",
      region: "home",
      to: "engine-2",
      fence: [],
      epoch: 1,
      isAlone: false,
    },
    (world) => {
      world.engine("home", "engine-2").isPaused = true;
      world.lose("home", "engine-1");
    },
  ],
  [
    "a forced failover that fences who still serves",
    "failover",
    {
      kind: "zoneFailover",
      region: "home",
      to: "engine-2",
      fence: ["engine-1"],
      epoch: 1,
      isAlone: true,
    },
    () => {},
  ],
  [
    "a switchover of regions",
    "switchover",
    { kind: "regionSwitchover", from: "home", to: "dr", term: 1 },
    () => {},
  ],
  [
    "a failover from a lost region",
    "failover",
    { kind: "regionFailover", from: "home", to: "dr", term: 1, demote: [] },
    (world) => world.lose("home"),
  ],
  [
    "a failover from a region that still answers",
    "failover",
    { kind: "regionFailover", from: "home", to: "dr", term: 1, demote: ["engine-1", "engine-2"] },
    () => {},
  ],
  [
    "a forced failover to a region that has one engine left",
    "failover",
    { kind: "regionFailover", from: "home", to: "dr", term: 1, demote: [], alone: "engine-2" },
    (world) => {
      world.lose("home");
      world.lose("dr", "engine-1");
    },
  ],
  [
    "a pause",
    "pause",
    {
      kind: "tell",
      word: "pause",
      targets: [
        { region: "home", engine: "engine-1" },
        { region: "dr", engine: "engine-1" },
      ],
    },
    () => {},
  ],
  [
    "a fence",
    "fence",
    { kind: "tell", word: "fence", targets: [{ region: "home", engine: "engine-2" }] },
    () => {},
  ],
  [
    "a trading status",
    "reopen",
    {
      ...{ kind: "tradingStatus", region: "home", symbols: ["BTCUSDT", "ETHUSDT"] },
      ...{ status: "auction", present: { BTCUSDT: "halt" } },
    },
    () => {},
  ],
  [
    "a replaced member",
    "member replace",
    {
      ...{ kind: "memberReplace", region: "home", engine: "engine-2", label: "x" },
      ...{ incarnation: 2, isLocal: true, register: { fromVersion: 0, members: members(2) } },
    },
    () => {},
  ],
  [
    "a replaced member that somebody else starts",
    "member replace",
    {
      ...{ kind: "memberReplace", region: "home", engine: "engine-2", label: "x" },
      ...{ incarnation: 2, isLocal: false },
    },
    (world) => {
      Object.assign(world.engine("home", "engine-2"), { incarnation: 2, hasLog: false });
    },
  ],
];

describe("Plans", function () {
  // Every record is on disk before the next one: some hundred times fsync a test.
  this.timeout(30_000);
  const directories: string[] = [];
  after(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  function newDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), "castle-plans-"));
    directories.push(directory);
    return directory;
  }

  const run = (
    world: MemoryWorld,
    verb: string,
    parameters: Parameters,
    log: OperationLog,
  ): Promise<PlanEnd> => runOrResume(world, { verb, parameters }, log);

  for (const [name, verb, parameters, arrange] of plans) {
    it(`end the same wherever ${name} was interrupted`, async () => {
      const open = async () => {
        const world = await MemoryWorld.opened();
        arrange(world);
        return world;
      };
      await cutEverywhere({ verb, parameters }, open, newDirectory);
    });
  }

  it("stop at a step that fails, and stay unfinished", async () => {
    const world = await MemoryWorld.opened();
    const log = new OperationLog(newDirectory());
    world.register.isUnreachable = true;
    const parameters = { kind: "regionSwitchover", from: "home", to: "dr", term: 1 } as const;
    const end = await run(world, "switchover", parameters, log);
    expect(end.steps.map(({ step, outcome }) => `${step} ${outcome}`)).to.deep.equal([
      "drain done",
      "catch-up wasThere",
      "move-register failed",
    ]);
    expect(log.plans()[0]?.state).to.equal("unfinished");
    world.register.isUnreachable = false;
    expect((await run(world, "switchover", parameters, log)).kind).to.equal("done");
  });

  it("leave the leading region trading where a planned move is given up, wherever that stops", async () => {
    const parameters = { kind: "regionSwitchover", from: "home", to: "dr", term: 1 } as const;
    /** Drained, and then the register does not answer. */
    const drained = async (directory: string) => {
      const world = await MemoryWorld.opened();
      const log = new OperationLog(directory);
      world.register.isUnreachable = true;
      expect((await run(world, "switchover", parameters, log)).kind).to.equal("failed");
      expect(world.engine("home", "engine-1").isDrained).to.equal(true);
      world.register.isUnreachable = false;
      return { world, before: log.read().length };
    };
    const giveUp = (world: MemoryWorld, log: OperationLog) => {
      const record = log.plans().find(({ state }) => state === "unfinished");
      const wanted = record && abandonmentOf(record);
      if (wanted === undefined) throw new Error("a plan that is to be given up");
      const plan = buildPlan("switchover", wanted, world.ports(), who);
      return runPlan(plan, { log, resumes: record, signal, isAbandonment: true });
    };
    for (let left = 0; left < 11; left++) {
      const directory = newDirectory();
      const { world, before } = await drained(directory);
      await giveUp(world, new CrashingLog(directory, left, false)).catch(() => {});
      const log = new OperationLog(directory);
      if (left < 10) {
        expect(log.plans()[0]?.state, `after ${left}`).to.equal("unfinished");
        expect((await giveUp(world, log)).kind, `after ${left}`).to.equal("done");
      } else expect(log.read()).to.have.length(before + 10);
      expect(log.plans().map(({ state }) => state)).to.deep.equal(["abandoned"]);
      const home = world.engine("home", "engine-1");
      const kept = { term: 2, sinceTerm: 1 };
      expect(home).to.deep.include({ isServing: true, region: { ...kept, role: "active" } });
      expect(world.engine("dr", "engine-1").region).to.deep.equal({ ...kept, role: "dr" });
    }
  });

  it("are not given up where the other region leads already", async () => {
    const world = await MemoryWorld.opened();
    const directory = newDirectory();
    const parameters = { kind: "regionSwitchover", from: "home", to: "dr", term: 1 } as const;
    // The plan, and two records for each of drain, catch-up and move-register.
    await run(world, "switchover", parameters, new CrashingLog(directory, 7, false)).catch(
      () => {},
    );
    const [record] = new OperationLog(directory).plans();
    if (record === undefined) throw new Error("no plan");
    expect(() => abandonmentOf(record)).to.throw("the register says already that dr leads");
  });

  it("take a move whose answer was lost for what it is", async () => {
    const world = await MemoryWorld.opened();
    world.lose("home");
    const log = new OperationLog(newDirectory());
    world.register.losesNextAnswer = true;
    const [, , parameters] = plans[4] ?? [];
    if (parameters === undefined) throw new Error("no plan");
    expect((await run(world, "failover", parameters, log)).kind).to.equal("failed");
    expect((await run(world, "failover", parameters, log)).kind).to.equal("done");
    expect(world.engine("dr", "engine-1").region).to.deep.equal({
      role: "active",
      term: 2,
      sinceTerm: 2,
    });
  });

  it("touch nothing where another leadership is in the register", async () => {
    const world = await MemoryWorld.opened();
    const log = new OperationLog(newDirectory());
    const parameters = {
      kind: "regionFailover",
      from: "dr",
      to: "home",
      term: 4,
      demote: [],
    } as const;
    const end = await run(world, "failover", { ...parameters, demote: [] }, log);
    expect(end.steps).to.have.length(1);
    expect(end.steps[0]?.problem).to.contain("does not lead");
    expect(world.asked).to.deep.equal([]);
  });

  it("replace no member that another operator has just replaced", async () => {
    const world = await MemoryWorld.opened();
    const change = { shard: "demo", region: "home", fromVersion: 0, members: members(2) };
    await world.register.changeMembers({ ...change, by: "another", reason: "first" }, signal);
    const parameters: Parameters = {
      ...{ kind: "memberReplace", region: "home", engine: "engine-2", label: "x" },
      ...{ incarnation: 2, isLocal: true, register: { fromVersion: 0, members: members(2) } },
    };
    const end = await run(world, "member replace", parameters, new OperationLog(newDirectory()));
    expect(end.steps.map(({ step, outcome }) => `${step} ${outcome}`)).to.deep.equal([
      "register failed",
    ]);
    expect(world.asked).to.deep.equal([]);
    expect(world.engine("home", "engine-2").isUp).to.equal(true);
  });

  it("go on without what is only a courtesy", async () => {
    const world = await MemoryWorld.opened();
    const log = new OperationLog(newDirectory());
    // Both answered when the plan was made, and are dead when they are told.
    world.lose("home");
    const parameters: Parameters = {
      kind: "regionFailover",
      from: "home",
      to: "dr",
      term: 1,
      demote: ["engine-1", "engine-2"],
    };
    const end = await run(world, "failover", parameters, log);
    expect(end.kind).to.equal("done");
    expect(end.steps.find(({ step }) => step === "demote")?.outcome).to.equal("missed");
  });

  it("wait for a silent engine no longer than the budget, where another has heard it", async () => {
    const world = await MemoryWorld.opened();
    const [hearing, other] = world.ports().regions[0]?.engines ?? [];
    if (hearing === undefined || other === undefined) throw new Error("a world of two engines");
    const silent: EnginePort = {
      ...other,
      ask: (_verb, _body, limit) =>
        new Promise((answer) => {
          const give = () => answer({ kind: "unreachable", problem: "no answer" });
          limit.addEventListener("abort", give, { once: true });
        }),
    };
    const step = askAnyStep(
      { id: "tell", what: "tells both", budgetMs: 5 },
      { engines: [silent, hearing], verb: "pause", body: who },
      async () => false,
    );
    expect(await step.run(signal, new Map())).to.deep.equal({
      position: 7,
      told: ["engine-1"],
      missed: ["engine-2: no answer"],
    });
  });

  it("cut a step off that hangs, at a multiple of its budget", async () => {
    const log = new OperationLog(newDirectory());
    const end = await runPlan(
      {
        verb: "test",
        title: "hangs",
        parameters: {},
        ...who,
        steps: [
          {
            id: "hang",
            what: "never ends",
            budgetMs: 2,
            isDestructive: false,
            isDone: async () => false,
            run: () => new Promise<never>(() => {}),
          },
        ],
      },
      { log, signal },
    );
    expect(end.steps[0]).to.include({ outcome: "failed", isOverBudget: true });
    expect(end.steps[0]?.problem).to.contain("5 times its budget of 2 ms");
  });
});
