import { expect } from "chai";
import fc from "fast-check";
import { classify } from "../../client/api-errors.ts";
import { ATTEMPTS_MAX, decide, type Observation, type Paths } from "../../client/retry-policy.ts";

const sentOnce: Observation = {
  isAccepted: false,
  rejection: undefined,
  unanswered: 1,
  unansweredOpen: 1,
  attempts: 1,
  lastSentMs: 1000,
  resendAtMs: 0,
  queries: 0,
  lastQueryMs: 0,
  isFoundAbsent: false,
  deadlineMs: 6000,
  giveUpMs: 11_000,
};
const paths: Paths = {
  hasOpen: true,
  hasFresh: true,
  isStalled: false,
  hedgeAfterMs: 150,
  isBudgetSpent: false,
};
const refused = classify(400, -2010, "Account has insufficient balance for requested action.");
const unknownOrder = classify(400, -2011, "Unknown order sent.");

describe("decide (retry policy)", () => {
  const rows: [string, Partial<Observation>, Partial<Paths>, number, object][] = [
    [
      "sends at once",
      { attempts: 0, unanswered: 0, unansweredOpen: 0 },
      {},
      1000,
      { kind: "send" },
    ],
    [
      "waits for a connection",
      { attempts: 0, unanswered: 0, unansweredOpen: 0 },
      { hasOpen: false },
      1000,
      { kind: "wait", untilMs: 1010 },
    ],
    ["waits until an answer is late", {}, {}, 1100, { kind: "wait", untilMs: 1150 }],
    ["hedges when it is late", {}, {}, 1150, { kind: "send" }],
    [
      "does not wait on a connection that owes pongs",
      {},
      { isStalled: true },
      1010,
      { kind: "send" },
    ],
    [
      "doubles the wait with each attempt",
      { attempts: 2, unanswered: 2, unansweredOpen: 2 },
      {},
      1200,
      { kind: "wait", untilMs: 1300 },
    ],
    [
      "asks nobody else where every way is overdue",
      {},
      { hasFresh: false },
      1150,
      { kind: "wait", untilMs: 1160 },
    ],
    [
      "keeps within the hedge budget",
      {},
      { isBudgetSpent: true },
      1150,
      { kind: "wait", untilMs: 1160 },
    ],
    ["bounds the attempts", { attempts: ATTEMPTS_MAX }, {}, 5900, { kind: "wait", untilMs: 6000 }],
    [
      "sends again at once when the connection is lost",
      { unansweredOpen: 0 },
      {},
      1001,
      { kind: "send" },
    ],
    [
      "pauses after an unclear answer",
      { unansweredOpen: 0, resendAtMs: 1020 },
      {},
      1001,
      { kind: "wait", untilMs: 1020 },
    ],
    [
      "settles what was reported",
      { isAccepted: true },
      {},
      1001,
      { kind: "settle", outcome: "accepted", inDoubt: false },
    ],
    [
      "believes the refusal of the only attempt",
      { unanswered: 0, rejection: refused },
      {},
      1001,
      { kind: "settle", outcome: "rejected", inDoubt: false },
    ],
    [
      "believes the refusal when every attempt was answered",
      { attempts: 2, unanswered: 0, rejection: refused },
      {},
      1001,
      { kind: "settle", outcome: "rejected", inDoubt: false },
    ],
    [
      "asks when a refused attempt has an unanswered sister",
      { attempts: 2, rejection: refused },
      {},
      1160,
      { kind: "query" },
    ],
    [
      "asks whether a cancel found no order because an earlier attempt took effect",
      { attempts: 2, unanswered: 0, rejection: unknownOrder },
      {},
      1160,
      { kind: "query" },
    ],
    [
      "is in doubt where an attempt may still arrive",
      { attempts: 2, rejection: refused, isFoundAbsent: true },
      {},
      1170,
      { kind: "settle", outcome: "rejected", inDoubt: true },
    ],
    ["asks after the deadline", {}, {}, 6000, { kind: "query" }],
    [
      "asks again, later each time",
      { queries: 2, lastQueryMs: 6000 },
      {},
      6100,
      { kind: "wait", untilMs: 6300 },
    ],
    [
      "gives up as unknown, never as rejected",
      { queries: 9, isFoundAbsent: true },
      {},
      11_000,
      { kind: "settle", outcome: "unknown", inDoubt: true },
    ],
    [
      "was never sent: unknown to the caller, without doubt",
      { attempts: 0, unanswered: 0, unansweredOpen: 0 },
      { hasOpen: false },
      6000,
      { kind: "settle", outcome: "unknown", inDoubt: false },
    ],
  ];
  for (const [name, seen, ways, nowMs, action] of rows) {
    it(name, () => {
      expect(decide({ ...sentOnce, ...seen }, { ...paths, ...ways }, nowMs)).to.deep.equal(action);
    });
  }

  it("never settles an operation as rejected without a refusal by the exchange", () => {
    const observation = fc.record({
      isAccepted: fc.constant(false),
      rejection: fc.constant(undefined),
      unanswered: fc.nat(6),
      unansweredOpen: fc.nat(6),
      attempts: fc.nat(6),
      lastSentMs: fc.nat(12_000),
      resendAtMs: fc.nat(12_000),
      queries: fc.nat(9),
      lastQueryMs: fc.nat(12_000),
      isFoundAbsent: fc.boolean(),
      deadlineMs: fc.constant(6000),
      giveUpMs: fc.constant(11_000),
    });
    const ways = fc.record({
      hasOpen: fc.boolean(),
      hasFresh: fc.boolean(),
      isStalled: fc.boolean(),
      hedgeAfterMs: fc.integer({ min: 1, max: 1000 }),
      isBudgetSpent: fc.boolean(),
    });
    fc.assert(
      fc.property(observation, ways, fc.nat(12_000), (seen, open, nowMs) => {
        const action = decide(seen, open, nowMs);
        if (action.kind === "settle") expect(action.outcome).to.equal("unknown");
        if (action.kind === "send") expect(nowMs).to.be.below(seen.deadlineMs);
      }),
    );
  });
});
