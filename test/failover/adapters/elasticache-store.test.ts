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
    const options = { replicationGroupId: "store", moveTimeoutMs, pollMs: 1 };
    return { network, store: new ElastiCacheStore({ ...network.access, ...options }) };
  };
  const fake = () => new FakeElastiCache({ "store-001": "use1-az1", "store-002": "use1-az3" });

  it("chooses the node of that zone, with the automatic failover off meanwhile and on at the end", async () => {
    const group = fake();
    const made = store(group);
    await made.store.placePrimary("use1-az3", signal);
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
        { clusterId: "store-001", zone: "use1-az1", isPrimary: false },
        { clusterId: "store-002", zone: "use1-az3", isPrimary: true },
      ],
    });
  });

  it("touches nothing where no node is in that zone", async () => {
    const group = fake();
    const error = await failure(store(group).store.placePrimary("use1-az9", signal));
    assert.equal(error.code, "AWS_NOT_FOUND");
    assert.isTrue(group.hasAutomaticFailover);
  });

  it("gives up after its time, and says so", async () => {
    const error = await failure(store(fake(), 2).store.placePrimary("use1-az3", signal));
    assert.equal(error.code, "DATABASE_NOT_MOVED");
    assert.isTrue(error.retryable);
  });
});
