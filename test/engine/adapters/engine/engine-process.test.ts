// How an engine's process begins and ends.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { EngineCluster, type EngineNumber } from "../../../support/engine-cluster.ts";
import { LedgerClient } from "../../../support/ledger-client.ts";

const engineMain = fileURLToPath(new URL("../../../../engine/engine-main.ts", import.meta.url));

describe("Engine process", function () {
  // Engines and a Redis start.
  this.timeout(30_000);
  let cluster: EngineCluster;

  beforeEach(async () => {
    cluster = await EngineCluster.start();
  });
  afterEach(() => cluster.remove());

  it("tells its metrics, and hears the other one's datagrams", async () => {
    const primary = await cluster.whole();
    const metricsOf = async (isPrimary: boolean) => {
      const engine = cluster.config.engines.find(
        ({ id }) => (primary.node === `engine-${id}`) === isPrimary,
      );
      return (await fetch(`http://127.0.0.1:${engine?.statusPort}/metrics`)).text();
    };
    const leading = await metricsOf(true);
    expect(leading).to.match(/^castle_engine_serving 1$/m);
    expect(leading).to.match(/^castle_engine_in_sync_members 2$/m);
    expect(leading).to.match(/^castle_engine_decisions_total\{code="SERVING"\} [1-9]/m);
    expect(leading).to.match(
      /^castle_engine_promotion_step_seconds\{step="barrier_to_serving"\} \d/m,
    );
    expect(leading).to.match(/^castle_engine_disk_free_bytes [1-9]/m);
    const following = await metricsOf(false);
    expect(following).to.match(/^castle_engine_serving 0$/m);
    expect(following).to.match(/^castle_engine_beats_taken_total [1-9]/m);
  });

  it("hands over before it ends, so that nobody has to miss it first", async () => {
    const client = await LedgerClient.connect(cluster.config);
    client.load(50);
    const before = await cluster.whole();
    const leader: EngineNumber = before.node === "engine-1" ? 1 : 2;
    const sinceMs = performance.timeOrigin + performance.now();
    cluster.signal(leader, "SIGTERM");
    const after = await cluster.until(({ node }) => node !== before.node);
    expect(await cluster.ended(leader)).to.equal(0);
    const codes = after.decisions.filter(({ atMs }) => atMs > sinceMs).map(({ code }) => code);
    expect(codes).to.include("SERVING").and.not.include("SUSPECTED");
    cluster.run(leader);
    await cluster.whole();
    client.stopLoad();
    await client.settled();
    expect(client.acknowledged).to.equal(client.submitted);
    client.close();
  });

  it("does not start on a folder in which another one works, and disturbs nobody", async () => {
    const before = await cluster.whole();
    const args = ["--config", join(cluster.dir, "exchange.json"), "--node", "engine-1"];
    const second = spawn(process.execPath, [engineMain, ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const [said, [code]] = await Promise.all([text(second.stderr), once(second, "exit")]);
    expect(code).to.equal(2);
    expect(said).to.include("(DIRECTORY_IN_USE)");
    const after = await cluster.whole();
    expect(after).to.include({ pid: before.pid, epoch: before.epoch });
  });
});
