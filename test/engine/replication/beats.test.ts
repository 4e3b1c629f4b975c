// Datagrams of the primary, where its streams are held up.

import { expect } from "chai";
import { SmallCluster, type SmallMember } from "../../support/small-cluster.ts";

/** Both streams of the primary are held up from now on. */
function heldUp(): { cluster: SmallCluster; primary: SmallMember; standby: SmallMember } {
  const cluster = SmallCluster.whole();
  const { primary, standby } = cluster.roles;
  cluster.cut(primary.name, standby.name);
  cluster.cut(primary.name, "redis");
  return { cluster, primary, standby };
}

/** Milliseconds until the standby serves, while these beats arrive. */
function gapMs({ cluster, standby }: ReturnType<typeof heldUp>, epoch: number | null): number {
  const startMs = cluster.nowMs;
  while (!standby.live.isServing && cluster.nowMs - startMs < 10_000) {
    if (epoch !== null) standby.live.onPeerBeat(epoch, cluster.nowMs);
    cluster.run(15);
  }
  return cluster.nowMs - startMs;
}

const reasonOf = (member: SmallMember) =>
  member.decisions.findLast(({ code }) => code === "SUSPECTED")?.reason;

describe("Beats", () => {
  it("keep a standby from suspecting a primary whose streams are held up", () => {
    const held = heldUp();
    for (let at = 0; at < 1_000; at += 15) {
      held.standby.live.onPeerBeat(held.primary.live.state.epoch, held.cluster.nowMs);
      held.cluster.run(15);
    }
    held.cluster.join();
    held.cluster.run(1_000);
    expect(held.standby.codes).to.not.include("SUSPECTED");
    expect(held.primary.live.isServing).to.equal(true);
  });

  it("are believed for a while only, where nothing else arrives", () => {
    const held = heldUp();
    expect(gapMs(held, held.primary.live.state.epoch)).to.be.within(2_900, 3_500);
    expect(reasonOf(held.standby)).to.match(/^STREAM_DEAD/);
  });

  const nothing: readonly [string, (epoch: number) => number | null][] = [
    ["none", () => null],
    ["of an older epoch", (epoch) => epoch - 2],
    ["of an epoch that is the standby's own", (epoch) => epoch + 1],
  ];
  for (const [what, epochOf] of nothing) {
    it(`do not hold up a failover: ${what}`, () => {
      const held = heldUp();
      expect(gapMs(held, epochOf(held.primary.live.state.epoch))).to.be.within(150, 450);
      expect(reasonOf(held.standby)).to.match(/^SILENT/);
    });
  }
});
