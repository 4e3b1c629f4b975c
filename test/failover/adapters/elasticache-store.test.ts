import { assert } from "chai";
import { ElastiCacheStore } from "../../../failover/adapters/elasticache-store.ts";
import { FailoverError } from "../../../failover/errors.ts";
import { FakeElastiCache } from "./fake-elasticache.ts";
import { StandInNetwork } from "./recording-handler.ts";

const signal = new AbortController().signal;

async function failure(work: Promise<unknown>): Promise<FailoverError> {
  const outcome = await work.catch((error: unknown) => error);
  assert.instanceOf(outcome, FailoverError);
  return outcome;
}

describe("ElastiCacheStore", () => {
  const store = (fake: FakeElastiCache, moveTimeoutMs = 100) => {
    const network = new StandInNetwork(fake.answer);
    const zones = { b: "us-east-1b", c: "us-east-1c" };
    const options = { replicationGroupId: "store", zones, moveTimeoutMs, pollMs: 1 };
    return { network, store: new ElastiCacheStore({ ...network.access, ...options }) };
  };
  const fake = () => new FakeElastiCache({ "store-001": "us-east-1a", "store-002": "us-east-1c" });

  it("chooses the node of that zone, with the automatic failover off meanwhile and on at the end", async () => {
    const group = fake();
    const made = store(group);
    await made.store.placePrimary("c", signal);
    const modified = made.network.sent
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
      .filter(({ Action }) => Action === "ModifyReplicationGroup")
      .map(({ Action, Version, ReplicationGroupId, ApplyImmediately, ...change }) => change);
    assert.deepEqual(modified, [
      { AutomaticFailoverEnabled: "false", MultiAZEnabled: "false" },
      { PrimaryClusterId: "store-002" },
      { AutomaticFailoverEnabled: "true", MultiAZEnabled: "true" },
    ]);
    assert.deepEqual(await made.store.status(signal), {
      status: "available",
      hasAutomaticFailover: true,
      nodes: [
        { clusterId: "store-001", zone: "us-east-1a", isPrimary: false },
        { clusterId: "store-002", zone: "us-east-1c", isPrimary: true },
      ],
    });
  });

  it("tells where the primary is, and whether all is as it shall be", async () => {
    const group = fake();
    const { store: opened } = store(group);
    // The deployment names no zone a.
    assert.deepEqual(await opened.primary(signal), { zone: null, isSettled: true });
    group.primary = "store-002";
    group.hasAutomaticFailover = false;
    assert.deepEqual(await opened.primary(signal), { zone: "c", isSettled: false });
  });

  it("touches nothing where no node is in that zone", async () => {
    const group = fake();
    const error = await failure(store(group).store.placePrimary("b", signal));
    assert.equal(error.code, "AWS_NOT_FOUND");
    assert.isTrue(group.hasAutomaticFailover);
  });

  it("knows the zones of the deployment only", async () => {
    const error = await failure(store(fake()).store.placePrimary("d", signal));
    assert.equal(error.code, "AWS_NOT_FOUND");
  });

  it("gives up after its time, and says so", async () => {
    const error = await failure(store(fake(), 2).store.placePrimary("c", signal));
    assert.equal(error.code, "DATABASE_NOT_MOVED");
    assert.isTrue(error.retryable);
  });
});
