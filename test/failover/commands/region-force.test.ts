// A region is lost, and one engine and Redis of the other one too: nobody could open it, and `castle failover
// --force` does, on real processes 70 ms apart.

import { rmSync } from "node:fs";
import { expect } from "chai";
import type { EngineStatus } from "../../../engine/index.ts";
import { type Regions, startRegions } from "../../../failover/local/regions.ts";
import { regionsPorts } from "../../support/regions-ports.ts";
import { temporaryDir } from "../stand-in-exchange.ts";
import { castle } from "./castle-process.ts";

describe("Failover by force to a region with one engine and no Redis", function () {
  // Two exchanges with their servers, two controllers, and a process for each command.
  this.timeout(240_000);
  this.retries(0);
  const dataDir = temporaryDir();
  let regions: Regions;
  const failover = (...args: string[]) =>
    castle([
      ...["failover", "--region", "dr", "--json", ...args],
      ...["--config", regions.deploymentFile],
    ]);

  before(async () => {
    regions = await startRegions({ dataDir, ports: await regionsPorts() });
    await until(async () => (await engine("engine-1"))?.region?.lag != null);
    await regions.dr.stopProcess("engine-2");
    await regions.dr.stopProcess("redis");
    await regions.border.cut();
    regions.prod.killAll();
    await until(async () => (await engine("engine-1"))?.redis.isReachable === false);
  });
  after(async () => {
    await regions?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function until(probe: () => Promise<boolean>): Promise<void> {
    while (!(await probe())) await new Promise((wake) => setTimeout(wake, 20));
  }
  async function engine(name: string): Promise<EngineStatus | undefined> {
    const { status } = await regions.dr.nodeStatus(name);
    return status?.kind === "engine" ? status : undefined;
  }
  const leader = async () => {
    const found = await regions.register.read("demo", AbortSignal.timeout(5_000));
    return `${found?.region} ${found?.term}`;
  };

  it("is refused without force, and touches nothing", async () => {
    const { exitCode, json } = await failover("--yes");
    expect(exitCode, JSON.stringify(json)).to.equal(3);
    const failed = json.checks.filter(({ level }: { level: string }) => level === "fail");
    expect(failed[0]).to.deep.include({ id: "engines", isForceable: true });
    expect(await leader()).to.equal("prod 1");
  });

  it("says under --dry-run what force would do, and what it may cost", async () => {
    const { exitCode, json } = await failover("--force", "--reason", "a test", "--dry-run");
    expect(exitCode, JSON.stringify(json?.checks)).to.equal(0);
    const steps: { id: string; what: string; isDestructive: boolean }[] = json.steps;
    const force = steps.find(({ id }) => id === "force");
    expect(force?.what).to.contain("what only the other engine of dr had received is lost");
    expect(force?.isDestructive).to.equal(true);
    const redis = json.checks.find(({ id }: { id: string }) => id === "redis");
    expect(redis.level).to.equal("warn");
    expect(await leader()).to.equal("prod 1");
  });

  it("opens it with the engine that is left, which serves alone", async () => {
    const { exitCode, json } = await failover("--force", "--reason", "a test", "--yes");
    expect(exitCode, JSON.stringify(json)).to.equal(0);
    expect(await leader()).to.equal("dr 2");
    const alone = await engine("engine-1");
    expect(alone).to.include({ isServing: true, isAlone: true });
    expect(alone?.epoch).to.be.above(2 * 2 ** 24);
  });

  it("is two of three again once the others are back", async () => {
    await regions.dr.startProcess("redis");
    await regions.dr.startProcess("engine-2");
    await until(async () => {
      const serving = await engine("engine-1");
      return serving?.isAlone !== true && serving?.inSync.length === 2;
    });
  });
});
