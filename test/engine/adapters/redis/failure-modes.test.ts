// What may happen to a Redis while an exchange trades: real engines, real servers, and a client that
// knows what was acknowledged. In each case the exchange goes on with the other engine alone, Redis
// is filled and agreed upon again, nothing is lost, and no state diverges.

import { expect } from "chai";
import type { EngineStatus } from "../../../../engine/index.ts";
import { EngineCluster, type EngineClusterOptions } from "../../../support/engine-cluster.ts";
import { LedgerClient } from "../../../support/ledger-client.ts";
import { RedisServer } from "../../../support/redis-server.ts";
import { TcpRelay } from "../../../support/tcp-relay.ts";

const codesOf = (status: EngineStatus) => status.decisions.map(({ code }) => code);

describe("Redis while the exchange trades", function () {
  // Several real servers start and are waited for.
  this.timeout(60_000);
  let cluster: EngineCluster;
  let client: LedgerClient;

  async function start(options?: EngineClusterOptions): Promise<void> {
    cluster = await EngineCluster.start(options);
    client = await LedgerClient.connect(cluster.config);
    client.load(200);
    await moreAcknowledged(2_000);
  }

  afterEach(async () => {
    client?.close();
    await cluster?.remove();
  });

  async function moreAcknowledged(count: number): Promise<void> {
    const goal = client.acknowledged + count;
    while (client.acknowledged < goal) await new Promise((wake) => setTimeout(wake, 5));
  }

  /** The instance that both engines agree upon. */
  const agreedInstance = async () => (await cluster.whole()).redis.instance;

  /** Another instance than before is in sync, after commands went on; the books are right. */
  async function expectRefilled(before: string, epoch: number): Promise<EngineStatus> {
    const primary = await cluster.until(
      ({ inSync, redis }) => inSync.length === 2 && redis.instance !== before,
    );
    expect(primary.epoch, "nobody was suspected").to.equal(epoch);
    await moreAcknowledged(2_000);
    await expectBooksRight();
    return primary;
  }

  async function expectBooksRight(): Promise<void> {
    client.stopLoad();
    await client.settled();
    const reader = await LedgerClient.connect(cluster.config);
    await reader.current();
    expect(reader.balance).to.equal(client.submitted);
    reader.close();
    for (const id of [1, 2] as const) {
      const status = await cluster.status(id);
      if (status !== null) expect(codesOf(status)).to.not.include("HASH_DIVERGED");
    }
  }

  it("restarts with all it had", async () => {
    await start();
    const { epoch } = await cluster.whole();
    const before = await agreedInstance();
    await cluster.redis.restart();
    await expectRefilled(before, epoch);
  });

  it("restarts from an old file", async () => {
    await start({ redisSettings: ["--appendonly", "no"] });
    const { epoch } = await cluster.whole();
    const before = await agreedInstance();
    await cluster.redis.command("SAVE");
    await moreAcknowledged(5_000);
    cluster.redis.signal("SIGKILL");
    await cluster.redis.stop();
    await cluster.redis.start();
    await expectRefilled(before, epoch);
  });

  it("restarts empty", async () => {
    await start({ redisSettings: ["--appendonly", "no"] });
    const { epoch } = await cluster.whole();
    const before = await agreedInstance();
    cluster.redis.signal("SIGKILL");
    await cluster.redis.stop();
    await cluster.redis.start();
    await expectRefilled(before, epoch);
  });

  it("is flushed", async () => {
    await start();
    const { epoch } = await cluster.whole();
    const before = await agreedInstance();
    await cluster.redis.command("FLUSHALL");
    await expectRefilled(before, epoch);
  });

  it("evicts the log", async () => {
    await start();
    const { epoch } = await cluster.whole();
    const before = await agreedInstance();
    await cluster.redis.command("DEL", "{castle:cluster}:log");
    await expectRefilled(before, epoch);
  });

  it("loses a part of the image", async () => {
    await start();
    const { epoch } = await cluster.whole();
    const before = await agreedInstance();
    await cluster.redis.command("DEL", "{castle:cluster}:segment:0");
    await expectRefilled(before, epoch);
  });

  it("fails over to a replica that lags", async () => {
    const replica = await RedisServer.start();
    let relay: TcpRelay | undefined;
    try {
      await start({
        redisSettings: ["--repl-diskless-sync-delay", "0"],
        redisUrlOf: async ({ port }) => {
          relay = await TcpRelay.start(port);
          return `redis://127.0.0.1:${relay.port}`;
        },
      });
      await replica.command("REPLICAOF", "127.0.0.1", cluster.redis.port);
      const isSynced = async () =>
        String(await replica.command("INFO", "replication")).includes("master_link_status:up");
      while (!(await isSynced())) await new Promise((wake) => setTimeout(wake, 50));
      // A backlog for the first replica gives the server a new replication id.
      const { epoch } = await cluster.whole();
      const before = await agreedInstance();
      // It hears nothing for a while, and what was answered meanwhile is never told to it.
      replica.signal("SIGSTOP");
      await moreAcknowledged(5_000);
      cluster.redis.signal("SIGKILL");
      replica.signal("SIGCONT");
      await replica.command("REPLICAOF", "NO", "ONE");
      relay?.pointTo(replica.port);
      await expectRefilled(before, epoch);
    } finally {
      client.close();
      await cluster.remove();
      relay?.close();
      await replica.remove();
    }
  });

  it("becomes a replica, and a master again", async () => {
    await start();
    const { epoch } = await cluster.whole();
    const before = await agreedInstance();
    await cluster.redis.command("REPLICAOF", "127.0.0.1", "1");
    await cluster.until(({ redis }) => !redis.isReachable);
    await moreAcknowledged(2_000);
    await cluster.redis.command("REPLICAOF", "NO", "ONE");
    await expectRefilled(before, epoch);
  });

  it("has no memory for a while: lost once, by its reason, and back when it has", async () => {
    await start();
    const { epoch } = await cluster.whole();
    await cluster.redis.command("CONFIG", "SET", "maxmemory", "1mb");
    const refusing = await cluster.until(({ redis }) => !redis.isReachable);
    const lost = refusing.decisions.filter(({ code }) => code === "REDIS_LOST");
    expect(lost.at(-1)?.reason).to.equal("REDIS_OUT_OF_MEMORY");
    await moreAcknowledged(5_000);
    const later = await cluster.until(() => true);
    const lostLater = later.decisions.filter(({ code }) => code === "REDIS_LOST");
    expect(lostLater, "told once").to.have.length(lost.length);
    expect(later.inSync).to.deep.equal(["peer"]);
    await cluster.redis.command("CONFIG", "SET", "maxmemory", "0");
    const whole = await cluster.whole();
    expect(whole.epoch).to.equal(epoch);
    await moreAcknowledged(2_000);
    await expectBooksRight();
  });

  it("stalls for longer than a call may take", async () => {
    await start();
    const { epoch } = await cluster.whole();
    cluster.redis.signal("SIGSTOP");
    await cluster.until(({ redis }) => !redis.isReachable);
    await moreAcknowledged(5_000);
    cluster.redis.signal("SIGCONT");
    const whole = await cluster.whole();
    expect(whole.epoch).to.equal(epoch);
    await expectBooksRight();
  });

  it("is held up by a slow script of somebody else's", async () => {
    await start();
    const { epoch } = await cluster.whole();
    const slow = "local t = redis.call('TIME')[1] repeat until redis.call('TIME')[1] - t >= 3";
    const script = cluster.redis.command("EVAL", slow, 0);
    await moreAcknowledged(5_000);
    await script;
    const whole = await cluster.whole();
    expect(whole.epoch).to.equal(epoch);
    await expectBooksRight();
  });
});
