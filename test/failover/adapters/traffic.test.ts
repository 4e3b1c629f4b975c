// Traffic: the exact requests, what is refused, and what AWS's own errors become.

import { assert } from "chai";
import {
  type GlobalAcceleratorOptions,
  GlobalAcceleratorTraffic,
} from "../../../failover/adapters/global-accelerator-traffic.ts";
import { Route53Traffic } from "../../../failover/adapters/route53-traffic.ts";
import { FailoverError } from "../../../failover/errors.ts";
import type { TrafficRouter } from "../../../failover/traffic.ts";
import { FakeAccelerator } from "./fake-accelerator.ts";
import { FakeRoute53, type FakeSet } from "./fake-route53.ts";
import {
  json,
  jsonError,
  networkError,
  RecordingHandler,
  type Script,
  StandInNetwork,
  xmlError,
} from "./recording-handler.ts";

const signal = new AbortController().signal;

async function failure(work: Promise<unknown>): Promise<FailoverError> {
  const outcome = await work.catch((error: unknown) => error);
  assert.instanceOf(outcome, FailoverError);
  return outcome;
}

const api = { name: "api.castle.test", type: "A" } as const;
const feed = { name: "feed.castle.test", type: "A" } as const;

const set = (name: string, SetIdentifier: string, routing: FakeSet): FakeSet => ({
  ...{ Name: `${name}.`, Type: "A", SetIdentifier, ...routing, TTL: "5" },
  Value: SetIdentifier === "set-east" ? "192.0.2.1" : "192.0.2.2",
});

const failoverSets = (name: string, primary: "set-east" | "set-west"): FakeSet[] =>
  ["set-east", "set-west"].map((id) =>
    set(name, id, {
      Failover: id === primary ? "PRIMARY" : "SECONDARY",
      HealthCheckId: `hc-${id}`,
    }),
  );

function route53(
  network: StandInNetwork,
  options: { excludesOld?: boolean; records?: (typeof api | typeof feed)[] } = {},
) {
  return new Route53Traffic({
    ...network.access,
    hostedZoneId: "Z1",
    records: options.records ?? [api],
    regions: {
      east: { setIdentifier: "set-east", healthCheckId: "hc-east" },
      west: { setIdentifier: "set-west", healthCheckId: "hc-west" },
    },
    excludesOld: options.excludesOld,
  });
}

const fakeRoute53 = (sets: readonly FakeSet[]) => new FakeRoute53(sets, ["hc-east", "hc-west"]);

describe("Route53Traffic", () => {
  it("changes both sets of every record in one transaction, by deleting what it read", async () => {
    const fake = fakeRoute53([
      ...failoverSets(api.name, "set-east"),
      ...failoverSets(feed.name, "set-east"),
    ]);
    const network = new StandInNetwork(fake.answer);
    const traffic = route53(network, { records: [api, feed] });
    assert.equal(await traffic.current(signal), "east");
    await traffic.moveTo("west", signal);
    assert.equal(await traffic.current(signal), "west");
    assert.equal(fake.changes, 1);
    const [change, ...others] = network.sent.filter(
      ({ method, path }) => method === "POST" && path.endsWith("/rrset"),
    );
    assert.lengthOf(others, 0);
    assert.equal(change?.path, "/2013-04-01/hostedzone/Z1/rrset");
    const body = change?.body ?? "";
    assert.include(body, "<Comment>Castle: clients to west</Comment>");
    const actions = [...body.matchAll(/<Action>(\w+)<\/Action>/g)].map(([, action]) => action);
    assert.deepEqual(actions, [
      "DELETE",
      "DELETE",
      "CREATE",
      "CREATE",
      "DELETE",
      "DELETE",
      "CREATE",
      "CREATE",
    ]);
    assert.include(
      body,
      "<ResourceRecordSet><Name>api.castle.test.</Name><Type>A</Type><SetIdentifier>set-west</SetIdentifier>" +
        "<Failover>PRIMARY</Failover><TTL>5</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.2</Value>" +
        "</ResourceRecord></ResourceRecords><HealthCheckId>hc-set-west</HealthCheckId></ResourceRecordSet>",
    );
  });

  it("moves weighted records by their weight", async () => {
    const fake = fakeRoute53([
      set(api.name, "set-east", { Weight: "100" }),
      set(api.name, "set-west", { Weight: "0" }),
    ]);
    const traffic = route53(new StandInNetwork(fake.answer));
    await traffic.moveTo("west", signal);
    assert.deepEqual(
      fake.sets.map(({ SetIdentifier, Weight }) => [SetIdentifier, Weight]),
      [
        ["set-east", "0"],
        ["set-west", "100"],
      ],
    );
    assert.equal(await traffic.current(signal), "west");
  });

  it("knows no single region where records differ or both have weight", async () => {
    const records = [...failoverSets(api.name, "set-east"), ...failoverSets(feed.name, "set-west")];
    const network = new StandInNetwork(fakeRoute53(records).answer);
    assert.isNull(await route53(network, { records: [api, feed] }).current(signal));
    const both = ["set-east", "set-west"].map((id) => set(api.name, id, { Weight: "1" }));
    assert.isNull(await route53(new StandInNetwork(fakeRoute53(both).answer)).current(signal));
  });

  it("fails the old region's health check only where it was told to, and lets it in again first", async () => {
    const fake = fakeRoute53(failoverSets(api.name, "set-east"));
    await route53(new StandInNetwork(fake.answer)).moveTo("west", signal);
    assert.isFalse(fake.healthChecks.get("hc-east")?.isInverted);
    const traffic = route53(new StandInNetwork(fake.answer), { excludesOld: true });
    await traffic.moveTo("west", signal);
    const excluded = { version: 2, isDisabled: true, isInverted: true };
    assert.deepEqual(fake.healthChecks.get("hc-east"), excluded);
    const back = new StandInNetwork(fake.answer);
    await route53(back, { excludesOld: true }).moveTo("east", signal);
    assert.equal(fake.healthChecks.get("hc-east")?.isInverted, false);
    assert.equal(fake.healthChecks.get("hc-west")?.isInverted, true);
    const posts = back.sent.filter(({ method }) => method === "POST").map(({ path }) => path);
    assert.deepEqual(posts, [
      "/2013-04-01/healthcheck/hc-east",
      "/2013-04-01/healthcheck/hc-west",
      "/2013-04-01/hostedzone/Z1/rrset",
    ]);
    assert.include(
      back.sent.find(({ method }) => method === "POST")?.body,
      "<HealthCheckVersion>2</HealthCheckVersion><Inverted>false</Inverted><Disabled>false</Disabled>",
    );
  });

  it("names no region that is kept out by its health check", async () => {
    const fake = fakeRoute53(failoverSets(api.name, "set-east"));
    fake.healthChecks.set("hc-east", { version: 2, isDisabled: true, isInverted: true });
    assert.isNull(await route53(new StandInNetwork(fake.answer)).current(signal));
  });

  it("reads again where somebody else changed the records in between", async () => {
    const fake = fakeRoute53(failoverSets(api.name, "set-east"));
    let isMeddled = false;
    const network = new StandInNetwork((sent) => {
      if (sent.method === "POST" && !isMeddled) {
        isMeddled = true;
        fake.sets = fake.sets.map((other) => ({ ...other, TTL: "10" }));
      }
      return fake.answer(sent);
    });
    await route53(network).moveTo("west", signal);
    assert.deepEqual(
      fake.sets.map(({ TTL }) => TTL),
      ["10", "10"],
    );
    assert.equal(fake.changes, 1);
  });

  const unsafe: readonly [why: string, sets: FakeSet[], words: string][] = [
    [
      "a region's set is missing",
      failoverSets(api.name, "set-east").slice(0, 1),
      "no set set-west",
    ],
    [
      "a set is no region's",
      [...failoverSets(api.name, "set-east"), set(api.name, "set-x", { Weight: "1" })],
      "set set-x that is no region's",
    ],
    [
      "it is no record of that kind",
      ["set-east", "set-west"].map((id) => set(api.name, id, { Region: "us-east-1" })),
      "neither a failover nor a weighted record",
    ],
  ];
  for (const [why, sets, words] of unsafe) {
    it(`changes nothing where ${why}`, async () => {
      const fake = fakeRoute53(sets);
      const error = await failure(route53(new StandInNetwork(fake.answer)).moveTo("west", signal));
      assert.equal(error.code, "TRAFFIC_UNSAFE");
      assert.include(error.message, words);
      assert.equal(fake.changes, 0);
    });
  }
});

const groups: GlobalAcceleratorOptions["groups"] = {
  east: { arn: "arn:east", endpoints: ["nlb-east"] },
  west: { arn: "arn:west", endpoints: ["nlb-west"] },
};
const accelerator = (network: StandInNetwork) =>
  new GlobalAcceleratorTraffic({ ...network.access, groups });
const endpoint = (EndpointId: string, Weight: number) => ({
  ...{ EndpointId, Weight, ClientIPPreservationEnabled: true },
});
const fakeAccelerator = (weightEast: number, weightWest: number) =>
  new FakeAccelerator({
    "arn:east": [endpoint("nlb-east", weightEast), { EndpointId: "nlb-other", Weight: 7 }],
    "arn:west": [endpoint("nlb-west", weightWest)],
  });

describe("GlobalAcceleratorTraffic", () => {
  it("opens the new group, then shuts the old one, and sends all else back as it was", async () => {
    const fake = fakeAccelerator(128, 0);
    const network = new StandInNetwork(fake.answer);
    await accelerator(network).moveTo("west", signal);
    assert.deepEqual(fake.updates, [
      { EndpointGroupArn: "arn:west", EndpointConfigurations: [endpoint("nlb-west", 128)] },
      {
        EndpointGroupArn: "arn:east",
        EndpointConfigurations: [endpoint("nlb-east", 0), { EndpointId: "nlb-other", Weight: 7 }],
      },
    ]);
    assert.include(network.sent[1]?.target, "GlobalAccelerator_V20180706.UpdateEndpointGroup");
    assert.include(network.sent[0]?.authorization, "/us-west-2/globalaccelerator/");
  });

  it("never fails back by itself: the old region is left without weight, however often it is asked", async () => {
    const fake = fakeAccelerator(128, 0);
    for (let time = 0; time < 2; time += 1) {
      await accelerator(new StandInNetwork(fake.answer)).moveTo("west", signal);
      assert.equal(fake.groups.get("arn:east")?.[0]?.Weight, 0);
    }
    assert.lengthOf(fake.updates, 2);
  });

  const states: readonly [weightEast: number, weightWest: number, region: string | null][] = [
    [128, 0, "east"],
    [0, 128, "west"],
    [128, 128, null],
    [0, 0, null],
  ];
  for (const [weightEast, weightWest, region] of states) {
    it(`at weights ${weightEast} and ${weightWest} clients go to ${region}`, async () => {
      const network = new StandInNetwork(fakeAccelerator(weightEast, weightWest).answer);
      assert.equal(await accelerator(network).current(signal), region);
    });
  }

  it("does not shut the old group where the new one did not stay open", async () => {
    const fake = fakeAccelerator(128, 0);
    const network = new StandInNetwork((sent) => {
      const answer = fake.answer(sent);
      // Another tool resets the new group as soon as it is open.
      if (sent.target?.includes("Update")) fake.groups.set("arn:west", [endpoint("nlb-west", 0)]);
      return answer;
    });
    assert.equal(
      (await failure(accelerator(network).moveTo("west", signal))).code,
      "TRAFFIC_UNSAFE",
    );
    assert.equal(fake.groups.get("arn:east")?.[0]?.Weight, 128);
  });

  it("changes nothing where the new region has no endpoint in its group", async () => {
    const fake = new FakeAccelerator({ "arn:east": [endpoint("nlb-east", 128)], "arn:west": [] });
    const error = await failure(
      accelerator(new StandInNetwork(fake.answer)).moveTo("west", signal),
    );
    assert.equal(error.code, "TRAFFIC_UNSAFE");
    assert.lengthOf(fake.updates, 0);
  });
});

describe("Traffic: AWS's errors", () => {
  const describeAnswer = () =>
    json({ EndpointGroup: { EndpointDescriptions: [endpoint("nlb-west", 0)] } });
  const denied = () => jsonError("AccessDeniedException", "not yours");
  const cases: readonly [
    what: string,
    code: string,
    make: () => [TrafficRouter, RecordingHandler],
  ][] = [
    [
      "Global Accelerator denies the update",
      "AWS_DENIED",
      () => recorded(accelerator, describeAnswer, denied),
    ],
    [
      "Global Accelerator has no such group",
      "AWS_NOT_FOUND",
      () => recorded(accelerator, () => jsonError("EndpointGroupNotFoundException", "none")),
    ],
    [
      "Route 53 denies",
      "AWS_DENIED",
      () => recorded(route53, () => xmlError("AccessDenied", "not yours", 403)),
    ],
    [
      "Route 53 has no such health check",
      "AWS_NOT_FOUND",
      () => recorded(route53, () => xmlError("NoSuchHealthCheck", "none", 404)),
    ],
    [
      "Route 53 throttles twice",
      "AWS_THROTTLED",
      () =>
        recorded(
          route53,
          () => xmlError("Throttling", "Rate exceeded"),
          () => xmlError("Throttling", "Rate exceeded"),
        ),
    ],
    [
      "nobody answers",
      "AWS_UNREACHABLE",
      () =>
        recorded(
          route53,
          () => networkError("ENOTFOUND"),
          () => networkError("ETIMEDOUT"),
        ),
    ],
  ];
  function recorded(
    make: (network: StandInNetwork) => TrafficRouter,
    ...scripts: Script[]
  ): [TrafficRouter, RecordingHandler] {
    const handler = new RecordingHandler(...scripts);
    return [make(handler), handler];
  }
  for (const [what, code, make] of cases) {
    it(`${code} where ${what}`, async () => {
      const [traffic, handler] = make();
      assert.equal((await failure(traffic.moveTo("west", signal))).code, code);
      handler.assertDone();
    });
  }

  it("says in every plan where the control plane is that it needs", () => {
    const network = new RecordingHandler();
    assert.include(accelerator(network).describe("west"), "us-west-2");
    assert.include(route53(network).describe("west"), "us-east-1");
  });
});
