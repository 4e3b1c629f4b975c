import { expect } from "chai";
import { withBeats } from "../../flow/beats.ts";
import type { FlowAction } from "../../flow/flow-action.ts";
import { ramped } from "../../flow/ramp.ts";

const cancelAt = (atMs: number): FlowAction => ({
  kind: "cancel",
  atMs,
  instrument: 0,
  orderKey: 1,
});

describe("withBeats", () => {
  it("lays a steady beat under a flow, in order of time, and ends with the duration", () => {
    const flow = [cancelAt(5), cancelAt(95), cancelAt(130)];
    const all = [...withBeats(flow, { everyMs: 40, durationMs: 120, midTicks: 1000 })];
    expect(all.map(({ kind, atMs }) => [kind, atMs])).to.deep.equal([
      ["cancel", 5],
      ["take", 40],
      ["take", 80],
      ["cancel", 95],
    ]);
  });

  it("asks for prices that no seller meets", () => {
    const [, beat] = withBeats([cancelAt(5), cancelAt(50)], {
      everyMs: 40,
      durationMs: 120,
      midTicks: 1000,
    });
    expect(beat).to.include({ side: "buy", priceTicks: 100 });
  });
});

describe("ramped", () => {
  it("lets the rate rise in a straight line, and keeps all distances afterwards", () => {
    // One action a millisecond: by the middle of a ramp of 100 ms a quarter of its 50 have come.
    const flow = Array.from({ length: 100 }, (_, i) => cancelAt(i));
    const times = [...ramped(flow, 100)].map(({ atMs }) => atMs);
    expect(times.filter((atMs) => atMs < 50)).to.have.length(13);
    expect(times.filter((atMs) => atMs < 100)).to.have.length(50);
    expect(times[99]).to.equal(149);
    expect(times.toSorted((a, b) => a - b)).to.deep.equal(times);
  });
});
