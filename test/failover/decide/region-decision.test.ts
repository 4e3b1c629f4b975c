// Every combination of what a controller can see, against a table of rules written the other way round: for
// each kind of decision, what must be true of any observation that leads to it.

import { expect } from "chai";
import {
  decideRegion,
  type RegionObservation,
  type RegionPolicy,
} from "../../../failover/decide/region-decision.ts";
import {
  nothingSeenYet,
  type RegionWatch,
  watchRegion,
} from "../../../failover/decide/region-watch.ts";

const nowMs = 1_000_000;
const gates = {
  lagEntriesMax: 100,
  lagMsMax: 1_000,
  failedLooksMin: 3,
  windowMs: 5_000,
  antiFlapMs: 60_000,
};
const automatic: RegionPolicy = { approval: "automatic", gates };
const manual: RegionPolicy = { approval: "manual", gates };

type Engine = RegionObservation["engines"][number];
const dr: Engine = { role: "dr", term: 4, isPaused: false, isFenced: false, isDiverged: false };
const lost: RegionWatch = {
  failedLooks: 3,
  failingSinceMs: nowMs - 5_000,
  lagWhenSeen: { entries: 100, ms: 1_000 },
  lagAtMs: nowMs - 5_000,
};
/** The other region leads in term 4, long since, and is lost. */
const base: RegionObservation = {
  region: "dr",
  startsAsActive: false,
  register: { kind: "leadership", region: "home", term: 4, atMs: nowMs - 60_000 },
  engines: [dr, dr],
  watch: lost,
  isApproved: false,
};

const rows: readonly [string, Partial<RegionObservation>, RegionPolicy, string][] = [
  ["takes over from a lost region", {}, automatic, "failover LOST"],
  ["asks a person where that is the mode", {}, manual, "propose APPROVAL_NEEDED"],
  ["takes over once it is approved", { isApproved: true }, manual, "failover APPROVED"],
  [
    "decides nothing without the register",
    { register: { kind: "unreachable" }, isApproved: true },
    automatic,
    "none REGISTER_UNREACHABLE",
  ],
  ["waits for the first leader", { register: { kind: "empty" } }, automatic, "none NOT_OPENED"],
  [
    "opens the register where it starts as active",
    { register: { kind: "empty" }, startsAsActive: true },
    automatic,
    "open REGISTER_EMPTY",
  ],
  [
    "confirms its own leadership",
    { register: { kind: "leadership", region: "dr", term: 5, atMs: nowMs } },
    automatic,
    "confirm LEADS",
  ],
  [
    "demotes an engine that still leads",
    { engines: [dr, { ...dr, role: "active" }] },
    automatic,
    "demote SUPERSEDED",
  ],
  [
    "tells a newer term to who follows",
    { engines: [{ ...dr, term: 3 }] },
    automatic,
    "demote SUPERSEDED",
  ],
  [
    "has nothing to do while the other is seen",
    { watch: nothingSeenYet },
    automatic,
    "none FOLLOWS",
  ],
  [
    "wants one failed look more",
    { watch: { ...lost, failedLooks: 2 } },
    automatic,
    "none SUSPECTED",
  ],
  [
    "wants one millisecond more",
    { watch: { ...lost, failingSinceMs: nowMs - 4_999 } },
    automatic,
    "none SUSPECTED",
  ],
  ["needs an engine of its own", { engines: [] }, automatic, "none NO_ENGINE"],
  [
    "keeps its hands off when paused",
    { engines: [dr, { ...dr, isPaused: true }] },
    automatic,
    "none PAUSED",
  ],
  [
    "does not open a fenced region",
    { engines: [{ ...dr, isFenced: true }] },
    automatic,
    "none FENCED",
  ],
  [
    "does not open a diverged one",
    { engines: [{ ...dr, isDiverged: true }], isApproved: true },
    manual,
    "none DIVERGED",
  ],
  [
    "leaves a second move within the window to people",
    { register: { kind: "leadership", region: "home", term: 4, atMs: nowMs - 59_999 } },
    automatic,
    "propose ANTI_FLAP",
  ],
  [
    "takes the first leadership for no move",
    {
      register: { kind: "leadership", region: "home", term: 1, atMs: nowMs - 1 },
      engines: [
        { ...dr, term: 1 },
        { ...dr, term: 1 },
      ],
    },
    automatic,
    "failover LOST",
  ],
  [
    "leaves a region with one engine to people, approved or not",
    { engines: [dr], isApproved: true },
    automatic,
    "none ENGINE_LOST",
  ],
  [
    "leaves an unknown lag to people",
    { watch: { ...lost, lagWhenSeen: null } },
    automatic,
    "propose LAG_UNKNOWN",
  ],
  [
    "leaves a lag of too many entries to people",
    { watch: { ...lost, lagWhenSeen: { entries: 101, ms: 0 } } },
    automatic,
    "propose LAG_ABOVE_GATE",
  ],
  [
    "leaves a lag of too many milliseconds to people",
    { watch: { ...lost, lagWhenSeen: { entries: 0, ms: 1_001 } } },
    automatic,
    "propose LAG_ABOVE_GATE",
  ],
];

describe("Region decision", () => {
  for (const [name, change, policy, expected] of rows) {
    it(name, () => {
      const { kind, reason } = decideRegion({ ...base, ...change }, policy, nowMs);
      expect(`${kind} ${reason}`).to.equal(expected);
    });
  }

  it("moves nothing unless all that must be true is true, in every combination", () => {
    const registers: RegionObservation["register"][] = [
      { kind: "unreachable" },
      { kind: "empty" },
      ...["home", "dr"].flatMap((region) =>
        [nowMs - 60_000, nowMs - 1].map((atMs) => ({
          kind: "leadership" as const,
          region,
          term: 4,
          atMs,
        })),
      ),
    ];
    const engines: Engine[] = [dr];
    for (const flag of ["isPaused", "isFenced", "isDiverged"] as const) {
      engines.push(...engines.map((engine) => ({ ...engine, [flag]: true })));
    }
    engines.push({ ...dr, role: "active" }, { ...dr, term: 3 }, { ...dr, term: 5 });
    const watches: RegionWatch[] = [nothingSeenYet];
    for (const failedLooks of [2, 3])
      for (const failingForMs of [4_999, 5_000])
        for (const lagWhenSeen of [
          null,
          { entries: 0, ms: 0 },
          { entries: 101, ms: 0 },
          { entries: 0, ms: 1_001 },
        ])
          watches.push({
            ...{ failedLooks, lagWhenSeen, lagAtMs: 0 },
            failingSinceMs: nowMs - failingForMs,
          });
    const counts = new Map<string, number>();
    for (const register of registers)
      for (const engine of [undefined, "none" as const, ...engines])
        for (const watch of watches)
          for (const isApproved of [false, true])
            for (const startsAsActive of [false, true])
              for (const policy of [manual, automatic]) {
                const own = engine === undefined ? [] : engine === "none" ? [dr] : [dr, engine];
                const seen = { ...base, register, engines: own, watch, isApproved, startsAsActive };
                const { kind } = decideRegion(seen, policy, nowMs);
                counts.set(kind, (counts.get(kind) ?? 0) + 1);
                expect(mayDo(kind, seen, policy), JSON.stringify({ kind, seen })).to.equal(true);
              }
    expect([...counts.keys()].sort()).to.deep.equal([
      "confirm",
      "demote",
      "failover",
      "none",
      "open",
      "propose",
    ]);
  });
});

/** What must be true of an observation wherever a decision is taken. */
function mayDo(kind: string, seen: RegionObservation, policy: RegionPolicy): boolean {
  const { register, engines, watch, isApproved } = seen;
  const isNamed = (region: string) => register.kind === "leadership" && register.region === region;
  const isLost =
    watch.failedLooks >= 3 &&
    watch.failingSinceMs !== null &&
    nowMs - watch.failingSinceMs >= 5_000;
  const isFit =
    engines.length === 2 &&
    engines.every(
      (engine) =>
        engine.role === "dr" && !engine.isPaused && !engine.isFenced && !engine.isDiverged,
    );
  const lag = watch.lagWhenSeen;
  const isWithinGate = lag !== null && lag.entries <= 100 && lag.ms <= 1_000;
  const isCalm = register.kind === "leadership" && nowMs - register.atMs >= 60_000;
  switch (kind) {
    case "open":
      return register.kind === "empty" && seen.startsAsActive;
    case "confirm":
      return isNamed("dr");
    case "demote":
      return isNamed("home") && engines.some(({ role, term }) => role === "active" || term < 4);
    case "propose":
      return isNamed("home") && isLost && isFit && !isApproved;
    case "failover":
      return (
        isNamed("home") &&
        isLost &&
        isFit &&
        (isApproved || (policy.approval === "automatic" && isWithinGate && isCalm))
      );
    default:
      return !isNamed("dr");
  }
}

describe("Region watch", () => {
  const seen = { isOtherSeen: true, lag: { entries: 3, ms: 20 } };
  const unseen = { isOtherSeen: false, lag: { entries: 3, ms: 9_000 } };

  it("counts failed looks in a row, from the first one on", () => {
    const once = watchRegion(nothingSeenYet, unseen, 10);
    const twice = watchRegion(once, unseen, 20);
    expect(twice).to.include({ failedLooks: 2, failingSinceMs: 10 });
  });
  it("forgets the row with one look that sees anybody", () => {
    const after = watchRegion(watchRegion(nothingSeenYet, unseen, 10), seen, 20);
    expect(after).to.include({ failedLooks: 0, failingSinceMs: null });
  });
  it("keeps the lag of when the region was last seen", () => {
    const lost = watchRegion(watchRegion(nothingSeenYet, seen, 10), unseen, 20);
    expect(lost.lagWhenSeen).to.deep.equal({ entries: 3, ms: 20 });
  });
  it("counts what was heard of after the last look that saw the region", () => {
    const later = { ...unseen, lag: { entries: 5, ms: 9_000 } };
    const lost = watchRegion(watchRegion(nothingSeenYet, seen, 10), later, 20);
    expect(lost.lagWhenSeen).to.deep.equal({ entries: 5, ms: 20 });
  });
  it("counts the time in which the region lived on and no engine here said what it has", () => {
    const mute = { isOtherSeen: true, lag: null };
    const watch = [seen, mute, mute, { ...unseen, lag: null }].reduce(
      (before, look, index) => watchRegion(before, look, 1_000 * (index + 1)),
      nothingSeenYet,
    );
    expect(watch.lagWhenSeen).to.deep.equal({ entries: 3, ms: 2_020 });
    expect(watchRegion(watch, seen, 5_000).lagWhenSeen).to.deep.equal(seen.lag);
  });
  it("takes what its engines say where it was started after the loss", () => {
    expect(watchRegion(nothingSeenYet, unseen, 10).lagWhenSeen).to.deep.equal(unseen.lag);
  });
});
