// Each check of castle doctor finds what it is for, and finds nothing where nothing is.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  examineCertificate,
  judgeClock,
  judgeDisk,
} from "../../../failover/doctor/examine-clocks.ts";
import { examineRedis, judgeRedis } from "../../../failover/doctor/examine-redis.ts";
import { type DatabaseSeen, examineRegions } from "../../../failover/doctor/examine-regions.ts";
import { examineView } from "../../../failover/doctor/examine-view.ts";
import type { Finding } from "../../../failover/doctor/finding.ts";
import { look, type View } from "../../../failover/view.ts";
import { MemoryWorld } from "../operations/memory-world.ts";

const found = (findings: readonly Finding[]) =>
  findings.filter(({ level }) => level !== "ok").map(({ level, id }) => `${level} ${id}`);

describe("Doctor", () => {
  const redis = {
    version: "7.0.15",
    maxmemoryPolicy: "noeviction",
    maxmemory: 100,
    usedMemory: 80,
    isPersistent: true,
  };
  const redisRows: readonly [string, Partial<typeof redis>, string[]][] = [
    ["a Redis as it should be", {}, []],
    ["one without a limit of memory", { maxmemory: 0, usedMemory: 1e9 }, []],
    ["one that evicts", { maxmemoryPolicy: "allkeys-lru" }, ["fail redis-eviction"]],
    ["one that is too old", { version: "6.2.14" }, ["fail redis-version"]],
    ["one that is nearly full", { usedMemory: 81 }, ["warn redis-memory"]],
    ["one that keeps nothing", { isPersistent: false }, ["warn redis-persistence"]],
  ];
  for (const [name, change, expected] of redisRows) {
    it(`judges ${name}`, () =>
      expect(found(judgeRedis("home", { ...redis, ...change }))).to.deep.equal(expected));
  }
  it("says that a Redis does not answer", async () => {
    expect(found(await examineRedis("home", "redis://127.0.0.1:1"))).to.deep.equal(["fail redis"]);
  });
  it("does not look at a Redis whose user's password it is not given", async () => {
    const url = "rediss://castle@127.0.0.1:1";
    expect(found(await examineRedis("home", url))).to.deep.equal(["warn redis"]);
  });

  const clocks: readonly [string, number, string[]][] = [
    ["equal", 10_000, []],
    ["within the second of its header", 9_010, []],
    ["a little ahead", 10_250, []],
    ["ahead", 10_261, ["fail clocks"]],
    ["behind", 8_700, ["fail clocks"]],
  ];
  for (const [name, theirsMs, expected] of clocks) {
    it(`judges a clock that is ${name}`, () => {
      const findings = judgeClock("engine-1", { sentMs: 10_000, receivedMs: 10_010, theirsMs });
      expect(found(findings)).to.deep.equal(expected);
    });
  }

  it("judges free disk by size and by share", () => {
    const GB = 2 ** 30;
    expect(found(judgeDisk("x", { freeBytes: 50 * GB, totalBytes: 100 * GB }))).to.deep.equal([]);
    expect(found(judgeDisk("x", { freeBytes: 9 * GB, totalBytes: 100 * GB }))).to.deep.equal([
      "warn disk",
    ]);
    expect(found(judgeDisk("x", { freeBytes: GB / 2, totalBytes: GB }))).to.deep.equal([
      "warn disk",
    ]);
  });

  describe("of certificates", function () {
    // Makes a key and a certificate.
    this.timeout(10_000);
    const directory = mkdtempSync(join(tmpdir(), "castle-doctor-"));
    const file = join(directory, "certificate.pem");
    const dayMs = 86_400_000;
    before(() => {
      const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", join(directory, "key.pem")];
      const subject = ["-subj", "/CN=castle.example", "-days", "90", "-out", file];
      spawnSync("openssl", ["req", "-x509", ...key, ...subject]);
    });
    after(() => rmSync(directory, { recursive: true, force: true }));

    for (const [days, level] of [
      [0, "ok"],
      [68, "ok"],
      [70, "warn"],
      [91, "fail"],
    ] as const) {
      it(`says ${level} ${days} days into its 90`, () =>
        expect(examineCertificate(file, Date.now() + days * dayMs).level).to.equal(level));
    }
    it("says that a file cannot be read", () =>
      expect(examineCertificate(join(directory, "none"), 0).level).to.equal("fail"));
  });

  describe("of a deployment", () => {
    let world: MemoryWorld;
    beforeEach(async () => {
      world = await MemoryWorld.opened();
    });
    const view = (): Promise<View> => look(world.ports(), new AbortController().signal);

    it("finds nothing where nothing is", async () =>
      expect(found(examineView(await view()))).to.deep.equal([]));
    it("finds a member that does not answer, and what that does to the quorum", async () => {
      world.lose("home", "engine-2");
      expect(found(examineView(await view()))).to.deep.equal(["fail members", "warn quorum"]);
    });
    it("finds a pause and a fence that were left behind", async () => {
      world.engine("dr", "engine-1").isPaused = true;
      world.engine("dr", "engine-2").isFenced = true;
      expect(found(examineView(await view()))).to.deep.equal(["warn paused", "warn fenced"]);
    });
    it("finds roles that disagree with the register", async () => {
      world.engine("dr", "engine-2").region = { role: "dr", term: 3, sinceTerm: 3 };
      expect(found(examineView(await view()))).to.deep.equal(["fail register"]);
    });
    it("finds a register that does not answer, and one without a leader", async () => {
      world.register.isUnreachable = true;
      expect(found(examineView(await view()))).to.deep.equal(["fail register"]);
      world = new MemoryWorld();
      expect(found(examineView(await view()))).to.deep.equal(["fail register"]);
    });
    it("finds two engines of one zone, and of two versions", async () => {
      const seen = await view();
      const [home] = seen.regions;
      const [one, two] = home?.engines ?? [];
      if (home === undefined || one?.status === undefined || two?.status === undefined) {
        throw new Error("a world of two engines");
      }
      const version = { castle: "0.2.0", commandVersion: 2 };
      const changed = { ...two, zone: one.zone, status: { ...two.status, version } };
      const planted = { ...seen, regions: [{ ...home, engines: [one, changed] }] };
      expect(found(examineView(planted))).to.deep.equal(["warn versions", "fail zones"]);
    });
    describe("around its engines", () => {
      const gates = { lagEntriesMax: 100, lagMsMax: 1_000 };
      const database = { name: "history", region: "home" };
      const home = {
        ...{ region: "home", approval: "manual" as const, confirmedAgoMs: 5, isOtherSeen: true },
        ...{ decision: { kind: "confirm", reason: "LEADS" }, watch: { lagWhenSeen: null } },
      };
      const bothAnswer: View["controllers"] = [
        { region: "home", status: home },
        { region: "dr", status: { ...home, region: "dr" } },
      ];
      const around = async (change: Partial<View> = {}, seen: DatabaseSeen = database) =>
        found(
          examineRegions({ ...(await view()), controllers: bothAnswer, ...change }, gates, seen),
        );

      it("finds nothing where nothing is", async () => expect(await around()).to.deep.equal([]));
      it("finds clients that are sent elsewhere, or to no one region", async () => {
        world.trafficRegion = "dr";
        expect(await around()).to.deep.equal(["fail traffic"]);
        const traffic = [{ router: "Test router", region: null }];
        expect(await around({ traffic })).to.deep.equal(["warn traffic"]);
      });
      it("finds a database that is written elsewhere", async () =>
        expect(await around({}, { name: "history", region: "dr" })).to.deep.equal([
          "warn database",
        ]));
      it("finds controllers that nobody names, and two that differ", async () => {
        expect(await around({ controllers: [] })).to.deep.equal([
          "warn controllers",
          "warn controllers",
        ]);
        const [first] = bothAnswer ?? [];
        const second = {
          region: "dr",
          status: { ...home, region: "dr", approval: "automatic" as const },
        };
        expect(await around({ controllers: first ? [first, second] : [] })).to.deep.equal([
          "warn controllers",
        ]);
      });
      it("finds a link that is silent, and a lag that nobody knows", async () => {
        for (const name of ["engine-1", "engine-2"]) world.engine("dr", name).heardAgoMs = 1_001;
        expect(await around()).to.deep.equal(["fail lag"]);
        for (const name of ["engine-1", "engine-2"]) world.engine("dr", name).heardAgoMs = null;
        expect(await around()).to.deep.equal(["fail lag"]);
      });
    });

    it("finds that nobody serves", async () => {
      world.engine("home", "engine-1").isServing = false;
      world.engine("home", "engine-1").isPaused = true;
      world.engine("home", "engine-2").isPaused = true;
      expect(found(examineView(await view()))).to.deep.equal(["warn paused", "fail quorum"]);
    });
  });
});
