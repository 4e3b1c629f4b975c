// What the emulated distance itself takes, told beside what it is to take: a few bytes go to a server
// that sends them back, over the same proxy and while it carries the orders; and without it.

import { once } from "node:events";
import { connect, createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Spread, spreadOf } from "./price.ts";

const betweenMs = 5;

export interface Distance {
  readonly nearMs: Spread;
  readonly farMs: Spread;
}

export class Echo {
  private readonly server: Server;
  private readonly ports: { readonly near: number; readonly far: number };
  private isOver = false;

  constructor(ports: { readonly near: number; readonly far: number }) {
    this.ports = ports;
    this.server = createServer((socket) => {
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      socket.pipe(socket);
    });
  }

  async listen(): Promise<void> {
    this.server.listen(this.ports.near, "127.0.0.1");
    await once(this.server, "listening");
  }

  /** Both ways in turn, until `end` is called. */
  async measure(): Promise<Distance> {
    const { near, far } = this.ports;
    const sockets = [near, far].map((port) => connect({ port, host: "127.0.0.1", noDelay: true }));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    const tookMs: [number[], number[]] = [[], []];
    while (!this.isOver) {
      for (const [index, socket] of sockets.entries()) {
        const startMs = performance.now();
        socket.write("castle");
        await once(socket, "data");
        tookMs[index]?.push(performance.now() - startMs);
        await sleep(betweenMs);
      }
    }
    for (const socket of sockets) socket.destroy();
    return { nearMs: spreadOf(tookMs[0]), farMs: spreadOf(tookMs[1]) };
  }

  end(): void {
    this.isOver = true;
    this.server.close();
  }
}
