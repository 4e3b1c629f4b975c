// Everything ends, in order or at once, and starts again: real processes on real disks.

import { expect } from "chai";
import { EngineCluster } from "../../../support/engine-cluster.ts";
import { LedgerClient } from "../../../support/ledger-client.ts";

describe("Total restart", function () {
  // Two engines and a Redis start twice, on a machine that may be busy.
  this.timeout(60_000);
  let cluster: EngineCluster;
  let client: LedgerClient;

  beforeEach(async () => {
    cluster = await EngineCluster.start();
    client = await LedgerClient.connect(cluster.config);
    client.load();
    await cluster.until(({ position }) => position.committed > 20_000);
  });
  afterEach(async () => {
    client.close();
    await cluster.remove();
  });

  async function startAgainAndCompare(): Promise<void> {
    await cluster.redis.start();
    cluster.run(1);
    cluster.run(2);
    await cluster.whole();
    // What was unanswered is sent again and executes once.
    await client.settled();
    const reader = await LedgerClient.connect(cluster.config);
    await reader.current();
    expect(reader.balance).to.equal(client.submitted);
    expect(client.acknowledged).to.equal(client.submitted);
    reader.close();
  }

  it("loses nothing where everything was stopped in order", async () => {
    client.stopLoad();
    await client.settled();
    await Promise.all([cluster.end(1, "SIGTERM"), cluster.end(2, "SIGTERM")]);
    await cluster.redis.stop();
    await startAgainAndCompare();
  });

  it("loses nothing where every process was killed at once, under load", async () => {
    cluster.signal(1, "SIGKILL");
    cluster.signal(2, "SIGKILL");
    cluster.redis.signal("SIGKILL");
    await Promise.all([cluster.ended(1), cluster.ended(2), cluster.redis.stop()]);
    client.stopLoad();
    await startAgainAndCompare();
  });

  it("loses nothing where both engines were killed and Redis forgot everything", async () => {
    cluster.signal(1, "SIGKILL");
    cluster.signal(2, "SIGKILL");
    await Promise.all([cluster.ended(1), cluster.ended(2)]);
    client.stopLoad();
    await cluster.redis.command("FLUSHALL");
    await cluster.redis.stop();
    await startAgainAndCompare();
  });
});
