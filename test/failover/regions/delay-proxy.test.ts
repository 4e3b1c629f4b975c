// The border's distance: order, delay, back-pressure, silence.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { assert } from "chai";
import { DelayProxy } from "../../../failover/local/delay-proxy.ts";
import { freePort } from "../../support/free-port.ts";

const host = "127.0.0.1";

describe("DelayProxy", () => {
  const open: (() => void)[] = [];

  afterEach(() => {
    for (const close of open.splice(0)) close();
  });

  /** A connection over a proxy to a server that does `serve`. */
  async function over(
    distance: { rttMs: number; isPrecise?: boolean },
    serve: (socket: Socket) => void,
  ): Promise<{ proxy: DelayProxy; socket: Socket }> {
    const server = createServer(serve).listen(0, host);
    await once(server, "listening");
    const port = await freePort();
    const target = { host, port: (server.address() as AddressInfo).port };
    const proxy = new DelayProxy([{ host, port, target }], {
      isPrecise: false,
      isCut: false,
      ...distance,
    });
    await proxy.listen();
    const socket = connect(port, host);
    socket.on("error", () => {});
    await once(socket, "connect");
    open.push(() => {
      proxy.close();
      server.close();
    });
    return { proxy, socket };
  }

  const echo = (socket: Socket) => void socket.on("error", () => {}).pipe(socket);

  it("takes half of the round trip each way, and keeps the order", async () => {
    const { socket } = await over({ rttMs: 40 }, echo);
    const startedMs = performance.now();
    let seen = "";
    socket.on("data", (bytes) => {
      seen += bytes;
    });
    for (const word of ["a", "b", "c", "d"]) {
      socket.write(word);
      await new Promise(setImmediate);
    }
    while (seen.length < 4) await once(socket, "data");
    assert.equal(seen, "abcd");
    assert.isAtLeast(performance.now() - startedMs, 40);
  });

  it("is never early where it is to be precise", async () => {
    const { socket } = await over({ rttMs: 0.7, isPrecise: true }, echo);
    const gapsMs: number[] = [];
    for (let round = 0; round < 50; round++) {
      const startedMs = performance.now();
      socket.write("x");
      await once(socket, "data");
      gapsMs.push(performance.now() - startedMs);
    }
    assert.isAtLeast(Math.min(...gapsMs), 0.7);
  });

  it("holds a sender up where the receiver does not read", async () => {
    const { socket } = await over({ rttMs: 2 }, (far) => void far.on("error", () => {}).pause());
    const chunk = Buffer.alloc(1 << 20);
    let sentBytes = 0;
    while (sentBytes < 1 << 30 && socket.write(chunk)) sentBytes += chunk.length;
    for (let turn = 0; turn < 200 && sentBytes < 1 << 28; turn++) {
      const isDrained = await Promise.race([
        once(socket, "drain").then(() => true),
        new Promise<boolean>((give) => setTimeout(() => give(false), 150)),
      ]);
      if (!isDrained) return;
      socket.write(chunk);
      sentBytes += chunk.length;
    }
    assert.fail(`${sentBytes} bytes were swallowed`);
  });

  it("is silent while it is cut, and delivers what was under way when it is healed", async () => {
    const { proxy, socket } = await over({ rttMs: 2 }, echo);
    proxy.cut();
    socket.write("late");
    let isHealed = false;
    const heard = once(socket, "data").then(() => isHealed);
    await new Promise((wake) => setTimeout(wake, 50));
    isHealed = true;
    proxy.heal();
    assert.isTrue(await heard);
  });

  it("ends the other side where one ends", async () => {
    const { socket } = await over({ rttMs: 2 }, (far) => {
      far.on("error", () => {});
      far.once("data", () => far.end("bye"));
    });
    socket.write("hello");
    socket.resume();
    await once(socket, "close");
  });
});
