// A stack's configuration, and the one error that lists all of its faults.

import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import { overlaps } from "../../../infra/config/laws.ts";
import { parseConfig } from "../../../infra/config/parse-config.ts";
import { zonesOffering } from "../../../infra/config/zone-offerings.ts";

type Values = Record<string, string>;

/** As Pulumi hands a stack's file over: objects as JSON. */
function valuesOf(file: string, changes: Record<string, unknown> = {}): Values {
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const merged = structuredClone(config);
  for (const [path, value] of Object.entries(changes)) {
    const [section = "", ...fields] = path.split(".");
    const last = fields.pop();
    const key = `castle:${section}`;
    if (last === undefined) merged[key] = value;
    else {
      merged[key] ??= {};
      let at = merged[key] as Record<string, unknown>;
      for (const field of fields) {
        at[field] ??= {};
        at = at[field] as Record<string, unknown>;
      }
      at[last] = value;
    }
  }
  return Object.fromEntries(
    Object.entries(merged)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

describe("parseConfig", () => {
  const files = [
    "Pulumi.global.yaml",
    "Pulumi.prod.yaml",
    "Pulumi.dr.yaml",
    ...readdirSync("infra/examples").map((name) => `infra/examples/${name}`),
  ];
  for (const file of files) {
    it(`takes ${file}`, () => {
      const config = parseConfig(valuesOf(file), "stack");
      expect(["global", "prod", "dr"]).to.include(config.role);
    });
  }

  const faults: readonly [
    what: string,
    file: string,
    changes: Record<string, unknown>,
    says: RegExp,
  ][] = [
    [
      "a region without z1d in enough zones",
      "Pulumi.prod.yaml",
      { "site.region": "sa-east-1", "place.zoneIds": ["sae1-az1", "sae1-az2", "sae1-az3"] },
      /site\.region = "sa-east-1": z1d\.2xlarge is offered in 0 zones/,
    ],
    [
      "a zone without z1d",
      "Pulumi.prod.yaml",
      { "place.zoneIds": ["use1-az3", "use1-az2", "use1-az4"] },
      /place\.zoneIds = "use1-az3": z1d\.2xlarge is not offered/,
    ],
    [
      "EFA on a type that has none",
      "Pulumi.prod.yaml",
      { "matching.networkInterface": "efa" },
      /matching\.networkInterface = "efa": write ena, or one of .*m5zn\.12xlarge.*z1d\.2xlarge has no EFA/,
    ],
    [
      "an engine of a size that does not exist",
      "Pulumi.prod.yaml",
      { "matching.instanceType": "z1d.nano" },
      /matching\.instanceType = "z1d\.nano": write a size that AWS has/,
    ],
    [
      "two zones only",
      "Pulumi.prod.yaml",
      { "place.zoneIds": ["use1-az1", "use1-az2"] },
      /place\.zoneIds = \["use1-az1","use1-az2"\]: write three zones/,
    ],
    [
      "one zone twice",
      "Pulumi.prod.yaml",
      { "place.zoneIds": ["use1-az1", "use1-az1", "use1-az2"] },
      /write three different zones/,
    ],
    [
      "zones of another region",
      "Pulumi.prod.yaml",
      { "place.zoneIds": ["use1-az1", "usw2-az2", "use1-az4"] },
      /write zones of us-east-1/,
    ],
    [
      "overlapping networks",
      "Pulumi.prod.yaml",
      { "network.peerCidr": "10.16.128.0/17" },
      /network\.peerCidr = "10\.16\.128\.0\/17": write a network apart from 10\.16\.0\.0\/16/,
    ],
    [
      "an unknown pipeline",
      "Pulumi.prod.yaml",
      { "pipeline.kind": "kafka" },
      /pipeline\.kind = "kafka": write direct, sqs, kinesis, msk, msk-flow/,
    ],
    [
      "dr without prod's outputs",
      "Pulumi.dr.yaml",
      { "place.prodStack": undefined },
      /place\.prodStack is missing: write prod's full name/,
    ],
    [
      "prod that reads another region",
      "Pulumi.prod.yaml",
      { "place.prodStack": "organization/castle/dr" },
      /leave it out: prod reads no other region/,
    ],
    [
      "a field that does not exist",
      "Pulumi.prod.yaml",
      { "matching.instnaceType": "z1d.large" },
      /castle:matching\.instnaceType: no such field/,
    ],
    ["an unknown role", "Pulumi.prod.yaml", { role: "primary" }, /role = "primary": write global/],
    [
      "pods without a cluster",
      "Pulumi.prod.yaml",
      { "pipeline.kind": "msk-flow" },
      /compute\.kind = "ecs": write eks/,
    ],
    [
      "a task that Fargate does not have",
      "Pulumi.prod.yaml",
      { "compute.gateway.memoryMiB": 1024 },
      /compute\.gateway\.memoryMiB = 1024: write 4096 to 16384/,
    ],
    [
      "more at least than at most",
      "Pulumi.prod.yaml",
      { "database.acuMax": 1 },
      /database\.acuMax = 1: write at least 2/,
    ],
    [
      "a burstable node in a Global Datastore",
      "Pulumi.prod.yaml",
      { "journal.hasGlobalDatastore": true, "journal.nodeType": "cache.t4g.medium" },
      /a Global Datastore takes no burstable nodes/,
    ],
    [
      "a register over two sets of regions",
      "Pulumi.global.yaml",
      { "global.drRegion": "eu-west-1" },
      /write regions of one set with us-east-1/,
    ],
    [
      "a register over two regions",
      "Pulumi.global.yaml",
      { "global.witnessRegion": "us-west-2" },
      /write three different regions/,
    ],
  ];
  for (const [what, file, changes, says] of faults) {
    it(`refuses ${what}, and says what to write`, () => {
      expect(() => parseConfig(valuesOf(file, changes), "prod"))
        .to.throw(says)
        .with.property("code", "STACK_CONFIG_INVALID");
    });
  }

  it("lists all faults at once", () => {
    const changes = { "database.acuMax": 0, "pipeline.kind": "none", "network.cidr": "10.0.0.0" };
    expect(() => parseConfig(valuesOf("Pulumi.prod.yaml", changes), "prod")).to.throw(
      /network\.cidr[\s\S]*pipeline\.kind[\s\S]*database\.acuMax/,
    );
  });
});

describe("Laws", () => {
  it("sees overlaps of networks, whatever their sizes are", () => {
    const rows: readonly [one: string, other: string, isOverlap: boolean][] = [
      ["10.16.0.0/16", "10.16.0.0/16", true],
      ["10.16.0.0/16", "10.16.255.0/24", true],
      ["10.0.0.0/8", "10.200.0.0/16", true],
      ["10.16.0.0/16", "10.17.0.0/16", false],
      ["192.168.0.0/24", "192.168.1.0/24", false],
      ["0.0.0.0/0", "10.0.0.0/8", true],
    ];
    for (const [one, other, isOverlap] of rows) {
      expect(overlaps(one, other), `${one} ${other}`).to.equal(isOverlap);
      expect(overlaps(other, one), `${other} ${one}`).to.equal(isOverlap);
    }
  });

  it("knows where z1d is not", () => {
    expect(zonesOffering("z1d.large", "us-east-1")).to.not.include("use1-az3");
    expect(zonesOffering("z1d.large", "us-east-2")).to.have.length(2);
    expect(zonesOffering("q9.large", "us-east-1")).to.equal(null);
  });
});
