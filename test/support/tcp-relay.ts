// A relay on a port of its own: whoever connects reaches the server that it points to now. It stands
// for a name that moves to another server, as the primary endpoint of a replication group does.

import { connect, createServer, type Server, type Socket } from "node:net";
import { freePort } from "./free-port.ts";

export class TcpRelay {
  readonly port: number;
  private target: number;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(port: number, target: number) {
    this.port = port;
    this.target = target;
    this.server = createServer((socket) => this.relay(socket));
  }

  static async start(target: number): Promise<TcpRelay> {
    const relay = new TcpRelay(await freePort(), target);
    await new Promise<void>((listening) => relay.server.listen(relay.port, "127.0.0.1", listening));
    return relay;
  }

  /** Connections there are end, the next ones reach the other server. */
  pointTo(target: number): void {
    this.target = target;
    for (const socket of this.sockets) socket.destroy();
  }

  private relay(socket: Socket): void {
    const far = connect(this.target, "127.0.0.1");
    for (const [one, other] of [
      [socket, far],
      [far, socket],
    ] as const) {
      this.sockets.add(one);
      one.on("error", () => one.destroy());
      one.once("close", () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
