import { expect } from "chai";
import fc from "fast-check";
import { zoneLoss } from "../../chaos/experiments/zone-loss.ts";
import { guard } from "../../chaos/guard.ts";
import { Acknowledgements } from "../../chaos/measure/acknowledgements.ts";
import { summarizeLatency } from "../../chaos/measure/latency.ts";
import { noticedFrom, splitTime, type TimedDecision } from "../../chaos/measure/time-split.ts";
import { timeline } from "../../chaos/measure/timeline.ts";
import { judge, type Measures } from "../../chaos/verdict.ts";
import { ledgerRecord } from "./ledger-record.ts";

const fault = { begunMs: 1000, heldMs: 1005 };
const decision = (atMs: number, code: string, node = "engine-2"): TimedDecision => ({
  atMs,
  node,
  code,
  epoch: 2,
});
const promotion = [
  decision(1230, "SUSPECTED"),
  decision(1231, "EPOCH_TAKEN"),
  decision(1236, "VOTE_GRANTED"),
  decision(1240, "LOG_READ"),
  decision(1241, "BARRIER_APPENDED"),
  decision(1250, "SERVING"),
];
const ordered = (accountId: number, intendedMs: number, acknowledgedMs: number) =>
  ledgerRecord({ accountId, intendedMs, acknowledgedMs });

describe("splitTime", () => {
  it("splits the worst client's gap at suspicion, decision and service", () => {
    const ledger = [ordered(1, 1010, 1260), ordered(2, 1010, 1300), ordered(2, 1020, 1301)];
    expect(splitTime(fault, promotion, new Acknowledgements(ledger))).to.deep.equal({
      gapMs: 300,
      detectMs: 230,
      decideMs: 10,
      promoteMs: 10,
      reconnectMs: 50,
      promoted: { node: "engine-2", epoch: 2 },
    });
  });

  it("counts no order that was meant to be sent before the fault held", () => {
    const ledger = [ordered(1, 1004, 1006), ordered(1, 1005, 1400)];
    expect(splitTime(fault, promotion, new Acknowledgements(ledger))?.gapMs).to.equal(400);
  });

  it("counts a planned act from when the primary stops taking orders", () => {
    const planned = { begunMs: 1000, heldMs: 1100 };
    const handing = decision(1040, "HANDING_OVER");
    expect(noticedFrom(planned, [handing])).to.deep.equal({ begunMs: 1040, heldMs: 1040 });
    expect(noticedFrom(planned, [decision(1200, "HANDING_OVER")])).to.equal(planned);
  });

  it("counts no refusal", () => {
    const refusal = { ...ordered(1, 1010, 1012), outcome: "rejected" as const };
    expect(
      splitTime(fault, promotion, new Acknowledgements([refusal, ordered(1, 1010, 1400)]))?.gapMs,
    ).to.equal(400);
  });

  it("has no end while one client has had no order acknowledged", () => {
    const ledger = [ordered(1, 1010, 1260), ordered(2, 500, 501)];
    expect(splitTime(fault, promotion, new Acknowledgements(ledger))).to.equal(undefined);
  });

  it("leaves all to the client where leadership does not move", () => {
    const split = splitTime(fault, [], new Acknowledgements([ordered(1, 1010, 1160)]));
    expect(split).to.deep.include({ gapMs: 160, detectMs: 0, reconnectMs: 160 });
    expect(split?.promoted).to.equal(undefined);
  });

  it("listens to the engine that served, not to one that suspected in vain", () => {
    const others = [
      decision(1100, "SUSPECTED", "engine-1"),
      decision(1101, "VOTE_REFUSED", "engine-1"),
    ];
    const split = splitTime(
      fault,
      [...others, ...promotion],
      new Acknowledgements([ordered(1, 1010, 1300)]),
    );
    expect(split?.detectMs).to.equal(230);
  });

  it("gives four whole parts that are not negative and add up to the gap", () => {
    const codes = [
      "SUSPECTED",
      "EPOCH_TAKEN",
      "VOTE_GRANTED",
      "LOG_READ",
      "BARRIER_APPENDED",
      "SERVING",
    ];
    const decisions = fc.array(
      fc.record({
        atMs: fc.double({ min: 900, max: 2000, noNaN: true }),
        node: fc.constantFrom("engine-1", "engine-2"),
        code: fc.constantFrom(...codes),
        epoch: fc.nat(9),
      }),
    );
    const acknowledgedMs = fc.double({ min: 1005, max: 2500, noNaN: true });
    fc.assert(
      fc.property(decisions, acknowledgedMs, (some, atMs) => {
        const split = splitTime(fault, some, new Acknowledgements([ordered(1, 1005, atMs)]));
        if (split === undefined) throw new Error("there is an acknowledgement");
        const parts = [split.detectMs, split.decideMs, split.promoteMs, split.reconnectMs];
        for (const part of parts) expect(Number.isInteger(part) && part >= 0).to.equal(true);
        expect(parts.reduce((sum, part) => sum + part, 0)).to.equal(split.gapMs);
      }),
    );
  });
});

describe("summarizeLatency", () => {
  it("counts from the intended time, each operation in the span it was meant for", () => {
    const ledger = [
      ledgerRecord({ intendedMs: 100, firstSentMs: 350, acknowledgedMs: 400 }),
      ledgerRecord({ intendedMs: 600, firstSentMs: 600, acknowledgedMs: 601 }),
      ledgerRecord({ kind: "recheck", intendedMs: 600, acknowledgedMs: 9000 }),
    ];
    const found = summarizeLatency(ledger, [
      { name: "before", fromMs: 0, toMs: 500 },
      { name: "after", fromMs: 500, toMs: 1000 },
    ]);
    expect(found.before?.maxMs).to.be.closeTo(300, 1);
    expect(found.after?.maxMs).to.be.closeTo(1, 0.01);
    expect([found.before?.count, found.after?.count]).to.deep.equal([1, 1]);
  });
});

describe("timeline", () => {
  it("shows the slice in which nothing was acknowledged", () => {
    const ledger = [0, 100, 200, 300].map((ms) =>
      ledgerRecord({ intendedMs: ms, acknowledgedMs: ms < 100 ? ms + 1 : Math.max(ms, 300) + 1 }),
    );
    const { intendedPerS, acknowledgedPerS, latencyMsMax } = timeline(ledger, {
      startMs: 0,
      endMs: 400,
      sliceMs: 100,
    });
    expect(intendedPerS).to.deep.equal([10, 10, 10, 10]);
    expect(acknowledgedPerS).to.deep.equal([10, 0, 0, 30]);
    expect(latencyMsMax).to.deep.equal([1, 201, 101, 1]);
  });
});

describe("judge", () => {
  const { tolerances } = zoneLoss.steadyStateHypothesis;
  const good: Measures = {
    lost: 0,
    duplicated: 0,
    contradicted: 0,
    unknown: 0,
    gapMs: 350,
    hashesEqual: true,
    historyEqual: true,
    linearizable: true,
  };
  const rows: [string, Partial<Measures>, string][] = [
    ["holds when every tolerance is kept", {}, "held"],
    ["deviates for one lost order", { lost: 1 }, "deviated"],
    ["deviates for a gap beyond the tolerance", { gapMs: 1001 }, "deviated"],
    ["deviates for a gap without an end", { gapMs: Number.POSITIVE_INFINITY }, "deviated"],
    ["deviates for unequal states", { hashesEqual: false }, "deviated"],
    ["is unknown when something was not measured", { historyEqual: undefined }, "unknown"],
    ["deviates rather than staying unknown", { historyEqual: undefined, lost: 1 }, "deviated"],
  ];
  for (const [name, measured, verdict] of rows) {
    it(name, () => expect(judge(tolerances, { ...good, ...measured }).verdict).to.equal(verdict));
  }
});

describe("guard", () => {
  const well = { isServing: true, isolatedZones: [], unwell: [] };
  const reach = { zones: ["a"] as const, processes: ["engine-1", "gateway-a"] };

  it("lets a declared fault through", () => {
    expect(() => guard(zoneLoss, reach, well)).not.to.throw();
  });

  it("stops a fault that reaches further than declared", () => {
    const wide = { zones: ["a", "b"] as const, processes: reach.processes };
    expect(() => guard(zoneLoss, wide, well))
      .to.throw()
      .with.property("code", "BLAST_RADIUS_EXCEEDED");
    const many = {
      zones: ["c"] as const,
      processes: ["gateway-c", "redis", "postgres", "history"],
    };
    expect(() => guard(zoneLoss, many, well))
      .to.throw()
      .with.property("code", "BLAST_RADIUS_EXCEEDED");
  });

  for (const [name, trouble] of [
    ["an exchange that does not serve", { ...well, isServing: false }],
    ["another zone that is away", { ...well, isolatedZones: ["b"] }],
    ["a node that is unwell", { ...well, unwell: ["engine-2"] }],
  ] as const) {
    it(`does not add to ${name}`, () => {
      expect(() => guard(zoneLoss, reach, trouble))
        .to.throw()
        .with.property("code", "DRILL_ABORTED");
    });
  }
});
