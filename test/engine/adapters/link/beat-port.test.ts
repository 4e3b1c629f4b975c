import { createSocket } from "node:dgram";
import { expect } from "chai";
import { pino } from "pino";
import {
  type Beat,
  decodeBeat,
  encodeBeat,
  hashOfName,
} from "../../../../engine/adapters/link/beat.ts";
import { BeatPort } from "../../../../engine/adapters/link/beat-port.ts";
import { freePort } from "../../../support/free-port.ts";

const beat: Beat = {
  engineId: 2,
  shard: hashOfName("main"),
  startNonce: hashOfName("n2"),
  epoch: 8,
};

describe("Beat", () => {
  it("comes back as it was sent, up to the largest epoch", () => {
    const last = { ...beat, epoch: Number.MAX_SAFE_INTEGER };
    expect(decodeBeat(encodeBeat(beat))).to.deep.equal(beat);
    expect(decodeBeat(encodeBeat(last))).to.deep.equal(last);
  });

  it("is nothing after any one bit was changed, or where it is longer or shorter", () => {
    const whole = encodeBeat(beat);
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(decodeBeat(damaged), `bit ${bit}`).to.equal(null);
    }
    expect(decodeBeat(whole.subarray(0, 27))).to.equal(null);
    expect(decodeBeat(Buffer.concat([whole, Buffer.alloc(1)]))).to.equal(null);
    expect(decodeBeat(Buffer.alloc(0))).to.equal(null);
  });

  it("is nothing where the epoch is none", () => {
    for (const epoch of [0, -2, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(decodeBeat(encodeBeat({ ...beat, epoch })), `${epoch}`).to.equal(null);
    }
  });
});

describe("BeatPort", () => {
  const open: BeatPort[] = [];
  afterEach(() => {
    for (const port of open.splice(0)) port.close();
  });

  interface Side {
    readonly port: number;
    readonly id: number;
    leading: number | null;
    known: string;
    heard: (epoch: number) => void;
  }

  async function start(side: Side, peer: Side): Promise<BeatPort> {
    const port = new BeatPort({
      host: "127.0.0.1",
      port: side.port,
      peer: { host: "127.0.0.1", port: peer.port, id: peer.id },
      shard: "main",
      engineId: side.id,
      startNonce: `n${side.id}`,
      beatMs: 2,
      log: pino({ level: "silent" }),
      nowMs: () => performance.now(),
      leadingEpoch: () => side.leading,
      peerNonce: () => side.known,
      onBeat: (epoch) => side.heard(epoch),
    });
    open.push(port);
    await port.open();
    return port;
  }

  const sideOf = async (id: number): Promise<Side> => ({
    port: await freePort(),
    id,
    leading: null,
    known: "",
    heard: () => undefined,
  });

  it("beats to the peer while it leads an epoch, and only then", async () => {
    const [one, two] = [await sideOf(1), await sideOf(2)];
    const heard = new Promise<number>((resolve) => {
      one.heard = resolve;
    });
    const first = await start(one, two);
    const second = await start(two, one);
    two.leading = 4;
    expect(await heard).to.equal(4);
    expect(first.counts.sent).to.equal(0);
    expect(second.counts.sent).to.be.greaterThan(0);
  });

  it("takes beats of the peer's present life, of its shard and of its id, and nothing else", async () => {
    const [one, two] = [await sideOf(1), await sideOf(2)];
    one.known = "n2";
    const epochs: number[] = [];
    const last = new Promise<void>((resolve) => {
      one.heard = (epoch) => {
        epochs.push(epoch);
        if (epoch === 100) resolve();
      };
    });
    const port = await start(one, two);
    const stranger = createSocket("udp4");
    const send = (datagram: Buffer) =>
      new Promise((sent) => stranger.send(datagram, one.port, "127.0.0.1", sent));
    await send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    await send(encodeBeat({ ...beat, shard: hashOfName("other"), epoch: 90 }));
    await send(encodeBeat({ ...beat, engineId: 1, epoch: 91 }));
    await send(encodeBeat({ ...beat, startNonce: hashOfName("an earlier life"), epoch: 92 }));
    await send(encodeBeat({ ...beat, epoch: 100 }));
    await last;
    stranger.close();
    expect(epochs).to.deep.equal([100]);
    expect(port.counts.ignored).to.equal(4);
  });

  it("lets the engine go on where the port is taken", async () => {
    const [one, two] = [await sideOf(1), await sideOf(2)];
    const other = createSocket("udp4");
    await new Promise<void>((bound) => other.bind(one.port, "127.0.0.1", bound));
    one.leading = 3;
    const port = await start(one, two);
    expect(port.counts.sent).to.equal(0);
    other.close();
  });
});
