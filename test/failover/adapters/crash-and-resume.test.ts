// Every operation of several requests is cut at each of them: before it reached AWS, and after it did but
// before the answer came. Run again it ends where an uncut run ends, and at no moment clients or data
// were hurt. The same where AWS throttles: once, which nobody notices, or for good.

import { assert } from "chai";
import { AuroraDatabase } from "../../../failover/adapters/aurora-database.ts";
import type { AwsAccess } from "../../../failover/adapters/client-options.ts";
import { ElastiCacheStore } from "../../../failover/adapters/elasticache-store.ts";
import { GlobalAcceleratorTraffic } from "../../../failover/adapters/global-accelerator-traffic.ts";
import { Route53Traffic } from "../../../failover/adapters/route53-traffic.ts";
import { FailoverError } from "../../../failover/errors.ts";
import { FakeAccelerator } from "./fake-accelerator.ts";
import { FakeElastiCache } from "./fake-elasticache.ts";
import { FakeRds } from "./fake-rds.ts";
import { FakeRoute53, type FakeSet } from "./fake-route53.ts";
import {
  type Answer,
  jsonError,
  type Sent,
  StandInNetwork,
  xmlError,
} from "./recording-handler.ts";

const signal = new AbortController().signal;

/** The process ends here: an error that nobody retries. */
class Cut extends Error {}

type Moment = "before it arrives" | "before its answer";

interface World {
  readonly answer: (sent: Sent) => Answer;
  run(access: AwsAccess): Promise<void>;
  /** What must be equal at the end. */
  end(): unknown;
  /** What must not have happened on the way. */
  harm(): readonly string[];
}

const east = "arn:aws:rds:us-east-1:1:cluster:east";
const west = "arn:aws:rds:us-west-2:1:cluster:west";

const failoverSet = (SetIdentifier: string, Failover: string): FakeSet => ({
  ...{ Name: "api.castle.test.", Type: "A", SetIdentifier, Failover, TTL: "5" },
  ...{
    Value: SetIdentifier === "east" ? "192.0.2.1" : "192.0.2.2",
    HealthCheckId: `hc-${SetIdentifier}`,
  },
});

function route53World(): World {
  const sets = [failoverSet("east", "PRIMARY"), failoverSet("west", "SECONDARY")];
  const fake = new FakeRoute53(sets, ["hc-east", "hc-west"]);
  return {
    answer: fake.answer,
    run: (access) =>
      new Route53Traffic({
        ...access,
        hostedZoneId: "Z1",
        records: [{ name: "api.castle.test", type: "A" }],
        regions: {
          east: { setIdentifier: "east", healthCheckId: "hc-east" },
          west: { setIdentifier: "west", healthCheckId: "hc-west" },
        },
        excludesOld: true,
      }).moveTo("west", signal),
    end: () => ({
      sets: [...fake.sets].sort((a, b) =>
        (a.SetIdentifier ?? "") < (b.SetIdentifier ?? "") ? -1 : 1,
      ),
      healthChecks: [...fake.healthChecks],
      changes: fake.changes,
    }),
    harm: () => fake.harm,
  };
}

function acceleratorWorld(): World {
  const fake = new FakeAccelerator({
    "arn:east": [
      { EndpointId: "arn:nlb-east", Weight: 128, ClientIPPreservationEnabled: true },
      { EndpointId: "arn:nlb-other", Weight: 7 },
    ],
    "arn:west": [{ EndpointId: "arn:nlb-west", Weight: 0, ClientIPPreservationEnabled: true }],
  });
  return {
    answer: fake.answer,
    run: (access) =>
      new GlobalAcceleratorTraffic({
        ...access,
        groups: {
          east: { arn: "arn:east", endpoints: ["arn:nlb-east"] },
          west: { arn: "arn:west", endpoints: ["arn:nlb-west"] },
        },
      }).moveTo("west", signal),
    end: () => ({ groups: [...fake.groups], updates: fake.updates.length }),
    harm: () => fake.harm,
  };
}

function auroraWorld(mode: "switchover" | "failover"): World {
  const fake = new FakeRds([east, west]);
  return {
    answer: fake.answer,
    run: (access) =>
      new AuroraDatabase({
        ...access,
        globalClusterId: "castle",
        clusters: {
          east: { arn: east, awsRegion: "us-east-1" },
          west: { arn: west, awsRegion: "us-west-2" },
        },
        moveTimeoutMs: 100,
        pollMs: 1,
      }).promote({ region: "west", mode }, signal),
    end: () => ({ writer: fake.writer, moves: fake.moves }),
    harm: () => fake.moves.slice(1),
  };
}

function storeWorld(): World {
  const fake = new FakeElastiCache({ "store-001": "us-east-1a", "store-002": "us-east-1c" });
  return {
    answer: fake.answer,
    run: (access) =>
      new ElastiCacheStore({
        ...access,
        replicationGroupId: "store",
        zones: { c: "us-east-1c" },
        moveTimeoutMs: 100,
        pollMs: 1,
      }).placePrimary("c", signal),
    end: () => ({ primary: fake.primary, promotions: fake.promotions }),
    harm: () => [
      ...fake.promotions.slice(1),
      ...(fake.primary === "store-002" && !fake.hasAutomaticFailover ? ["left alone"] : []),
    ],
  };
}

const operations: readonly [name: string, make: () => World, requestsMin: number][] = [
  ["Route 53, records and health checks", route53World, 5],
  ["Global Accelerator, both groups", acceleratorWorld, 5],
  ["Aurora, switchover", () => auroraWorld("switchover"), 4],
  ["Aurora, failover", () => auroraWorld("failover"), 4],
  ["ElastiCache, the primary's zone", storeWorld, 6],
];

/** Answers up to the request of that number, counted from 1, where the process ends. */
function cutAt(world: World, number: number, moment: Moment): StandInNetwork {
  let count = 0;
  return new StandInNetwork((sent) => {
    count += 1;
    if (count < number) return world.answer(sent);
    if (count === number && moment === "before its answer") world.answer(sent);
    return new Cut(`cut at request ${number}`);
  });
}

describe("Adapters: crash after each request, then resume", () => {
  for (const [name, make, requestsMin] of operations) {
    it(name, async () => {
      const uncut = make();
      const network = new StandInNetwork(uncut.answer);
      await uncut.run(network.access);
      assert.isAtLeast(network.sent.length, requestsMin);
      assert.deepEqual(uncut.harm(), []);
      for (let number = 1; number <= network.sent.length; number += 1) {
        for (const moment of ["before it arrives", "before its answer"] as const) {
          const where = `cut at request ${number}, ${moment}`;
          const world = make();
          const outcome = await world.run(cutAt(world, number, moment).access).then(
            () => "done",
            () => "cut",
          );
          assert.equal(outcome, "cut", where);
          await world.run(new StandInNetwork(world.answer).access);
          assert.deepEqual(world.end(), uncut.end(), where);
          assert.deepEqual(world.harm(), [], where);
        }
      }
    });
  }

  for (const [name, make] of operations) {
    it(`${name}: run again when done, changes nothing`, async () => {
      const world = make();
      await world.run(new StandInNetwork(world.answer).access);
      const end = structuredClone(world.end());
      await world.run(new StandInNetwork(world.answer).access);
      assert.deepEqual(world.end(), end);
      assert.deepEqual(world.harm(), []);
    });
  }
});

/** In each protocol's own way. */
const throttled = ({ target }: Sent): Answer =>
  target === undefined
    ? xmlError("Throttling", "Rate exceeded")
    : jsonError("ThrottlingException", "Rate exceeded");

describe("Adapters: throttled at each request", function () {
  // The SDK pauses up to half a second before it repeats what was throttled.
  this.timeout(30_000);
  /** Requests with these numbers are refused, and not carried out. */
  const throttling = (world: World, isRefused: (number: number) => boolean) => {
    let count = 0;
    return new StandInNetwork((sent) => {
      count += 1;
      return isRefused(count) ? throttled(sent) : world.answer(sent);
    });
  };

  for (const [name, make] of operations) {
    it(`${name}: once, and it goes on; for good, and it says so`, async () => {
      const uncut = make();
      const calm = new StandInNetwork(uncut.answer);
      await uncut.run(calm.access);
      const numbers = calm.sent.map((_, index) => index + 1);
      // Each in a world of its own, all at once, as most of the time is the SDK's pause.
      await Promise.all(
        numbers.map(async (number) => {
          const where = `throttled at request ${number}`;
          const once = make();
          const slowed = throttling(once, (count) => count === number);
          await once.run(slowed.access);
          assert.lengthOf(slowed.sent, calm.sent.length + 1, where);
          assert.deepEqual(once.end(), uncut.end(), where);
          assert.deepEqual(once.harm(), [], where);

          const always = make();
          const stopped = throttling(always, (count) => count >= number);
          const error = await always.run(stopped.access).catch((thrown: unknown) => thrown);
          assert.instanceOf(error, FailoverError, where);
          assert.equal(error.code, "AWS_THROTTLED", where);
          assert.isTrue(error.retryable);
          // Two attempts are allowed here.
          assert.lengthOf(stopped.sent, number + 1, where);
          await always.run(new StandInNetwork(always.answer).access);
          assert.deepEqual(always.end(), uncut.end(), where);
          assert.deepEqual(always.harm(), [], where);
        }),
      );
    });
  }
});
