import { expect } from "chai";
import type { FlowAction } from "../../flow/flow-action.ts";
import { syntheticFlow } from "../../flow/synthetic.ts";

const options = {
  seed: 7,
  ratePerS: 500,
  durationMs: 20_000,
  instruments: [{ midTicks: 6_000_000 }, { midTicks: 300_000 }],
};

describe("syntheticFlow", () => {
  const actions = [...syntheticFlow(options)];
  const share = (kind: FlowAction["kind"]) =>
    actions.filter((one) => one.kind === kind).length / actions.length;

  it("is the same for the same seed, and another for another", () => {
    expect([...syntheticFlow(options)]).to.deep.equal(actions);
    expect([...syntheticFlow({ ...options, seed: 8 })]).not.to.deep.equal(actions);
  });

  it("keeps the mean rate within a fifth, in order of time", () => {
    expect(actions.length / 20).to.be.within(400, 600);
    for (const [i, one] of actions.entries()) {
      expect(one.atMs).to.be.at.least(actions[i - 1]?.atMs ?? 0);
    }
  });

  it("comes in bursts: half of all gaps are far below the mean, some 10 ms far above it", () => {
    const gaps = actions.map((one, i) => one.atMs - (actions[i - 1]?.atMs ?? 0));
    gaps.sort((a, b) => a - b);
    expect(gaps[gaps.length >> 1]).to.be.below(1);
    const slots = new Map<number, number>();
    for (const one of actions) {
      const slot = Math.floor(one.atMs / 10);
      slots.set(slot, (slots.get(slot) ?? 0) + 1);
    }
    // The mean is 5 in 10 ms.
    expect(Math.max(...slots.values())).to.be.above(50);
  });

  it("has the measured mix of adds, deletes, part-cancels and takers", () => {
    expect(share("add")).to.be.within(0.45, 0.53);
    expect(share("cancel")).to.be.within(0.4, 0.48);
    expect(share("take")).to.be.within(0.035, 0.065);
    expect(share("reduce")).to.be.within(0.0005, 0.01);
  });

  it("names each order once, and changes only orders that it has added and not ended", () => {
    const resting = new Set<number>();
    const ever = new Set<number>();
    for (const one of actions) {
      if (one.kind === "take") continue;
      if (one.kind === "add") {
        expect(ever.has(one.orderKey)).to.equal(false);
        ever.add(one.orderKey);
        resting.add(one.orderKey);
      } else expect(resting.has(one.orderKey)).to.equal(true);
      if (one.kind === "cancel") resting.delete(one.orderKey);
    }
  });

  it("gives only positive whole prices and quantities", () => {
    for (const one of actions) {
      if (one.kind !== "add" && one.kind !== "take") continue;
      expect(Number.isSafeInteger(one.priceTicks) && one.priceTicks > 0).to.equal(true);
      expect(Number.isSafeInteger(one.quantityLots) && one.quantityLots > 0).to.equal(true);
    }
  });
});
