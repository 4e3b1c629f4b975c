import { expect } from "chai";
import { dayOf, daysNeeded, dayUs } from "../../../../engine/adapters/history/partitions.ts";

const midnightUs = Date.UTC(2026, 1, 28) * 1000;
const names = (timesUs: number[], ahead: number): string[] =>
  daysNeeded(timesUs, ahead).map((day) => day.name);

describe("Partitions", () => {
  it("gives the first microsecond of a day to that day, the one before to the day before", () => {
    expect(dayOf(midnightUs).name).to.equal("20260228");
    expect(dayOf(midnightUs - 1).name).to.equal("20260227");
    expect(dayOf(midnightUs).startUs).to.equal(midnightUs);
    expect(dayOf(midnightUs).endUs).to.equal(midnightUs + dayUs);
  });

  it("names each day of a batch once, and the days that follow the latest", () => {
    const times = [midnightUs - 1, midnightUs, midnightUs + 1, midnightUs + dayUs - 1];
    expect(names(times, 0)).to.deep.equal(["20260227", "20260228"]);
    expect(names(times, 2)).to.deep.equal(["20260227", "20260228", "20260301", "20260302"]);
  });

  it("makes nothing of the days between two that are far apart", () => {
    const times = [midnightUs, midnightUs + 400 * dayUs];
    expect(names(times, 1)).to.deep.equal(["20260228", "20270404", "20270405"]);
  });

  it("needs nothing for a batch without rows", () => {
    expect(names([], 2)).to.deep.equal([]);
  });
});
