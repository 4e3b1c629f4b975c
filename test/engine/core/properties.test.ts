import { expect } from "chai";
import fc from "fast-check";
import { encodeCommand } from "../../../engine/codec/command-codec.ts";
import { decodeLines, encodeLines } from "../../../engine/codec/lines-codec.ts";
import { InvariantViolated } from "../../../engine/core/assert.ts";
import { Core } from "../../../engine/core/core.ts";
import type { Event } from "../../../engine/core/event.ts";
import { property } from "../../support/property.ts";
import { type Asked, randomCommands } from "./random-commands.ts";
import { TestExchange } from "./test-exchange.ts";

const options = { capacity: { rememberedOrders: 8, orders: 40, levels: 12 }, units: 60_000 };
const fees = { ...options, makerFeePpm: 1234, takerFeePpm: 56_789 };

function run(
  asked: readonly Asked[],
  seen?: (events: Event[], of: Asked, exchange: TestExchange) => void,
) {
  const exchange = new TestExchange(fees);
  // `do` checks the invariants: never crossed, levels and locks add up, money is conserved.
  for (const of of asked) {
    const events = exchange.do(of.command, of.request);
    seen?.(events, of, exchange);
  }
  return exchange;
}

const OUTCOMES = new Set([
  "orderAccepted",
  "orderRejected",
  "orderCanceled",
  "orderReduced",
  "cancelRejected",
  "commandRejected",
  "fundsMoved",
  "configured",
  "requestRepeated",
]);

describe("Core", function () {
  // Hundreds of journals each: more than a unit test has time for on a machine that is busy.
  this.timeout(20_000);
  it("keeps its invariants whatever is asked, and answers everything but a tick", () => {
    property(
      fc.property(randomCommands(120), (asked) => {
        run(asked, (events, { command, request }) => {
          const outcomes = events.filter((event) => OUTCOMES.has(event.kind));
          if (command.kind === "tick" && request.sessionId === 0) expect(events).to.deep.equal([]);
          else if (command.kind !== "tick") expect(outcomes).to.not.deep.equal([]);
          for (const event of events) expect(event.request).to.deep.equal(request);
          const single = ["placeOrder", "cancelOrder", "reduceOrder", "deposit", "withdraw"];
          if (single.includes(command.kind)) expect(outcomes).to.have.length(1);
        });
      }),
      30,
    );
  });

  it("never trades through a better price, nor past an older order", () => {
    property(
      fc.property(randomCommands(120), (asked) => {
        let before = new TestExchange(fees).core.depth(1, 100);
        run(asked, (events, { command }, exchange) => {
          let last: Extract<Event, { kind: "trade" }> | undefined;
          for (const event of events) {
            // An auction trades at one price: auction.test.ts.
            if (event.kind !== "trade" || command.kind === "setTradingStatus") continue;
            const takerBuys = event.taker.side === "buy";
            if (event.taker.type !== "market") {
              const limit = event.taker.priceTicks;
              expect(takerBuys ? event.priceTicks <= limit : event.priceTicks >= limit).to.equal(
                true,
              );
            }
            expect(event.priceTicks).to.equal(event.maker.priceTicks);
            if (last !== undefined) {
              const step = event.priceTicks - last.priceTicks;
              expect(takerBuys ? step >= 0 : step <= 0).to.equal(true);
              if (step === 0) expect(event.maker.orderId).to.be.above(last.maker.orderId);
            } else {
              const [best] = takerBuys ? before.asks : before.bids;
              // A cancel-replace may have taken the best order out just before.
              if (events[0]?.kind === "orderAccepted")
                expect(event.priceTicks).to.equal(best?.priceTicks);
            }
            last = event;
          }
          before = exchange.core.depth(1, 100);
        });
      }),
      30,
    );
  });

  it("conserves lots: what was ordered is executed, left or gone", () => {
    property(
      fc.property(randomCommands(120), (asked) => {
        run(asked, (events, { command }) => {
          const [first] = events;
          if (command.kind !== "placeOrder" || first?.kind !== "orderAccepted") return;
          const traded = events.reduce(
            (sum, event) => sum + (event.kind === "trade" ? event.quantityLots : 0),
            0,
          );
          const last = events.findLast(
            (event) => event.kind === "trade" || event.kind === "orderExpired",
          );
          const taker =
            last?.kind === "trade"
              ? last.taker
              : last?.kind === "orderExpired"
                ? last.order
                : first.order;
          expect(taker.executedLots).to.equal(traded);
          expect(taker.quantityLots).to.equal(first.order.quantityLots);
        });
      }),
      30,
    );
  });

  it("comes to the same bytes and hash from the same journal, with events or without", () => {
    property(
      fc.property(randomCommands(150), (asked) => {
        const live = run(asked);
        const replayed = new Core(live.core.capacity);
        live.journal.forEach((bytes, index) => {
          replayed.apply(index + 1, bytes, null);
        });
        expect(Buffer.compare(live.core.memory, replayed.memory)).to.equal(0);
        expect(replayed.mark().hash).to.equal(live.core.mark().hash);
      }),
      30,
    );
  });

  it("goes on from changed lines exactly as from the whole journal", () => {
    property(
      fc.property(randomCommands(150), fc.array(fc.nat(), { maxLength: 4 }), (asked, cuts) => {
        const live = run(asked);
        const source = new Core(live.core.capacity);
        const standby = new Core(live.core.capacity);
        const snapshotAt = new Set(cuts.map((cut) => cut % live.journal.length));
        let lastSnapshot = 0;
        live.journal.forEach((bytes, index) => {
          source.apply(index + 1, bytes, null);
          if (!snapshotAt.has(index)) return;
          const { hash, changedLines } = source.mark();
          standby.load(decodeLines(encodeLines(source.memory, changedLines)));
          expect(standby.mark().hash).to.equal(hash);
          lastSnapshot = index + 1;
        });
        const restored = Core.restore(
          live.core.capacity,
          decodeLines(encodeLines(standby.memory, standby.usedLines())),
        );
        for (let index = lastSnapshot; index < live.journal.length; index += 1)
          restored.apply(index + 1, live.journal[index] as Uint8Array, null);
        expect(Buffer.compare(live.core.memory, restored.memory)).to.equal(0);
        expect(restored.mark().hash).to.equal(live.core.mark().hash);
        restored.checkInvariants();
      }),
      30,
    );
  });

  it("marks every line that it writes", () => {
    property(
      fc.property(randomCommands(80), (asked) => {
        const exchange = new TestExchange(fees);
        const { core } = exchange;
        for (const { command, request } of asked) {
          core.mark();
          const before = core.memory.slice();
          exchange.do(command, request);
          for (const line of core.mark().changedLines)
            before.set(core.memory.subarray(line * 256, line * 256 + 256), line * 256);
          expect(Buffer.compare(core.memory, before)).to.equal(0);
        }
      }),
      100,
    );
  });

  it("hashes incrementally as it would from the beginning", () => {
    property(
      fc.property(randomCommands(60), (asked) => {
        const exchange = new TestExchange(fees);
        for (const of of asked) {
          exchange.do(of.command, of.request);
          exchange.core.mark();
        }
        expect(exchange.core.mark().hash).to.equal(run(asked).core.mark().hash);
      }),
      40,
    );
  });
});

describe("Core memory", () => {
  it("changes its hash with any bit of any used line", () => {
    const { core } = run([]);
    const hash = core.mark().hash;
    for (const line of core.usedLines()) {
      for (const [byte, bit] of [
        [0, 1],
        [101, 16],
        [255, 128],
      ] as const) {
        const bytes = core.memory.slice(line * 256, line * 256 + 256);
        bytes[byte] = (bytes[byte] as number) ^ bit;
        core.load([{ firstLine: line, bytes }]);
        expect(core.mark().hash).to.not.equal(hash);
        bytes[byte] = (bytes[byte] as number) ^ bit;
        core.load([{ firstLine: line, bytes }]);
        expect(core.mark().hash).to.equal(hash);
      }
    }
  });

  it("marks the lines of both neighbours of an order that leaves a queue", () => {
    const exchange = new TestExchange();
    const { core } = exchange;
    // Two slots share a line: the third order's neighbours lie in lines of their own.
    for (const accountId of [1, 2, 1, 2, 2]) exchange.place({ accountId });
    core.mark();
    const before = core.memory.slice();
    const target = { orderId: 3, clientOrderId: "" };
    const of = { accountId: 1, symbolId: 1, target } as const;
    exchange.do({ kind: "cancelOrder", ...of, onlyIf: "any" });
    for (const line of core.mark().changedLines)
      before.set(core.memory.subarray(line * 256, line * 256 + 256), line * 256);
    expect(Buffer.compare(core.memory, before)).to.equal(0);
  });

  it("marks the position of entries that are no commands", () => {
    const { core } = run([]);
    const { hash, position } = core.mark();
    core.advance(position + 1);
    const marked = core.mark();
    expect(marked.position).to.equal(position + 1);
    expect(marked.hash).to.not.equal(hash);
    expect([...marked.changedLines]).to.deep.equal([0]);
  });

  it("has nothing changed after a mark", () => {
    const { core } = run([]);
    core.mark();
    expect(core.mark().changedLines).to.have.length(0);
  });

  it("starts as zeros with a hash of zeros", () => {
    const { core } = run([]);
    expect(new Core(core.capacity).mark().hash).to.equal("0".repeat(16));
  });
});

describe("Core at its edge", () => {
  const tick = encodeCommand({
    request: { sessionId: 0, requestSeq: 0 },
    timestampUs: 5,
    command: { kind: "tick" },
  });
  const core = () => new Core(run([]).core.capacity);

  it("stops at a gap in the journal", () => {
    expect(() => core().apply(2, tick, null)).to.throw(InvariantViolated, "in order");
  });

  it("stops when time falls", () => {
    const fresh = core();
    fresh.apply(1, tick, null);
    const earlier = Uint8Array.from(tick);
    new DataView(earlier.buffer).setFloat64(16, 4, true);
    expect(() => fresh.apply(2, earlier, null)).to.throw(InvariantViolated, "never falls");
  });

  it("stops at bytes that are no command", () => {
    for (const bytes of [new Uint8Array(24), tick.subarray(0, 23), new Uint8Array(0)])
      expect(() => core().apply(1, bytes, null)).to.throw(InvariantViolated);
  });

  it("refuses lines beyond its memory", () => {
    const small = core();
    const bytes = new Uint8Array(256);
    expect(() => small.load([{ firstLine: small.lineCount, bytes }])).to.throw(InvariantViolated);
    expect(() => small.load([{ firstLine: 0, bytes: new Uint8Array(100) }])).to.throw(
      InvariantViolated,
    );
  });
});
