// Plans inside a region that ask AWS, with the real adapters on fakes: the exact requests, the decision log, cut
// between any two records and resumed; and what is proposed, refused or left alone before.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ElastiCacheStore } from "../../../failover/adapters/elasticache-store.ts";
import { ZonalShift } from "../../../failover/adapters/zonal-shift.ts";
import { buildPlan } from "../../../failover/operations/build-plan.ts";
import { isRefused } from "../../../failover/operations/checks.ts";
import type { Parameters } from "../../../failover/operations/parameters.ts";
import type { Proposal } from "../../../failover/operations/propose.ts";
import {
  proposeStorePlace,
  proposeZoneLeave,
  proposeZoneReturn,
} from "../../../failover/operations/propose-zone.ts";
import { OperationLog, type OperationRecord } from "../../../failover/plan/operation-log.ts";
import type { FollowerPort, Ports } from "../../../failover/ports.ts";
import { look } from "../../../failover/view.ts";
import { FakeArc } from "../adapters/fake-arc.ts";
import { FakeElastiCache } from "../adapters/fake-elasticache.ts";
import { StandInNetwork } from "../adapters/recording-handler.ts";
import { cutEverywhere, runOrResume, who } from "./cut-everywhere.ts";
import { MemoryWorld } from "./memory-world.ts";

const resources = ["arn:aws:elb:r:1:loadbalancer/api", "arn:aws:elb:r:1:loadbalancer/entry"];
const zoneIds = { a: "use1-az4", b: "use1-az6", c: "use1-az1" };
const zoneNames = { a: "us-east-1a", b: "us-east-1b", c: "us-east-1c" };

/** A region at home with balancers and a managed Redis, whose primary has moved to zone b. */
class AwsWorld {
  readonly engines: MemoryWorld;
  readonly arc = new FakeArc();
  readonly cache = new FakeElastiCache({ "store-001": "us-east-1c", "store-002": "us-east-1b" });
  readonly network = new StandInNetwork(this.cache.answer);
  private readonly arcUrl: string;

  private constructor(engines: MemoryWorld, arc: FakeArc, arcUrl: string) {
    this.engines = engines;
    this.arc = arc;
    this.arcUrl = arcUrl;
    this.cache.primary = "store-002";
  }

  static async opened(): Promise<AwsWorld> {
    const arc = new FakeArc();
    return new AwsWorld(await MemoryWorld.opened(), arc, await arc.listen());
  }

  ports(): Ports {
    const ports = this.engines.ports();
    const zoneTraffic = new ZonalShift({
      ...{ region: "us-east-1", endpoint: this.arcUrl, resources, zones: zoneIds },
    });
    const store = new ElastiCacheStore({
      ...this.network.access,
      ...{ replicationGroupId: "journal", zones: zoneNames, moveTimeoutMs: 200, pollMs: 1 },
    });
    const redis = { node: "redis", kind: "redis", zone: "c", address: "redis" } as const;
    const regions = ports.regions.map((region) => {
      const [gateway] = region.followers;
      if (region.name !== "home" || gateway === undefined) return region;
      const gateways = ["a", "b"].map(
        (zone): FollowerPort => ({ ...gateway, name: `gateway-${zone}`, zone }),
      );
      const seats = [...region.seats, redis];
      return { ...region, followers: gateways, seats, zoneTraffic, store };
    });
    return { ...ports, regions };
  }

  async state(): Promise<object> {
    const { primary, promotions, hasAutomaticFailover } = this.cache;
    const shifts = [...this.arc.shifts.values()];
    const cache = { primary, promotions: [...promotions], hasAutomaticFailover };
    return { engines: await this.engines.state(), shifts, cache };
  }

  /** Of the store: what changed, as it was asked for. */
  modifications(): object[] {
    return this.network.sent
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
      .filter(({ Action }) => Action === "ModifyReplicationGroup")
      .map(({ Action, Version, ReplicationGroupId, ApplyImmediately, ...change }) => change);
  }
}

const shiftBody = (resourceIdentifier: string) =>
  `POST /zonalshifts ${JSON.stringify({ resourceIdentifier, awayFrom: "use1-az4", expiresIn: "4h", comment: "a test" })}`;

const stepsOf = (records: readonly OperationRecord[]) =>
  records.flatMap((record) => (record.kind === "stepDone" ? [record.step] : []));

describe("Plans that ask AWS for a zone", function () {
  // Every record is on disk before the next one, and servers listen.
  this.timeout(30_000);
  const directories: string[] = [];
  const worlds: AwsWorld[] = [];
  after(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });
  afterEach(() => {
    for (const { arc } of worlds.splice(0)) arc.close();
  });

  const newDirectory = () => {
    const directory = mkdtempSync(join(tmpdir(), "castle-zone-plans-"));
    directories.push(directory);
    return directory;
  };
  const open = async (arrange: (world: AwsWorld) => void = () => {}) => {
    const world = await AwsWorld.opened();
    worlds.push(world);
    arrange(world);
    return world;
  };
  const view = (world: AwsWorld) => look(world.ports(), AbortSignal.timeout(1_900));

  function parametersOf(proposal: Proposal): Parameters {
    if (proposal.kind !== "plan") throw new Error(proposal.sentence);
    expect(isRefused(proposal.checks), JSON.stringify(proposal.checks)).to.equal(false);
    return proposal.parameters;
  }
  const failing = ({ checks }: Proposal) =>
    checks.filter(({ level }) => level === "fail").map(({ id }) => id);

  it("take a zone out of traffic, its primary first, wherever that was interrupted", async () => {
    const parameters = parametersOf(
      proposeZoneLeave(await view(await open()), { zone: "a", hours: 4 }),
    );
    const operation = { verb: "zone leave", parameters };
    const { world, records } = await cutEverywhere(operation, open, newDirectory);
    expect(stepsOf(records)).to.deep.equal([
      ...["hand-over", "serve", "gateways", "shift", "stand-by"],
    ]);
    expect(world.engines.engine("home", "engine-2").isServing).to.equal(true);
    expect(world.arc.requests.filter((request) => !request.startsWith("GET"))).to.deep.equal(
      resources.map(shiftBody),
    );
  });

  it("take the zone of a standby out without a hand-over", async () => {
    const parameters = parametersOf(
      proposeZoneLeave(await view(await open()), { zone: "b", hours: 1 }),
    );
    const { records } = await cutEverywhere(
      { verb: "zone leave", parameters },
      () => open(),
      newDirectory,
    );
    expect(stepsOf(records)).to.deep.equal(["shift"]);
  });

  it("leave the zone although the old primary in it does not come back", async () => {
    const world = await open();
    const parameters = parametersOf(proposeZoneLeave(await view(world), { zone: "a", hours: 4 }));
    const { steps } = buildPlan("zone leave", parameters, world.ports(), who);
    expect(steps.filter(({ isOptional }) => isOptional).map(({ id }) => id)).to.deep.equal([
      "stand-by",
    ]);
  });

  it("let a zone in again, wherever that was interrupted", async () => {
    const shifted = () =>
      open(({ arc }) => {
        for (const [index, resourceIdentifier] of resources.entries()) {
          arc.shifts.set(`shift-${index}`, { resourceIdentifier, awayFrom: "use1-az4" });
        }
      });
    const parameters = parametersOf(proposeZoneReturn(await view(await shifted()), { zone: "a" }));
    const operation = { verb: "zone return", parameters };
    const { world, records } = await cutEverywhere(operation, shifted, newDirectory);
    expect(stepsOf(records)).to.deep.equal(["return"]);
    expect(world.arc.shifts.size).to.equal(0);
    expect(world.arc.requests.filter((request) => !request.startsWith("GET"))).to.deep.equal([
      ...["DELETE /zonalshifts/shift-0", "DELETE /zonalshifts/shift-1"],
    ]);
  });

  it("bring the managed Redis home, wherever that was interrupted", async () => {
    const parameters = parametersOf(proposeStorePlace(await view(await open()), {}));
    const operation = { verb: "redis place", parameters };
    const { world, records } = await cutEverywhere(operation, () => open(), newDirectory);
    expect(stepsOf(records)).to.deep.equal(["place", "in-sync"]);
    expect(world.modifications()).to.deep.equal([
      { AutomaticFailoverEnabled: "false", MultiAZEnabled: "false" },
      { PrimaryClusterId: "store-001" },
      { AutomaticFailoverEnabled: "true", MultiAZEnabled: "true" },
    ]);
  });

  it("have nothing to do where all is so already", async () => {
    const world = await open(({ arc, cache }) => {
      cache.primary = "store-001";
      for (const [index, resourceIdentifier] of resources.entries()) {
        arc.shifts.set(`shift-${index}`, { resourceIdentifier, awayFrom: "use1-az6" });
      }
    });
    const seen = await view(world);
    expect(proposeZoneLeave(seen, { zone: "b", hours: 1 }).kind).to.equal("nothing");
    expect(proposeZoneReturn(seen, { zone: "a" }).kind).to.equal("nothing");
    expect(proposeStorePlace(seen, {}).kind).to.equal("nothing");
  });

  it("finish a move of Redis that was given up before its failover was on again", async () => {
    const world = await open(({ cache }) => {
      cache.primary = "store-001";
      cache.hasAutomaticFailover = false;
    });
    expect(proposeStorePlace(await view(world), {}).kind).to.equal("plan");
  });

  it("go on with a step that was cut between two of its requests", async () => {
    const world = await open(({ arc, cache }) => {
      const [resourceIdentifier = ""] = resources;
      arc.shifts.set("shift-1", { resourceIdentifier, awayFrom: "use1-az6" });
      cache.primary = "store-001";
      cache.hasAutomaticFailover = false;
    });
    const seen = await view(world);
    for (const [verb, proposal] of [
      ["zone leave", proposeZoneLeave(seen, { zone: "b", hours: 4 })],
      ["redis place", proposeStorePlace(seen, {})],
    ] as const) {
      const operation = { verb, parameters: parametersOf(proposal) };
      const end = await runOrResume(world, operation, new OperationLog(newDirectory()));
      expect(end.steps[0]?.outcome, JSON.stringify(end)).to.equal("done");
    }
    expect(world.arc.shifts.size).to.equal(2);
    expect(world.cache.hasAutomaticFailover).to.equal(true);
    expect(world.cache.promotions).to.deep.equal([]);
  });

  const refusals: readonly [
    what: string,
    arrange: (world: AwsWorld) => void,
    propose: (seen: Awaited<ReturnType<typeof look>>) => Proposal,
    checks: readonly string[],
  ][] = [
    [
      "a second zone",
      ({ arc }) =>
        arc.shifts.set("shift-0", {
          resourceIdentifier: resources[0] ?? "",
          awayFrom: "use1-az1",
        }),
      (seen) => proposeZoneLeave(seen, { zone: "b", hours: 1 }),
      ["other-zone"],
    ],
    [
      "a zone whose primary has no standby",
      ({ engines }) => engines.lose("home", "engine-2"),
      (seen) => proposeZoneLeave(seen, { zone: "a", hours: 1 }),
      ["standby"],
    ],
    [
      "the only zone with gateways",
      () => {},
      (seen) =>
        proposeZoneLeave(
          {
            ...seen,
            regions: seen.regions.map((region) => ({
              ...region,
              followers: region.followers.filter(({ zone }) => zone === "b"),
            })),
          },
          { zone: "b", hours: 1 },
        ),
      ["gateways"],
    ],
    [
      "anything while zonal shift is silent",
      ({ arc }) => arc.close(),
      (seen) => proposeZoneReturn(seen, { zone: "a" }),
      ["zonal-shift"],
    ],
    [
      "to move Redis while one engine stands alone",
      ({ engines }) => engines.lose("home", "engine-2"),
      (seen) => proposeStorePlace(seen, {}),
      ["in-sync"],
    ],
  ];
  for (const [what, arrange, propose, checks] of refusals) {
    it(`refuse ${what}`, async () => {
      expect(failing(propose(await view(await open(arrange))))).to.deep.equal(checks);
    });
  }

  it("are not possible for what the deployment does not name", async () => {
    const seen = await view(await open());
    const wish = { hours: 1, region: "dr" };
    expect(() => proposeZoneLeave(seen, { ...wish, zone: "a" })).to.throw("names no zonalShift");
    expect(() => proposeZoneReturn(seen, { zone: "x" })).to.throw("there is a, b, c");
    expect(() => proposeStorePlace(seen, { region: "dr" })).to.throw("names no store");
  });
});
