// Plans between regions where a second thing is missing: a leading engine that cannot be drained, or one of the
// two engines that would open the new region. The world is in memory, the log is a real file.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { buildPlan } from "../../../failover/operations/build-plan.ts";
import type { Parameters } from "../../../failover/operations/parameters.ts";
import { OperationLog } from "../../../failover/plan/operation-log.ts";
import { type PlanEnd, runPlan } from "../../../failover/plan/run-plan.ts";
import { cutEverywhere, who } from "./cut-everywhere.ts";
import { MemoryWorld } from "./memory-world.ts";

const signal = new AbortController().signal;

describe("Plans between regions", function () {
  // Records are on disk before the next step.
  this.timeout(20_000);
  const directories: string[] = [];
  after(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  function newDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), "castle-region-plans-"));
    directories.push(directory);
    return directory;
  }

  function run(
    world: MemoryWorld,
    verb: string,
    parameters: Parameters,
    log: OperationLog,
  ): Promise<PlanEnd> {
    return runPlan(buildPlan(verb, parameters, world.ports(), who), { log, signal });
  }

  it("drain both engines of a region, or give the planned move up", async () => {
    const parameters = { kind: "regionSwitchover", from: "home", to: "dr", term: 1 } as const;
    const world = await MemoryWorld.opened();
    // It does not hear of the drain, and could be elected while the move is under way.
    world.lose("home", "engine-2");
    const end = await run(world, "switchover", parameters, new OperationLog(newDirectory()));
    expect(end.steps.map(({ step, outcome }) => `${step} ${outcome}`)).to.deep.equal([
      "drain failed",
    ]);
    expect(end.steps[0]?.problem).to.contain("engine-2: connection refused");
  });

  it("let a region go on that has missed a term of its own, wherever the plan is interrupted", async () => {
    const open = async () => {
      const world = await MemoryWorld.opened();
      const move = { shard: "demo", from: { region: "home", term: 1 }, toRegion: "home", ...who };
      await world.register.move(move, signal);
      for (const name of ["engine-1", "engine-2"]) {
        Object.assign(world.engine("home", name), { isServing: false, isDrained: true });
      }
      return world;
    };
    const parameters = { kind: "regionKeep", region: "home", follower: "dr", term: 2 } as const;
    const operation = { verb: "switchover", parameters };
    const { world } = await cutEverywhere(operation, open, newDirectory);
    expect(await world.register.read("demo", signal)).to.include({ term: 3, sinceTerm: 1 });
    for (const name of ["engine-1", "engine-2"]) {
      expect(world.engine("home", name)).to.deep.include({
        region: { role: "active", term: 3, sinceTerm: 1 },
      });
    }
  });

  it("serve nobody from a region with one engine, unless it is forced", async () => {
    const world = await MemoryWorld.opened();
    world.lose("home");
    world.lose("dr", "engine-2");
    const parameters = { kind: "regionFailover", from: "home", to: "dr", term: 1 } as const;
    const opened = buildPlan("failover", { ...parameters, demote: [] }, world.ports(), who);
    const log = new OperationLog(newDirectory());
    // As far as both engines would elect one: it is not waited for in vain here.
    const steps = opened.steps.filter(({ id }) => id !== "serve" && !id.startsWith("traffic"));
    await runPlan({ ...opened, steps }, { log, signal });
    expect(world.engine("dr", "engine-1")).to.deep.include({
      ...{ isServing: false, region: { role: "active", term: 2, sinceTerm: 2 } },
    });
    const forced = { ...parameters, demote: [], alone: "engine-1" };
    const end = await run(world, "failover", forced, new OperationLog(newDirectory()));
    expect(end.kind).to.equal("done");
    expect(end.title).to.equal("region dr takes over from region home, with engine-1 alone");
    expect(world.engine("dr", "engine-1").isServing).to.equal(true);
  });

  it("force nobody where the other engine has come back meanwhile", async () => {
    const world = await MemoryWorld.opened();
    world.lose("home");
    const parameters: Parameters = {
      ...{ kind: "regionFailover", from: "home", to: "dr", term: 1, demote: [] },
      alone: "engine-1",
    };
    const end = await run(world, "failover", parameters, new OperationLog(newDirectory()));
    expect(end.steps.find(({ step }) => step === "force")?.outcome).to.equal("wasThere");
    expect(world.asked).not.to.contain("dr/engine-1 force");
  });
});
