import { expect } from "chai";
import { restartDelayMs } from "../../../failover/local/backoff.ts";

describe("Backoff", () => {
  it("starts again at once the first time, then waits longer each time, up to a bound", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1_000_000].map(restartDelayMs);
    expect(delays).to.deep.equal([0, 50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
  });
});
