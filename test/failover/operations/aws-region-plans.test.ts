// Moves between regions as in AWS: traffic by Route 53 and Global Accelerator, the history on Aurora, the real
// adapters on fakes. Cut between any two records and resumed, they end the same, and nobody was hurt on the way.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { AuroraDatabase } from "../../../failover/adapters/aurora-database.ts";
import { GlobalAcceleratorTraffic } from "../../../failover/adapters/global-accelerator-traffic.ts";
import { Route53Traffic } from "../../../failover/adapters/route53-traffic.ts";
import { OperationLog } from "../../../failover/plan/operation-log.ts";
import type { Ports } from "../../../failover/ports.ts";
import { FakeAccelerator } from "../adapters/fake-accelerator.ts";
import { FakeRds } from "../adapters/fake-rds.ts";
import { FakeRoute53, type FakeSet } from "../adapters/fake-route53.ts";
import { networkError, StandInNetwork } from "../adapters/recording-handler.ts";
import { cutEverywhere, type Operation, runOrResume } from "./cut-everywhere.ts";
import { MemoryWorld } from "./memory-world.ts";

const clusters = {
  home: { arn: "arn:aws:rds:us-east-1:1:cluster:home", awsRegion: "us-east-1" },
  dr: { arn: "arn:aws:rds:us-west-2:1:cluster:dr", awsRegion: "us-west-2" },
};

const failoverSet = (SetIdentifier: string, Failover: string, Value: string): FakeSet => ({
  ...{ Name: "api.castle.test.", Type: "A", SetIdentifier, Failover, TTL: "5", Value },
  HealthCheckId: `hc-${SetIdentifier}`,
});

/** Clients and the writer are at home. */
class AwsRegions {
  readonly engines: MemoryWorld;
  readonly route53 = new FakeRoute53(
    [failoverSet("home", "PRIMARY", "192.0.2.1"), failoverSet("dr", "SECONDARY", "192.0.2.2")],
    ["hc-home", "hc-dr"],
  );
  readonly accelerator = new FakeAccelerator({
    "arn:home": [{ EndpointId: "arn:nlb-home", Weight: 128, ClientIPPreservationEnabled: true }],
    "arn:dr": [{ EndpointId: "arn:nlb-dr", Weight: 0, ClientIPPreservationEnabled: true }],
  });
  readonly rds = new FakeRds([clusters.home.arn, clusters.dr.arn]);
  /** Every request of the history's database. */
  readonly rdsNetwork = new StandInNetwork(this.rds.answer);
  /** The control planes of traffic answer nobody. */
  isTrafficSilent = false;

  private constructor(engines: MemoryWorld) {
    this.engines = engines;
  }

  static async opened(): Promise<AwsRegions> {
    return new AwsRegions(await MemoryWorld.opened());
  }

  ports(): Ports {
    const network = (fake: Pick<FakeRoute53, "answer">) =>
      new StandInNetwork((sent) =>
        this.isTrafficSilent ? networkError("ECONNREFUSED") : fake.answer(sent),
      ).access;
    const route53 = new Route53Traffic({
      ...network(this.route53),
      hostedZoneId: "Z1",
      records: [{ name: "api.castle.test", type: "A" }],
      regions: {
        home: { setIdentifier: "home", healthCheckId: "hc-home" },
        dr: { setIdentifier: "dr", healthCheckId: "hc-dr" },
      },
      excludesOld: true,
    });
    const accelerator = new GlobalAcceleratorTraffic({
      ...network(this.accelerator),
      groups: { home: { arn: "arn:home" }, dr: { arn: "arn:dr" } },
    });
    const database = new AuroraDatabase({
      ...this.rdsNetwork.access,
      ...{ globalClusterId: "castle", clusters, moveTimeoutMs: 200, pollMs: 1 },
    });
    return { ...this.engines.ports(), traffic: [route53, accelerator], database };
  }

  async state(): Promise<object> {
    const { route53, accelerator, rds } = this;
    return {
      engines: await this.engines.state(),
      sets: [...route53.sets].sort((a, b) =>
        (a.SetIdentifier ?? "") < (b.SetIdentifier ?? "") ? -1 : 1,
      ),
      healthChecks: [...route53.healthChecks],
      recordChanges: route53.changes,
      groups: [...accelerator.groups],
      weightChanges: [...accelerator.updates],
      writer: rds.writer,
      moves: [...rds.moves],
      harm: [...route53.harm, ...accelerator.harm],
    };
  }
}

const switchover: Operation = {
  verb: "switchover",
  parameters: { kind: "regionSwitchover", from: "home", to: "dr", term: 1 },
};
const failover: Operation = {
  verb: "failover",
  parameters: { kind: "regionFailover", from: "home", to: "dr", term: 1, demote: [] },
};

const surroundings = ["traffic-route-53", "traffic-global-accelerator", "database"];

const rows: readonly [
  what: string,
  operation: Operation,
  isLost: boolean,
  steps: readonly string[],
  move: string,
][] = [
  [
    "a switchover of regions",
    switchover,
    false,
    [
      ...["drain", "catch-up", "move-register", "open", "serve", "demote"],
      ...[...surroundings, "follow"],
    ],
    "SwitchoverGlobalCluster",
  ],
  [
    "a failover from a lost region",
    failover,
    true,
    ["move-register", "open", "serve", ...surroundings],
    "FailoverGlobalCluster",
  ],
];

describe("Plans between regions in AWS", function () {
  // Some hundred plans, each record on disk before the next one.
  this.timeout(60_000);
  const directories: string[] = [];
  after(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });
  const newDirectory = () => {
    const directory = mkdtempSync(join(tmpdir(), "castle-aws-plans-"));
    directories.push(directory);
    return directory;
  };
  const open = async (isLost: boolean) => {
    const world = await AwsRegions.opened();
    if (isLost) world.engines.lose("home");
    return world;
  };

  for (const [what, operation, isLost, steps, move] of rows) {
    it(`end the same wherever ${what} was interrupted`, async () => {
      const { world, records } = await cutEverywhere(operation, () => open(isLost), newDirectory);
      // The decision log: each step is told twice, in order, and each is done within its budget.
      expect(
        records.map((record) => ("step" in record ? `${record.kind} ${record.step}` : record.kind)),
      ).to.deep.equal([
        "planned",
        ...steps.flatMap((step) => [`stepBegan ${step}`, `stepDone ${step}`]),
        "done",
      ]);
      const done = records.filter((record) => record.kind === "stepDone");
      expect(done.filter(({ isOverBudget }) => isOverBudget)).to.deep.equal([]);
      const changed = done.filter(({ wasThere }) => !wasThere).map(({ step }) => step);
      expect(changed).to.include.members(surroundings);
      expect(await world.state()).to.deep.include({
        recordChanges: 1,
        // The new group is opened first, then the old one is shut.
        weightChanges: [weights("dr", 128), weights("home", 0)],
        moves: [`${move} ${clusters.dr.arn}`],
        writer: clusters.dr.arn,
        harm: [],
      });
      const inverted = [...world.route53.healthChecks].map(([id, check]) => [id, check.isInverted]);
      expect(inverted).to.deep.equal([
        ["hc-home", true],
        ["hc-dr", false],
      ]);
    });
  }

  it("ask for a lost region's writer in the region that lives", async () => {
    const world = await open(true);
    await runOrResume(world, failover, new OperationLog(newDirectory()));
    const asked = world.rdsNetwork.sent.filter(({ body }) => body.includes("FailoverGlobal"));
    expect(asked.map(({ authorization }) => authorization)).to.have.length(1);
    expect(asked[0]?.authorization).to.contain("/us-west-2/rds/");
    expect(asked[0]?.body).to.contain("AllowDataLoss=true");
  });

  it("open the region although no control plane of traffic answers, and say so", async () => {
    const world = await open(true);
    world.isTrafficSilent = true;
    const log = new OperationLog(newDirectory());
    const end = await runOrResume(world, failover, log);
    expect(end.kind).to.equal("done");
    const missed = log.read().flatMap((record) => (record.kind === "stepFailed" ? [record] : []));
    expect(missed.map(({ step, isOptional }) => `${step} ${isOptional}`)).to.deep.equal([
      "traffic-route-53 true",
      "traffic-global-accelerator true",
    ]);
    for (const { problem } of missed) expect(problem).to.contain("ECONNREFUSED");
    expect(world.engines.engine("dr", "engine-1").isServing).to.equal(true);
    expect(world.rds.writer).to.equal(clusters.dr.arn);
  });
});

function weights(region: string, Weight: number) {
  const EndpointId = `arn:nlb-${region}`;
  return {
    EndpointGroupArn: `arn:${region}`,
    EndpointConfigurations: [{ EndpointId, Weight, ClientIPPreservationEnabled: true }],
  };
}
