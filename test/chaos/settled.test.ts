import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { DecisionTail } from "../../chaos/probes/decisions.ts";
import { describeRoles, type Look } from "../../chaos/probes/roles.ts";
import { hashesEqual, unready, unsettled } from "../../chaos/probes/settled.ts";

type Engine = Look["engines"][number];
type Follower = Look["followers"][number];

const engine = (given: Partial<Engine>): Engine => ({
  node: "engine-1",
  zone: "a",
  kind: "engine",
  pid: 1,
  uptimeMs: 1000,
  role: "primary",
  isServing: true,
  epoch: 1,
  position: { appended: 10, committed: 10, applied: 10 },
  inSync: ["peer", "redis"],
  peer: { isConnected: true, position: 10 },
  redis: { isReachable: true, instance: "i", isAgreed: true },
  mark: { position: 8, hash: "aa" },
  incarnation: 1,
  replacedBy: 0,
  peerMember: { incarnation: 1, isCommitted: true },
  isPaused: false,
  isFenced: false,
  version: { castle: "0.1.0", commandVersion: 1 },
  decisions: [],
  ...given,
});
const standby = (given: Partial<Engine> = {}) =>
  engine({ node: "engine-2", role: "standby", isServing: false, inSync: [], ...given });
const follower = (given: Partial<Follower> = {}): Follower => ({
  node: "gateway-a",
  zone: "a",
  kind: "gateway",
  pid: 2,
  uptimeMs: 1000,
  isServing: true,
  epoch: 1,
  position: 10,
  lagEntries: 0,
  mark: { position: 8, hash: "aa" },
  version: { castle: "0.1.0", commandVersion: 1 },
  pending: 0,
  ...given,
});
const seen = (given: Partial<Look> = {}): Look => ({
  isServing: true,
  isolatedZones: [],
  unwell: [],
  engines: [engine({}), standby()],
  followers: [follower()],
  ...given,
});

describe("unsettled", () => {
  it("finds nothing missing at rest", () => {
    expect(unsettled(seen())).to.deep.equal([]);
  });

  const behind = { appended: 9, committed: 9, applied: 9 };
  const rows: [string, Partial<Look>, string][] = [
    ["a node that is unwell", { unwell: ["gateway-b"] }, "gateway-b is not well"],
    ["no primary", { engines: [standby()] }, "0 engines serve as primary"],
    [
      "two primaries",
      { engines: [engine({}), engine({ node: "engine-2" })] },
      "2 engines serve as primary",
    ],
    [
      "a voter out of sync",
      { engines: [engine({ inSync: ["peer"] }), standby()] },
      "redis is not in sync",
    ],
    [
      "entries that are not committed",
      { engines: [engine({ position: { appended: 11, committed: 10, applied: 11 } }), standby()] },
      "the primary has uncommitted entries",
    ],
    [
      "a standby that lags",
      { engines: [engine({}), standby({ position: behind })] },
      "engine-2 lags behind",
    ],
    [
      "a history that lags",
      { followers: [follower({ node: "history", position: 9 })] },
      "history lags behind",
    ],
    [
      "a gateway with waiting commands",
      { followers: [follower({ pending: 1 })] },
      "gateway-a has commands that wait",
    ],
  ];
  for (const [name, given, missing] of rows) {
    it(`sees ${name}`, () => expect(unsettled(seen(given))).to.include(missing));
  }
});

describe("unready", () => {
  it("lets a follower lag under load, but waits for both voters", () => {
    expect(unready(seen({ followers: [follower({ position: 2 })] }))).to.deep.equal([]);
    const alone = [engine({ inSync: ["redis"] }), standby()];
    expect(unready(seen({ engines: alone }))).to.deep.equal(["peer is not in sync"]);
  });
});

describe("hashesEqual", () => {
  const rows: [string, Engine[], boolean | undefined][] = [
    ["is true for one hash at one mark", [engine({}), standby()], true],
    [
      "is false for two hashes at one mark",
      [engine({}), standby({ mark: { position: 8, hash: "bb" } })],
      false,
    ],
    [
      "does not compare different marks",
      [engine({}), standby({ mark: { position: 7, hash: "aa" } })],
      undefined,
    ],
    ["does not compare an engine with nothing", [engine({})], undefined],
  ];
  for (const [name, engines, equal] of rows) {
    it(name, () => expect(hashesEqual(seen({ engines }))).to.equal(equal));
  }
});

describe("describeRoles", () => {
  it("says who leads, and that a primary does not serve yet", () => {
    const engines = [engine({ isServing: false }), standby()];
    expect(describeRoles(seen({ engines }))).to.equal(
      "engine-1 primary (not serving), epoch 1; engine-2 standby, epoch 1",
    );
  });
});

describe("DecisionTail", () => {
  let dataDir: string;
  const nodes = [
    { name: "engine-1", kind: "engine", zone: "a", statusUrl: "" },
    { name: "engine-2", kind: "engine", zone: "b", statusUrl: "" },
  ] as const;
  const file = (node: string) => join(dataDir, node, "decisions.jsonl");
  const line = (atMs: number, node: string, code: string) =>
    `${JSON.stringify({ atMs, node, code, epoch: 1, position: 1 })}\n`;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), "castle-decisions-"));
    for (const { name } of nodes) mkdirSync(join(dataDir, name));
  });
  afterEach(() => rmSync(dataDir, { recursive: true }));

  it("gives what was written since, of both engines in order of time, and no half line", () => {
    appendFileSync(file("engine-1"), line(1, "engine-1", "STARTED"));
    const tail = new DecisionTail({ dataDir, nodes });
    const late = line(30, "engine-1", "DEPOSED");
    appendFileSync(file("engine-1"), late.slice(0, 10));
    appendFileSync(file("engine-2"), line(20, "engine-2", "SERVING"));
    expect(tail.read().map(({ code }) => code)).to.deep.equal(["SERVING"]);
    appendFileSync(file("engine-1"), late.slice(10));
    appendFileSync(file("engine-2"), line(25, "engine-2", "PEER_IN_SYNC"));
    expect(tail.read().map(({ code }) => code)).to.deep.equal(["PEER_IN_SYNC", "DEPOSED"]);
    expect(tail.read()).to.deep.equal([]);
  });
});
