import { expect } from "chai";
import type { FlowAction } from "../../flow/flow-action.ts";
import { FlowUnreadable } from "../../flow/flow-unreadable.ts";
import { lobsterFlow, newLobsterCounts } from "../../flow/lobster.ts";

function actions(rows: readonly string[], priceUnitsPerTick = 100): FlowAction[] {
  const counts = newLobsterCounts();
  return [...lobsterFlow(rows, { file: "messages.csv", priceUnitsPerTick, counts })];
}

const TWO_ASKS = ["34200.0,1,1,10,1000000,-1", "34200.1,1,2,10,1000100,-1"];

describe("LOBSTER messages", () => {
  it("become limit orders, reductions and cancels in time from the first row", () => {
    const rows = [
      "34200.017459617,1,7,10,1000000,1",
      "34200.517459617,2,7,4,1000000,1",
      "34201.017459618,3,7,6,1000000,1",
    ];
    const of = { instrument: 0, orderKey: 7 };
    expect(actions(rows)).to.deep.equal([
      { kind: "add", atMs: 0, ...of, side: "buy", priceTicks: 10_000, quantityLots: 10 },
      { kind: "reduce", atMs: 500, ...of, reduceLots: 4 },
      { kind: "cancel", atMs: 1000.000001, ...of },
    ]);
  });

  it("join executions of one instant and direction into one taker at the worst price", () => {
    const rows = [...TWO_ASKS, "34200.2,4,1,10,1000000,-1", "34200.2,4,2,3,1000100,-1"];
    expect(actions(rows).slice(2)).to.deep.equal([
      { kind: "take", atMs: 200, instrument: 0, side: "buy", priceTicks: 10_001, quantityLots: 13 },
    ]);
  });

  it("keep takers apart when time, direction or another message lies between", () => {
    const rows = [
      ...TWO_ASKS,
      "34200.2,4,1,1,1000000,-1",
      "34200.3,4,1,1,1000000,-1",
      "34200.3,1,3,5,990000,1",
      "34200.3,4,1,1,1000000,-1",
      "34200.3,4,3,1,990000,1",
    ];
    const kinds = actions(rows)
      .slice(2)
      .map((action) => (action.kind === "take" ? action.side : action.kind));
    expect(kinds).to.deep.equal(["buy", "buy", "add", "buy", "sell"]);
  });

  it("move prices between ticks away from the other side", () => {
    const rows = ["34200,1,1,1,1000050,1", "34200,1,2,1,1000050,-1"];
    const prices = actions(rows).map((action) => "priceTicks" in action && action.priceTicks);
    expect(prices).to.deep.equal([10_000, 10_001]);
  });

  it("skip and count what concerns orders that are unknown or gone", () => {
    const counts = newLobsterCounts();
    const rows = [
      ...TWO_ASKS,
      "34200.2,3,1,10,1000000,-1",
      "34200.3,4,1,1,1000000,-1",
      "34200.4,2,55,1,1000000,-1",
      "34200.5,5,0,1,1000000,-1",
      "34200.6,7,0,0,-1,-1",
    ];
    const options = { file: "", priceUnitsPerTick: 100, counts };
    expect([...lobsterFlow(rows, options)]).to.have.length(3);
    expect(counts).to.deep.equal({ rows: 7, ignored: 2, unknown: 2 });
  });

  const garbled: readonly (readonly [string, string])[] = [
    ["34200,1,1,1,1000000", "5 fields"],
    ["34200,1,1,1,1000000,0", "direction"],
    ["34200,9,1,1,1000000,1", "type 9"],
    ["34200,1,x,1,1000000,1", "order id"],
    ["34200,1,1,0,1000000,1", "size"],
    ["34200,1,1,1,,1", "price"],
    ["noon,1,1,1,1000000,1", "time"],
    ["34199,1,1,1,1000000,1", "time falls"],
  ];
  for (const [row, message] of garbled)
    it(`refuse "${row}" and name its line`, () => {
      const run = () => actions(["34200,1,9,1,1000000,1", row]);
      expect(run)
        .to.throw(FlowUnreadable, `messages.csv, line 2`)
        .with.property("message")
        .that.contains(message);
    });
});
