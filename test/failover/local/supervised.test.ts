// Supervised with processes that live and die by the test's word.

import { expect } from "chai";
import { type Exit, Supervised } from "../../../failover/local/supervised.ts";

/** Starts "processes" whose end the test decides. */
function workshop() {
  const made: { die: (exit: Exit) => void }[] = [];
  const observed: string[] = [];
  let failNext = 0;
  const supervised = new Supervised(
    {
      name: "one",
      zone: "a",
      stopSignal: "SIGTERM",
      launch: async () => {
        if (failNext-- > 0) throw new Error("cannot start");
        let die: (exit: Exit) => void = () => {};
        const exited = new Promise<Exit>((resolve) => {
          die = resolve;
        });
        made.push({ die });
        // No process has a pid this high, so that no signal reaches anybody.
        return { pid: 2 ** 30 + made.length, exited };
      },
    },
    {
      started: (pid) => observed.push(`started ${pid - 2 ** 30}`),
      died: ({ signal, error, restartInMs }) =>
        observed.push(`died ${error?.message ?? signal} ${restartInMs}`),
    },
  );
  const settled = async (count: number) => {
    while (observed.length < count) await new Promise((wake) => setImmediate(wake));
    return observed;
  };
  const failures = (count: number) => {
    failNext = count;
  };
  return { supervised, made, settled, failures };
}

const killed: Exit = { code: null, signal: "SIGKILL" };

describe("Supervised", () => {
  it("starts again what died", async () => {
    const { supervised, made, settled } = workshop();
    await supervised.start();
    made[0]?.die(killed);
    expect(await settled(3)).to.deep.equal(["started 1", "died SIGKILL 0", "started 2"]);
    expect(supervised.restarts).to.equal(1);
  });

  it("does not hold it against a process that it was killed on purpose", async () => {
    const { supervised, made, settled } = workshop();
    await supervised.start();
    for (let i = 0; i < 3; i++) {
      supervised.signal("SIGKILL");
      made[i]?.die(killed);
      await settled(3 + 2 * i);
    }
    const deaths = (await settled(7)).filter((line) => line.startsWith("died"));
    expect(deaths).to.deep.equal(Array(3).fill("died SIGKILL 0"));
  });

  it("counts a start that fails as a death, and goes on trying", async () => {
    const { supervised, settled, failures } = workshop();
    failures(2);
    await supervised.start();
    const expected = ["died cannot start 0", "died cannot start 50", "started 1"];
    expect(await settled(3)).to.deep.equal(expected);
  });

  it("starts nothing again after it was stopped", async () => {
    const { supervised, made } = workshop();
    await supervised.start();
    const stopping = supervised.stop(1_000);
    made[0]?.die({ code: 0, signal: null });
    await stopping;
    await new Promise((wake) => setTimeout(wake, 5));
    expect(made).to.have.length(1);
  });

  it("answers a death only after release while held", async () => {
    const { supervised, made, settled } = workshop();
    await supervised.start();
    supervised.hold();
    made[0]?.die(killed);
    await settled(2);
    await new Promise((wake) => setTimeout(wake, 5));
    expect(made).to.have.length(1);
    supervised.release();
    expect(await settled(3)).to.deep.equal(["started 1", "died SIGKILL 0", "started 2"]);
  });
});
