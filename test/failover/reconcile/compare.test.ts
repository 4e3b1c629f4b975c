// Two journals with one beginning: every command behind the fork is found lost or found again,
// whatever was sent again, by whom, and in between what.

import { expect } from "chai";
import fc from "fast-check";
import type { Command } from "../../../engine/core/command.ts";
import { Core } from "../../../engine/core/core.ts";
import type { Event } from "../../../engine/core/event.ts";
import { compareTails } from "../../../failover/reconcile/compare.ts";
import type { Difference } from "../../../failover/reconcile/difference.ts";
import { findFork } from "../../../failover/reconcile/fork.ts";
import { feedCapacity, JournalFeed } from "../../support/journal-feed.ts";
import { RegionJournal } from "./region-journal.ts";

const capacity = { ...feedCapacity, orders: 4_000, rememberedOrders: 2_000 };

/** How each command of the old tail came to the new region: not, by its gateway, by its client. */
type Fate = "lost" | "resent" | "retried";

async function compare(old: RegionJournal, now: RegionJournal, certainUpTo = 0, tailMax = 1e6) {
  const fork = await findFork(old.from(1), now.from(1), 1);
  const core = () => {
    const made = new Core(capacity);
    for (const { position, kind, data } of old.entries.slice(0, fork.position - 1))
      if (kind === "command") made.apply(position, data, null);
      else made.advance(position);
    return made;
  };
  const differences = await compareTails({
    ...{ oldTail: old.from(fork.position), newTail: now.from(fork.position) },
    ...{ cores: { before: core(), old: core(), new: core() }, certainUpTo, tailMax },
  });
  return { fork, differences };
}

/** What a reader of both regions would compare, told otherwise than the code does. */
function told(events: readonly Event[]): string {
  return events
    .flatMap((event) => {
      if (event.kind === "trade") {
        const { maker, taker, priceTicks, quantityLots } = event;
        return `${quantityLots}@${priceTicks} ${maker.clientOrderId} ${taker.clientOrderId}`;
      }
      if (event.kind === "balanceChanged" || event.kind === "fundsMoved") return [];
      if (event.kind === "orderReduced") return `reduced to ${event.order.quantityLots}`;
      if (event.kind === "orderCanceled")
        return `canceled ${event.order.clientOrderId} at ${event.order.executedLots}`;
      return `${event.kind} ${"reason" in event ? event.reason : ""}`;
    })
    .join("|");
}

describe("castle reconcile: the comparison", function () {
  // Each run builds and replays several journals.
  this.timeout(20_000);

  it("finds every command of a random fork, lost or carried out again", async () => {
    const fates = fc.array(fc.constantFrom<Fate>("lost", "lost", "resent", "retried"), {
      minLength: 1,
      maxLength: 80,
      size: "max",
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 0, max: 300 }), fates, async (seed, n, plan) => {
        const feed = new JournalFeed(seed, { capacity });
        feed.trade(n);
        const forkAt = feed.journal.length + 1;
        const now = new RegionJournal(capacity, 500, feed.journal).fork(600);
        const other = new JournalFeed(seed + 1, { capacity, keep: false });
        const expected = new Map<number, string>();
        for (const fate of plan) {
          const [applied] = feed.trade(1);
          const { command, position } = applied ?? expect.fail("nothing was applied");
          // Other work of the new region in between, so that some outcomes differ.
          const foreign = other.trade(1)[0]?.command?.command;
          if (foreign?.kind === "deposit") now.execute(foreign);
          if (command === undefined) continue;
          const events = feed.applied.at(-1)?.events ?? [];
          if (events.length === 0) continue;
          if (fate === "lost") {
            expected.set(position, "lost");
            continue;
          }
          const isResent = fate === "resent";
          const again = now.execute(command.command, isResent ? command.request : undefined);
          const isFound =
            isResent ||
            (command.command.kind === "placeOrder" && events[0]?.kind === "orderAccepted");
          const isSame = told(events) === told(again);
          expected.set(position, !isFound ? "lost" : isSame ? "duplicate" : "divergent");
        }
        const old = new RegionJournal(capacity, 1, feed.journal);
        const { fork, differences } = await compare(old, now);
        expect(fork.position).to.equal(forkAt);
        const found = new Map(differences.map((one) => [one.position, one.kind]));
        expect(found).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("says of each balance by how much the old region changed it", async () => {
    const feed = new JournalFeed(7, { capacity });
    feed.trade(200);
    const now = new RegionJournal(capacity, 500, feed.journal).fork(600);
    const start = feed.core.assets().map(({ assetId }) => total(feed.core, assetId));
    feed.trade(300);
    const old = new RegionJournal(capacity, 1, feed.journal);
    const { differences } = await compare(old, now);
    feed.core.assets().forEach(({ assetId }, index) => {
      const moved = differences
        .flatMap((one) => one.outcome.balances)
        .filter((change) => change.assetId === assetId)
        .reduce((sum, change) => sum + change.freeUnits + change.lockedUnits, 0);
      expect(moved).to.equal(total(old.core, assetId) - (start[index] ?? 0));
    });
  });

  it("finds nothing where the old journal is the beginning of the new one", async () => {
    const old = new RegionJournal(capacity, 1, new JournalFeed(3, { capacity }).journal);
    const now = old.fork(600);
    now.execute({ kind: "deposit", accountId: 1, assetId: 1, units: 1 });
    const { fork, differences } = await compare(old, now);
    expect(fork).to.deep.equal({
      position: old.entries.length + 1,
      oldEpoch: null,
      newEpoch: 2 ** 24,
    });
    expect(differences).to.deep.equal([]);
  });

  it("parts journals at the first entry of another epoch, though it looks the same", async () => {
    const old = new RegionJournal(capacity, 9, new JournalFeed(5, { capacity }).journal);
    const now = old.fork(600);
    const forkAt = old.entries.length + 1;
    old.lead(3);
    const deposit = { kind: "deposit", accountId: 1, assetId: 1, units: 5 } as const;
    old.execute(deposit);
    const { fork, differences } = await compare(old, now);
    expect(fork).to.deep.equal({ position: forkAt, oldEpoch: 3, newEpoch: 2 ** 24 });
    expect(differences.map((one) => one.epoch)).to.deep.equal([3]);
  });

  it("counts the first acceptance in the new region, not a refusal before or after it", async () => {
    const feed = new JournalFeed(5, { capacity });
    const old = new RegionJournal(capacity, 9, feed.journal);
    const now = old.fork(600);
    const place: Command = {
      kind: "placeOrder",
      accountId: 1,
      symbolId: 1,
      side: "buy",
      type: "limit",
      timeInForce: "gtc",
      priceTicks: 10,
      quantityLots: 3,
      quoteUnits: 0,
      clientOrderId: "mine",
    };
    old.execute(place);
    now.execute({ kind: "setTradingStatus", symbolId: 1, status: "halt" });
    now.execute(place);
    now.execute({ kind: "setTradingStatus", symbolId: 1, status: "trading" });
    now.execute(place);
    now.execute(place);
    const [one] = (await compare(old, now)).differences as [Difference];
    expect(one.kind).to.equal("duplicate");
    expect(one.after?.outcome.result).to.equal("accepted");
  });

  it("leaves out what a gateway had sent to the old region twice", async () => {
    const old = new RegionJournal(capacity, 9, new JournalFeed(5, { capacity }).journal);
    const now = old.fork(600);
    const request = { sessionId: 8, requestSeq: 1 };
    const deposit = { kind: "deposit", accountId: 1, assetId: 1, units: 5 } as const;
    old.execute(deposit, request);
    old.execute(deposit, request);
    expect((await compare(old, now)).differences.map((one) => one.id)).to.deep.equal(["r-8-1"]);
  });

  it("knows which commands both engines of the old region had", async () => {
    const old = new RegionJournal(capacity, 9, new JournalFeed(5, { capacity }).journal);
    const now = old.fork(600);
    for (const units of [1, 2]) old.execute({ kind: "deposit", accountId: 1, assetId: 1, units });
    const { differences } = await compare(old, now, old.entries.length - 1);
    expect(differences.map((one) => one.isCertain)).to.deep.equal([true, false]);
  });

  it("refuses to hold more commands than it was allowed to", async () => {
    const old = new RegionJournal(capacity, 9, new JournalFeed(5, { capacity }).journal);
    const now = old.fork(600);
    for (const units of [1, 2]) old.execute({ kind: "deposit", accountId: 1, assetId: 1, units });
    const error = await compare(old, now, 0, 1).catch((caught: unknown) => caught);
    expect(error).to.include({ code: "JOURNALS_INCOMPARABLE" });
  });
});

function total(core: Core, assetId: number): number {
  let units = 0;
  for (let account = 0; account <= core.capacity.accounts; account += 1) {
    const { freeUnits, lockedUnits } = core.balance(account, assetId);
    units += freeUnits + lockedUnits;
  }
  return units;
}
