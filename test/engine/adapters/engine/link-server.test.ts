import { connect, type Socket } from "node:net";
import { expect } from "chai";
import { pino } from "pino";
import { LinkServer } from "../../../../engine/adapters/engine/link-server.ts";
import { FrameReader } from "../../../../engine/adapters/link/frame.ts";
import {
  decodeMessage,
  encodeMessage,
  type LinkMessage,
  linkVersion,
} from "../../../../engine/adapters/link/link-message.ts";
import { freePort } from "../../../support/free-port.ts";

const identity = {
  kind: "identify" as const,
  name: "gateway-t",
  purpose: "follower" as const,
  shard: "main",
  version: linkVersion,
  layoutId: "layout",
  castle: "0.1.0",
  commandVersion: 2,
};

/** What the server says before it closes the connection, or before `count` messages came. */
function converse(port: number, bytes: Buffer, count: number): Promise<LinkMessage[]> {
  return new Promise((resolve) => {
    const received: LinkMessage[] = [];
    const frames = new FrameReader();
    const socket: Socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const end = () => {
      socket.destroy();
      resolve(received);
    };
    socket.on("data", (piece) => {
      frames.push(piece as Buffer, (frame) => received.push(decodeMessage(frame)));
      if (received.length >= count) end();
    });
    socket.on("close", end);
    socket.on("error", end);
  });
}

const bytesOf = (message: LinkMessage) => Buffer.concat(encodeMessage(message));

describe("LinkServer", () => {
  let server: LinkServer;
  let port: number;
  let identified: string[];

  beforeEach(async () => {
    identified = [];
    port = await freePort();
    const log = pino({ level: "silent" });
    const { shard, layoutId } = identity;
    const nowMs = () => performance.now();
    server = new LinkServer(
      { host: "127.0.0.1", port, shard, layoutId, requiredVersion: () => 2, log, nowMs },
      {
        onIdentified: ({ name }) => {
          identified.push(name);
          return () => {};
        },
      },
    );
    await server.listen();
  });

  afterEach(() => server.close());

  const refusals: [string, Buffer, RegExp][] = [
    ["bytes that are no frame", Buffer.from("GET / HTTP/1.1\r\n\r\n"), /are allowed/],
    ["a frame with a wrong checksum", damaged(bytesOf(identity)), /checksum/],
    [
      "a first message that does not say who connects",
      bytesOf({ kind: "read", readId: 1 }),
      /first message/,
    ],
    ["a node of another shard", bytesOf({ ...identity, shard: "other" }), /shard main, not other/],
    ["a node of another version", bytesOf({ ...identity, version: 99 }), /upgrade the older node/],
    ["a node of another memory layout", bytesOf({ ...identity, layoutId: "x" }), /layout x is not/],
    [
      "a node that does not know what the journal holds",
      bytesOf({ ...identity, commandVersion: 1 }),
      /commands of version 2, and gateway-t knows up to 1: upgrade/,
    ],
  ];
  for (const [what, bytes, reason] of refusals) {
    it(`sends away ${what}, says why, and goes on`, async () => {
      const [answer] = await converse(port, bytes, 1);
      expect(answer?.kind).to.equal("rejected");
      expect((answer as { reason: string }).reason).to.match(reason);
      expect(identified).to.deep.equal([]);
      const ping = bytesOf({ kind: "ping" });
      const answers = await converse(port, Buffer.concat([bytesOf(identity), ping]), 1);
      expect(answers).to.deep.equal([{ kind: "pong" }]);
      expect(identified).to.deep.equal([identity.name]);
    });
  }

  it("names a port that is taken", async () => {
    const { shard, layoutId } = identity;
    const log = pino({ level: "silent" });
    const options = {
      ...{ host: "127.0.0.1", port, shard, layoutId, log },
      requiredVersion: () => 2,
      nowMs: () => 0,
    };
    const second = new LinkServer(options, { onIdentified: () => () => {} });
    const refused = await second.listen().then(
      () => null,
      (error: Error & { code: string }) => error,
    );
    expect(refused?.code).to.equal("PORT_TAKEN");
    expect(refused?.message).to.contain(String(port));
  });
});

function damaged(frame: Buffer): Buffer {
  const copy = Buffer.from(frame);
  copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1;
  return copy;
}
