// What a move between regions is refused for, what force may do about it, and what it may not: each double
// fault of docs/regions.md on a view taken of a world in memory.

import { expect } from "chai";
import type { Check } from "../../../failover/operations/checks.ts";
import { isRefused } from "../../../failover/operations/checks.ts";
import type { Proposal } from "../../../failover/operations/propose.ts";
import {
  proposeRegionFailover,
  proposeRegionSwitchover,
} from "../../../failover/operations/propose-region.ts";
import { look, type View } from "../../../failover/view.ts";
import { MemoryWorld } from "./memory-world.ts";

const gates = {
  ...{ lagEntriesMax: 100, lagMsMax: 1_000, failedLooksMin: 3, windowMs: 2_000 },
  antiFlapMs: 60_000,
};
const viewOf = (world: MemoryWorld): Promise<View> => look(world.ports(), AbortSignal.timeout(900));

const failing = ({ checks }: Proposal): readonly Check[] =>
  checks.filter(({ level }) => level === "fail");

/** Home is lost, and one thing more. */
const doubleFaults: readonly [
  name: string,
  arrange: (world: MemoryWorld) => void,
  checks: readonly string[],
  isForceable: boolean,
][] = [
  ["one engine of the new region", (world) => world.lose("dr", "engine-2"), ["engines"], true],
  [
    "its Redis and one engine",
    (world) => {
      world.lose("dr", "engine-1");
      world.loseRedis("dr");
    },
    ["engines"],
    true,
  ],
  ["both of its engines", (world) => world.lose("dr"), ["engines", "lag"], false],
  [
    "the register",
    (world) => {
      world.register.isUnreachable = true;
    },
    ["register"],
    false,
  ],
  [
    "the register and one engine",
    (world) => {
      world.register.isUnreachable = true;
      world.lose("dr", "engine-1");
    },
    ["register", "engines"],
    false,
  ],
  [
    "the new region's way to continue the old one's journal",
    (world) => {
      world.engine("dr", "engine-1").isDiverged = true;
    },
    ["diverged"],
    true,
  ],
  [
    "an operator's consent: an engine is fenced",
    (world) => {
      world.engine("dr", "engine-2").isFenced = true;
    },
    ["fenced"],
    false,
  ],
];

describe("Failover to a region after a second fault", () => {
  for (const [name, arrange, ids, isForceable] of doubleFaults) {
    it(`without ${name} is refused, and ${isForceable ? "may" : "may not"} be forced`, async () => {
      const world = await MemoryWorld.opened();
      world.lose("home");
      arrange(world);
      const view = await viewOf(world);
      const plain = proposeRegionFailover(view, { region: "dr", isForced: false }, gates);
      expect(failing(plain).map(({ id }) => id)).to.deep.equal(ids);
      const forced = proposeRegionFailover(view, { region: "dr", isForced: true }, gates);
      expect(isRefused(forced.checks)).to.equal(!isForceable);
      const planned = proposeRegionSwitchover(view, { region: "dr" }, gates);
      expect(failing(planned).some(({ isForceable: may }) => may)).to.equal(false);
    });
  }

  it("without Redis alone goes on with the two engines, and says what that means", async () => {
    const world = await MemoryWorld.opened();
    world.lose("home");
    world.loseRedis("dr");
    const proposal = proposeRegionFailover(
      await viewOf(world),
      { region: "dr", isForced: false },
      gates,
    );
    expect(isRefused(proposal.checks)).to.equal(false);
    const redis = proposal.checks.find(({ id }) => id === "redis");
    expect(redis).to.include({ level: "warn" });
    expect(redis?.text).to.contain("no third copy");
  });

  it("goes on with the one engine that is left only where it is forced", async () => {
    const world = await MemoryWorld.opened();
    world.lose("home");
    world.lose("dr", "engine-1");
    const view = await viewOf(world);
    const parameters = (isForced: boolean) => {
      const proposal = proposeRegionFailover(view, { region: "dr", isForced }, gates);
      return proposal.kind === "plan" ? proposal.parameters : undefined;
    };
    expect(parameters(true)).to.include({ alone: "engine-2" });
    expect(parameters(false)).not.to.have.property("alone");
  });

  it("forces no engine where both are there", async () => {
    const world = await MemoryWorld.opened();
    world.lose("home");
    const proposal = proposeRegionFailover(
      await viewOf(world),
      { region: "dr", isForced: true },
      gates,
    );
    expect(proposal.kind === "plan" && proposal.parameters).not.to.have.property("alone");
  });

  describe("by how long the link had been silent", () => {
    const engineNames = ["engine-1", "engine-2"] as const;
    const lagIn = (view: View, isForced = false) =>
      proposeRegionFailover(view, { region: "dr", isForced }, gates).checks.find(
        ({ id }) => id === "lag",
      );
    /** What dr's controller remembers of when it last saw home. */
    const remembering = (view: View, lagWhenSeen: { entries: number; ms: number }): View => ({
      ...view,
      controllers: [
        {
          region: "dr",
          status: {
            ...{ region: "dr", approval: "manual", isOtherSeen: false, confirmedAgoMs: null },
            ...{ decision: { kind: "none", reason: "SUSPECTED" }, watch: { lagWhenSeen } },
          },
        },
      ],
    });
    let world: MemoryWorld;
    beforeEach(async () => {
      world = await MemoryWorld.opened();
      for (const name of engineNames) world.engine("dr", name).heardAgoMs = 40_000;
    });

    it("is refused while the other region serves behind a link that is cut", async () => {
      expect(lagIn(await viewOf(world))).to.include({ level: "fail", isForceable: true });
      const planned = proposeRegionSwitchover(await viewOf(world), { region: "dr" }, gates);
      expect(failing(planned).map(({ id }) => id)).to.deep.equal(["lag"]);
    });
    it("goes by what was missing when the region was last seen alive", async () => {
      world.lose("home");
      const silentAtLoss = remembering(await viewOf(world), { entries: 9, ms: 45 });
      expect(lagIn(silentAtLoss)).to.deep.include({
        level: "ok",
        text: "dr is 0 entries, 45 ms behind",
      });
      const silentBefore = remembering(await viewOf(world), { entries: 0, ms: 30_000 });
      expect(lagIn(silentBefore)).to.include({ level: "fail", isForceable: true });
      expect(lagIn(silentBefore, true)).to.include({ level: "warn" });
    });
    it("counts all of the silence where nobody remembers", async () => {
      world.lose("home");
      expect(lagIn(await viewOf(world))?.text).to.contain("dr is 0 entries, 40000 ms behind");
      expect(lagIn(await viewOf(world))).to.include({ level: "fail", isForceable: true });
    });
    it("is unknown where no engine has heard of the other region", async () => {
      for (const name of engineNames) world.engine("dr", name).heardAgoMs = null;
      expect(lagIn(await viewOf(world))).to.include({ level: "fail", isForceable: true });
    });
  });

  it("is planned only where two engines can open the region", async () => {
    const world = await MemoryWorld.opened();
    world.lose("dr", "engine-1");
    const proposal = proposeRegionSwitchover(await viewOf(world), { region: "dr" }, gates);
    expect(failing(proposal).map(({ id }) => id)).to.deep.equal(["engines"]);
  });
});
