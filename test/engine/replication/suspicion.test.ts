import { expect } from "chai";
import { AwakeClock, type Heard, suspect } from "../../../engine/replication/suspicion.ts";

const never = Number.NEGATIVE_INFINITY;
const quiet: Heard = {
  onStreamMs: 0,
  inJournalMs: 0,
  onBeatMs: never,
  isRefused: false,
  isDisowned: false,
  deposedMs: never,
};

/** What was heard, when it is judged (failure timeout 200, anti-flap 5000), and the verdict. */
const rows: readonly [string, Partial<Heard>, number, string][] = [
  ["a word on the stream a moment ago", { onStreamMs: 900 }, 1_000, "trusted"],
  ["a beat in Redis while the stream is silent", { inJournalMs: 900 }, 1_000, "trusted"],
  ["a datagram while both streams are held up", { onBeatMs: 990 }, 1_000, "trusted"],
  ["silence just below the timeout", { onStreamMs: 801 }, 1_000, "trusted"],
  ["silence of the timeout on all paths", { onStreamMs: 800, onBeatMs: 790 }, 1_000, "SILENT"],
  ["beats alone, just below fifteen timeouts", { onBeatMs: 2_990 }, 2_999, "trusted"],
  ["beats alone for fifteen timeouts", { onBeatMs: 2_990 }, 3_000, "STREAM_DEAD"],
  ["beats and Redis, without the stream", { onBeatMs: 9_990, inJournalMs: 9_900 }, 1e4, "trusted"],
  ["a refused connection, whatever beats", { onBeatMs: 99, isRefused: true }, 100, "PROCESS_DIED"],
  ["its own word that it leads nothing", { onStreamMs: 99, isDisowned: true }, 100, "DISOWNED"],
  ["silence just below five timeouts, deposed lately", { deposedMs: 0 }, 999, "trusted"],
  ["silence of five timeouts, deposed lately", { deposedMs: 0 }, 1_000, "SILENT"],
  [
    "silence of the timeout, deposed just within the window",
    { onStreamMs: 4_700, deposedMs: 0 },
    4_999,
    "trusted",
  ],
  [
    "silence of the timeout, deposed just before the window",
    { onStreamMs: 4_800, deposedMs: 0 },
    5_000,
    "SILENT",
  ],
  ["a refused connection, deposed lately", { deposedMs: 0, isRefused: true }, 10, "PROCESS_DIED"],
  ["its own word, deposed lately", { deposedMs: 0, isDisowned: true }, 10, "DISOWNED"],
  ["beats alone, deposed lately", { onBeatMs: 2_990, deposedMs: 0 }, 3_000, "STREAM_DEAD"],
];

const patience = { failureTimeoutMs: 200, antiFlapMs: 5_000 };

describe("Suspicion", () => {
  for (const [what, heard, nowMs, expected] of rows) {
    it(`${expected === "trusted" ? "trusts" : `says ${expected}`} after ${what}`, () => {
      const verdict = suspect({ ...quiet, ...heard }, nowMs, patience);
      expect(verdict.kind === "trusted" ? "trusted" : verdict.reason).to.equal(expected);
    });
  }

  it("does not count the time that the engine itself slept", () => {
    const clock = new AwakeClock(1_000, 50);
    clock.advanceTo(1_010);
    clock.advanceTo(61_010);
    expect(clock.nowMs).to.equal(60);
  });
});
