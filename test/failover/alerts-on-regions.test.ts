// The alert rules on the metrics of two regions: silent while all is well, in a Prometheus of each region and in one
// that sees both, and loud about what they are for. Metrics of regions and controllers are the real ones, over
// a world in memory and a clock of the test; the others are of an exchange that is well.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { pino } from "pino";
import { Registry } from "prom-client";
import { parse } from "yaml";
import { registerEngineMetrics } from "../../engine/adapters/engine/engine-metrics.ts";
import type { EngineNode } from "../../engine/adapters/engine/engine-node.ts";
import type { EngineStatus } from "../../engine/index.ts";
import { Controller } from "../../failover/controller.ts";
import { controllerMetrics } from "../../failover/controller-server.ts";
import { OperationLog } from "../../failover/plan/operation-log.ts";
import { firing, type Sample } from "../support/alert-expression.ts";
import { MemoryWorld } from "./operations/memory-world.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
}

const file = fileURLToPath(new URL("../../failover/alerts/castle-alerts.yaml", import.meta.url));
const rules = (parse(readFileSync(file, "utf8")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

const gates = {
  ...{ lagEntriesMax: 100, lagMsMax: 1_000, failedLooksMin: 3, windowMs: 2_000 },
  antiFlapMs: 60_000,
};
const names = ["home", "dr"] as const;
const engineNames = ["engine-1", "engine-2"] as const;

/** What says nothing of regions, as an exchange that is well has it. */
const wellOfEngine = (status: EngineStatus): Record<string, number> => ({
  serving: Number(status.isServing),
  in_sync_members: status.inSync.length,
  redis_agreed: 1,
  ...{ alone: 0, paused: 0, fenced: 0, replaced: 0 },
  ...{ snapshot_lag_entries: 5, snapshot_age_seconds: 0.05 },
  ...{ disk_free_bytes: 90, disk_size_bytes: 100 },
  ...{ redis_failures_total: 0, commands_refused_total: 0, decisions_total: 0 },
});
const wellOfFollowers: Record<string, number> = {
  castle_gateway_serving: 1,
  castle_gateway_certificate_seconds: 60 * 86_400,
  castle_history_lag_entries: 3,
  castle_history_position: 7,
};

describe("Alert rules on two regions", () => {
  const directory = mkdtempSync(join(tmpdir(), "castle-alerts-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  let world: MemoryWorld;
  let nowMs: number;
  let controllers: Controller[];

  beforeEach(async () => {
    world = await MemoryWorld.opened();
    nowMs = 1_000_000;
    controllers = names.map(
      (region) =>
        new Controller({
          region,
          startsAsActive: region === "home",
          ports: world.ports(),
          policy: { approval: "manual", gates },
          log: new OperationLog(join(directory, region)),
          logger: pino({ level: "silent" }),
          nowMs: () => nowMs,
          pollMs: 1_000,
        }),
    );
  });

  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      for (const controller of controllers) await controller.step();
      nowMs += 1_000;
    }
  }

  async function samplesOf(regions: readonly string[]): Promise<Sample[]> {
    const perRegion = world
      .ports()
      .regions.filter(({ name }) => regions.includes(name))
      .map(async ({ name, engines }) => {
        const controller = controllers.find(({ options }) => options.region === name);
        const said = await Promise.all(
          engines.map((port) => port.status(AbortSignal.timeout(500))),
        );
        const ofEngines = said.map((answer) =>
          answer.kind === "answered" ? engineSamples(name, answer.value) : [],
        );
        const followers = Object.entries(wellOfFollowers).map(([metric, value]) => ({
          ...{ metric, value, labels: { region: name } },
        }));
        const ofController = controller === undefined ? [] : controllerSamples(controller);
        return [...(await Promise.all(ofEngines)), followers, await ofController].flat();
      });
    return (await Promise.all(perRegion)).flat();
  }

  async function controllerSamples(controller: Controller): Promise<Sample[]> {
    const labels = { region: controller.options.region };
    const read = await controllerMetrics(controller).getMetricsAsJSON();
    return read.flatMap(({ name, values }) =>
      values.map(({ value }) => ({
        ...{ metric: name, value, labels },
        // As long as the loop runs; a register that answers fails nothing.
        perSecond: name === "castle_controller_looks_total" ? 1 : 0,
      })),
    );
  }

  async function alertsIn(...regions: readonly string[]): Promise<string[]> {
    const samples = await samplesOf(regions);
    return rules.filter(({ expr }) => firing(expr, samples).length > 0).map(({ alert }) => alert);
  }

  const everywhere = async () => ({
    home: await alertsIn("home"),
    dr: await alertsIn("dr"),
    both: await alertsIn(...names),
  });
  const silence = { home: [], dr: [], both: [] };

  it("look at nothing that this test leaves out", async () => {
    await pass(1);
    const there = new Set((await samplesOf(names)).map(({ metric }) => metric));
    const named = rules.flatMap(({ expr }) => expr.match(/castle_\w+/g) ?? []);
    expect(named.filter((metric) => !there.has(metric) && !/beats/.test(metric))).to.deep.equal([]);
  });

  it("are silent while all is well, a minute and more after the start", async () => {
    await pass(90);
    expect(await everywhere()).to.deep.equal(silence);
  });

  it("are silent once an engine of the region that follows was started again", async () => {
    await pass(5);
    world.engine("dr", "engine-2").isConfirmed = false;
    await pass(90);
    expect(await everywhere()).to.deep.equal(silence);
  });

  it("are silent after a switchover between the regions, on both sides", async () => {
    await pass(5);
    const signal = new AbortController().signal;
    const move = { shard: "demo", from: { region: "home", term: 1 }, toRegion: "dr" };
    await world.register.move({ ...move, by: "t", reason: "t" }, signal);
    await pass(90);
    expect(world.engine("dr", "engine-1").isServing).to.equal(true);
    expect(await everywhere()).to.deep.equal(silence);
  });

  it("say that an engine of the leading region waits for the word", async () => {
    await pass(5);
    world.engine("home", "engine-2").isConfirmed = false;
    expect(await alertsIn("home")).to.deep.equal(["CastleRegionUnconfirmed"]);
  });

  it("say that the leading region's engines have not taken the word for a minute", async () => {
    await pass(5);
    world.refuses = "region";
    await pass(58);
    expect(await alertsIn("home")).to.deep.equal([]);
    await pass(3);
    expect(await alertsIn("home")).to.deep.equal(["CastleRegionUnconfirmed"]);
    expect(await alertsIn("dr")).to.deep.equal([]);
  });

  it("leave a register that does not answer to its own rule", async () => {
    await pass(5);
    world.register.isUnreachable = true;
    await pass(90);
    expect(await everywhere()).to.deep.equal(silence);
  });

  it("say that nobody serves, in the region that leads", async () => {
    await pass(5);
    for (const name of engineNames) world.engine("home", name).isServing = false;
    expect(await alertsIn("home")).to.include("CastleNoPrimaryServing");
    expect(await alertsIn("dr")).to.deep.equal([]);
  });

  it("say that the link between the journals is silent, and that the lag is not known", async () => {
    await pass(5);
    for (const name of engineNames) world.engine("dr", name).heardAgoMs = 1_001;
    expect(await alertsIn("dr")).to.deep.equal(["CastleRegionLag"]);
    world.engine("dr", "engine-1").isLagKnown = false;
    expect(await alertsIn("dr")).to.include("CastleRegionLagUnknown");
  });

  it("say that a region's controller is gone", async () => {
    await pass(5);
    controllers = controllers.filter(({ options }) => options.region === "home");
    expect(await alertsIn("dr")).to.deep.equal(["CastleControllerGone"]);
    expect(await alertsIn("home")).to.deep.equal([]);
  });
});

async function engineSamples(region: string, status: EngineStatus): Promise<Sample[]> {
  const labels = { region, node: status.node };
  const registry = new Registry();
  const said = { region: { status: () => status.region } } as unknown as EngineNode;
  registerEngineMetrics(registry, said);
  const ofRegion = registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith("castle_engine_region_"))
    .map(({ name }) => registry.getSingleMetric(name));
  const read = (await Promise.all(ofRegion.map((metric) => metric?.get()))).flatMap(
    (metric) => metric ?? [],
  );
  const well = Object.entries(wellOfEngine(status)).map(([name, value]) => ({
    ...{ metric: `castle_engine_${name}`, value, labels },
  }));
  return [
    ...well,
    ...read.flatMap(({ name, values }) =>
      values.map(({ value }) => ({ metric: name, value, labels })),
    ),
  ];
}
