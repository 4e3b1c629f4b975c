// Operations between two regions of real processes, 70 ms apart: the planned move and its way back, and the loss of
// a region, which its controller proposes and an operator approves.

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import type { Exchange } from "../../../failover/index.ts";
import { type Regions, startRegions } from "../../../failover/local/regions.ts";
import { regionsPorts } from "../../support/regions-ports.ts";
import { temporaryDir } from "../stand-in-exchange.ts";
import { castle } from "./castle-process.ts";

const controllerMain = fileURLToPath(
  new URL("../../../failover/controller-main.ts", import.meta.url),
);

/** Beyond what a busy machine keeps a healthy link waiting. */
const lagMsMax = 4_000;

describe("Operations between regions", function () {
  // Two exchanges with their servers, two controllers, and a process for each command.
  this.timeout(120_000);
  this.retries(0);
  const dataDir = temporaryDir();
  let regions: Regions;
  const on = (...args: string[]) => castle([...args, "--config", regions.deploymentFile]);

  before(async () => {
    regions = await startRegions({ dataDir, ports: await regionsPorts(), hasControllers: false });
    const file = regions.deploymentFile;
    const deployment = JSON.parse(readFileSync(file, "utf8"));
    // A loss is believed after two seconds, so that the test need not wait for ten.
    deployment.gates = { failedLooksMin: 2, windowMs: 2_000, antiFlapMs: 0, lagMsMax };
    writeFileSync(file, JSON.stringify(deployment));
    const { prod, dr } = regions;
    for (const [name, exchange] of Object.entries({ prod, dr })) {
      const args = [controllerMain, "--config", file, "--region", name];
      await exchange.supervise("controller", "c", args);
    }
    await serves(prod);
    await follows(dr);
  });
  after(async () => {
    await regions.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function until(probe: () => Promise<boolean>): Promise<void> {
    while (!(await probe())) await new Promise((wake) => setTimeout(wake, 20));
  }
  const serves = (exchange: Exchange) => until(async () => (await exchange.status()).isServing);
  const follows = (exchange: Exchange) =>
    until(async () =>
      (await exchange.status()).nodes.some(
        ({ status }) => status?.kind === "engine" && status.region?.lag != null,
      ),
    );
  const leader = async () => {
    const found = await regions.register.read("demo", AbortSignal.timeout(5_000));
    return `${found?.region} ${found?.term}`;
  };

  it("say what a switchover would do, and do nothing", async () => {
    const { exitCode, json, stdout } = await on(
      "switchover",
      "--region",
      "dr",
      "--dry-run",
      "--json",
    );
    expect(exitCode, stdout).to.equal(0);
    expect(json.steps.map(({ id }: { id: string }) => id)).to.deep.equal([
      "drain",
      "catch-up",
      "move-register",
      "open",
      "serve",
      "demote",
      "follow",
    ]);
    expect(await leader()).to.equal("prod 1");
  });

  it("refuse a failover while the region serves", async () => {
    const { exitCode, json } = await on("failover", "--region", "dr", "--yes", "--json");
    expect(exitCode).to.equal(3);
    expect(json.checks[0]).to.include({ id: "lost", level: "fail", isForceable: true });
  });

  it("move to the other region and home again, with nothing lost", async () => {
    const there = await on("switchover", "--region", "dr", "--yes", "--reason", "a test");
    expect(there.exitCode, there.stdout + there.stderr).to.equal(0);
    expect(await leader()).to.equal("dr 2");
    await serves(regions.dr);
    await follows(regions.prod);
    const home = await on("failback", "--yes", "--reason", "a test");
    expect(home.exitCode, home.stdout + home.stderr).to.equal(0);
    expect(await leader()).to.equal("prod 3");
    await serves(regions.prod);
    await follows(regions.dr);
  });

  it("show both regions and the register", async () => {
    const { exitCode, stdout } = await on("status");
    expect(exitCode).to.equal(0);
    expect(stdout).to.contain("register: prod leads in term 3");
    expect(stdout).to.match(/engine-1 +a +dr/);
    const doctor = await on("doctor");
    expect(doctor.exitCode, doctor.stdout).to.equal(0);
  });

  it("leave a region to people that lived on behind a cut border before it was lost", async () => {
    await regions.border.cut();
    const silentMs = async () =>
      (await regions.dr.status()).nodes.flatMap(({ status }) =>
        status?.kind === "engine" ? (status.region?.heardAgoMs ?? 0) : [],
      );
    await until(async () => (await silentMs()).every((ms) => ms > lagMsMax + 2_000));
    const planned = await on("switchover", "--region", "dr", "--yes", "--json");
    expect(planned.exitCode).to.equal(3);
    await regions.prod.stop();
    const { exitCode, json } = await on("failover", "--region", "dr", "--yes", "--json");
    expect(exitCode).to.equal(3);
    const refused = json.checks.filter(({ level }: { level: string }) => level === "fail");
    expect(refused.map(({ id }: { id: string }) => id)).to.deep.equal(["lag"]);
    expect(await leader()).to.equal("prod 3");
  });

  it("approve what the surviving region's controller proposes", async () => {
    let id = "";
    await until(async () => {
      const { json } = await on("status", "--json");
      const { proposal } = json.controllers.find(
        ({ region }: { region: string }) => region === "dr",
      );
      if (proposal !== undefined) expect(proposal.reason).to.equal("LAG_ABOVE_GATE");
      id = proposal?.id ?? "";
      return id !== "";
    });
    const dry = await on("failover", "--approve", id, "--dry-run", "--json");
    expect(dry.exitCode, dry.stdout + dry.stderr).to.equal(0);
    expect(dry.json.steps[0].id).to.equal("move-register");
    expect(await leader()).to.equal("prod 3");
    const { exitCode, stdout, stderr } = await on("failover", "--approve", id);
    expect(exitCode, stdout + stderr).to.equal(0);
    expect(await leader()).to.equal("dr 4");
    await serves(regions.dr);
    const { stdout: told } = await on("history", "--since", "10m");
    expect(told).to.contain("controller of dr").and.to.contain("move-register done");
  });

  it("fail over between zones with the register gone, and move no region", async () => {
    await regions.loseRegister();
    const { dr } = regions;
    const primary = (await dr.status()).nodes.find(
      ({ status }) => status?.kind === "engine" && status.isServing,
    );
    dr.killProcess(primary?.name ?? "", "SIGKILL");
    await until(async () =>
      (await dr.status()).nodes.some(
        ({ name, status }) =>
          name !== primary?.name && status?.kind === "engine" && status.isServing,
      ),
    );
    await serves(dr);
    const { exitCode, json } = await on(
      ...["failover", "--region", "prod", "--force", "--reason", "a test", "--yes", "--json"],
    );
    expect(exitCode).to.equal(3);
    const register = json.checks.find(({ id }: { id: string }) => id === "register");
    expect(register).to.include({ level: "fail" });
    expect(register).not.to.have.property("isForceable");
  });
});
