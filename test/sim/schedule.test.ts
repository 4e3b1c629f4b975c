import { assert } from "chai";
import fc from "fast-check";
import { Schedule } from "./schedule.ts";

describe("Schedule", () => {
  it("runs events by time, and by order of planning where times are equal", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }), (delays) => {
        const schedule = new Schedule();
        const ran: number[] = [];
        for (const [index, delayMs] of delays.entries()) {
          schedule.after(delayMs, () => ran.push(index));
        }
        while (schedule.step(Number.POSITIVE_INFINITY));
        const expected = delays
          .map((delayMs, index) => ({ delayMs, index }))
          .sort((a, b) => a.delayMs - b.delayMs || a.index - b.index)
          .map(({ index }) => index);
        assert.deepEqual(ran, expected);
      }),
    );
  });

  it("runs nothing beyond the time asked for", () => {
    const schedule = new Schedule();
    schedule.after(5, () => assert.fail("too early"));
    assert.isFalse(schedule.step(4));
    assert.equal(schedule.nowMs, 0);
  });
});
