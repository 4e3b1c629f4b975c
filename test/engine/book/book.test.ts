import { expect } from "chai";
import fc from "fast-check";
import { BareBook } from "../../../bench/core/book-bench.ts";
import { property } from "../../support/property.ts";
import { NaiveBook } from "./naive-book.ts";

const BID = 2;
const ASK = 3;
const PRICE_MAX = 2 ** 31 - 1;

const fail = (what: string): never => {
  throw new Error(what);
};

function prices(bare: BareBook, ladder: number): number[] {
  const found: number[] = [];
  for (let level = bare.book.best(ladder); level !== 0; level = bare.book.worse(level))
    found.push(bare.book.levelPrice(level));
  return found;
}

function queue(bare: BareBook, ladder: number): number[] {
  const found: number[] = [];
  for (let level = bare.book.best(ladder); level !== 0; level = bare.book.worse(level))
    for (let order = bare.book.oldest(level); order !== 0; order = bare.book.after(order))
      found.push(order);
  return found;
}

describe("Book", function () {
  // The naive book is slow, and more so on a machine that is busy.
  this.timeout(20_000);
  it("keeps bids from the highest price down and asks from the lowest up", () => {
    const bare = new BareBook(20, 20, PRICE_MAX);
    for (const price of [5, 1_000_000, 31, 32, PRICE_MAX, 1]) {
      bare.add(true, price, 1);
      bare.add(false, price, 1);
    }
    expect(prices(bare, BID)).to.deep.equal([PRICE_MAX, 1_000_000, 32, 31, 5, 1]);
    expect(prices(bare, ASK)).to.deep.equal([1, 5, 31, 32, 1_000_000, PRICE_MAX]);
  });

  it("fills the oldest order first at one price", () => {
    const bare = new BareBook(20, 20, PRICE_MAX);
    const [first, second, third] = [1, 2, 3].map(() => bare.add(false, 100, 10));
    bare.take(true, 100, 15);
    expect(queue(bare, ASK)).to.deep.equal([second, third]);
    expect(bare.book.remaining(second as number)).to.equal(5);
    expect(bare.book.isResting(first as number)).to.equal(false);
  });

  it("keeps an order's place when lots are taken off it", () => {
    const bare = new BareBook(20, 20, PRICE_MAX);
    const [first, second] = [1, 2].map(() => bare.add(true, 100, 10));
    bare.book.fill(first as number, 9);
    expect(queue(bare, BID)).to.deep.equal([first, second]);
    expect(bare.book.levelLots(bare.book.best(BID))).to.equal(11);
  });

  it("gives back all levels and tree nodes once it is empty", () => {
    const bare = new BareBook(200, 800, PRICE_MAX);
    const orders = Array.from({ length: 200 }, (_, index) =>
      bare.add(index % 2 === 0, 1 + ((index * 48_271_337) % PRICE_MAX), 1),
    );
    for (const order of orders) bare.cancel(order);
    expect(bare.book.trieNodesInUse).to.equal(0);
    expect(bare.book.levelsOf(BID) + bare.book.levelsOf(ASK)).to.equal(0);
  });

  it("has no room for a new price once its levels are in use, but still for known ones", () => {
    const bare = new BareBook(20, 3, PRICE_MAX);
    for (const price of [10, 20, 30]) bare.add(true, price, 1);
    expect(bare.book.hasRoom(BID, 40)).to.equal(false);
    expect(bare.book.hasRoom(BID, 20)).to.equal(true);
  });

  it("refuses to rest without room instead of harming what rests", () => {
    const bare = new BareBook(20, 1, PRICE_MAX);
    bare.add(true, 10, 1);
    expect(() => bare.add(true, 20, 1)).to.throw("room");
    expect(prices(bare, BID)).to.deep.equal([10]);
  });

  it("agrees with a naive book after every step", () => {
    const step = fc.record({
      kind: fc.constantFrom("add", "add", "add", "cancel", "fill", "take"),
      isBid: fc.boolean(),
      // Few near prices, so that levels are shared, emptied and made again; some anywhere.
      price: fc.oneof(
        { weight: 4, arbitrary: fc.integer({ min: 95, max: 105 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: PRICE_MAX }) },
      ),
      lots: fc.integer({ min: 1, max: 20 }),
      pick: fc.nat(),
    });
    property(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        const bare = new BareBook(100, 100, PRICE_MAX);
        const naive = new NaiveBook();
        for (const { kind, isBid, price, lots, pick } of steps) {
          const ids = naive.ids;
          const id = ids[pick % Math.max(1, ids.length)];
          if (kind === "add") {
            naive.rest({ id: bare.add(isBid, price, lots), isBid, price, lots });
          } else if (kind === "take") {
            // `isBid` is the taker's side here.
            let left = lots;
            for (const maker of naive.side(!isBid)) {
              if (left === 0 || (isBid ? maker.price > price : maker.price < price)) break;
              const traded = Math.min(left, maker.lots);
              left -= traded;
              naive.fill(maker.id, traded);
            }
            bare.take(isBid, price, lots);
          } else if (id !== undefined && (kind === "cancel" || naive.lots(id) <= lots)) {
            naive.remove(id);
            bare.cancel(id);
          } else if (id !== undefined) {
            naive.fill(id, lots);
            bare.book.fill(id, lots);
          }
          for (const [side, ladder] of [
            [true, BID],
            [false, ASK],
          ] as const) {
            const expected = naive.side(side);
            expect(queue(bare, ladder)).to.deep.equal(expected.map((order) => order.id));
            for (const order of expected)
              expect(bare.book.remaining(order.id)).to.equal(order.lots);
            bare.book.checkLadder(ladder, fail);
          }
        }
      }),
      50,
    );
  });
});
