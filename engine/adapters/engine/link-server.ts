// LinkServer: the engine's port. Whoever connects says first who it is; what is of another exchange,
// another version or another memory layout is sent away with the reason.

import { createServer, type Server, type Socket } from "node:net";
import type { Logger } from "pino";
import { CastleError } from "../../errors.ts";
import { Connection } from "../link/connection.ts";
import { type Identity, type LinkMessage, linkVersion } from "../link/link-message.ts";

export interface LinkServerEvents {
  /** Returns who takes the connection's further messages. */
  onIdentified(identity: Identity, connection: Connection): (message: LinkMessage) => void;
}

export interface LinkServerOptions {
  readonly host: string;
  readonly port: number;
  readonly shard: string;
  readonly layoutId: string;
  /** Whoever joins must know commands of this version: they are in the journal. */
  readonly requiredVersion: () => number;
  readonly log: Logger;
  readonly nowMs: () => number;
}

/** Half-open connections of a zone that vanished are dropped after this. */
const idleMsMax = 5_000;

export class LinkServer {
  private readonly options: LinkServerOptions;
  private readonly events: LinkServerEvents;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(options: LinkServerOptions, events: LinkServerEvents) {
    this.options = options;
    this.events = events;
    this.server = createServer((socket) => this.accept(socket));
  }

  /** @throws CastleError PORT_TAKEN */
  listen(): Promise<void> {
    const { host, port } = this.options;
    return new Promise((resolve, reject) => {
      this.server.once("error", (cause) => {
        const text = `cannot listen on ${host}:${port}: ${cause.message}; stop what uses the port`;
        reject(new CastleError("PORT_TAKEN", text, { host, port }, { cause }));
      });
      this.server.listen(port, host, resolve);
    });
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(idleMsMax, () => socket.destroy());
    let handle: ((message: LinkMessage) => void) | null = null;
    const connection = new Connection(socket, this.options.log, this.options.nowMs, (message) => {
      if (message.kind === "ping") connection.send({ kind: "pong" });
      else if (handle !== null) handle(message);
      else handle = this.identify(message, connection);
    });
  }

  private identify(
    message: LinkMessage,
    connection: Connection,
  ): ((message: LinkMessage) => void) | null {
    const fault = this.faultOf(message);
    if (fault === null && message.kind === "identify") {
      return this.events.onIdentified(message, connection);
    }
    this.options.log.warn({ code: "LINK_REFUSED", reason: fault }, "a connection was sent away");
    const isTooOld = fault !== null && fault === this.ageFaultOf(message);
    const code = isTooOld ? "TOO_OLD" : "REFUSED";
    connection.send({ kind: "rejected", code, reason: fault ?? "" });
    connection.socket.destroySoon();
    return null;
  }

  private faultOf(message: LinkMessage): string | null {
    const { shard, layoutId } = this.options;
    if (message.kind !== "identify") return "the first message must say who connects";
    if (message.shard !== shard) return `this is shard ${shard}, not ${message.shard}`;
    if (message.version !== linkVersion) {
      return `link version ${message.version} is not ${linkVersion}: upgrade the older node`;
    }
    if (message.layoutId !== layoutId)
      return `memory layout ${message.layoutId} is not ${layoutId}`;
    return this.ageFaultOf(message);
  }

  private ageFaultOf(message: LinkMessage): string | null {
    const required = this.options.requiredVersion();
    if (message.kind !== "identify" || message.commandVersion >= required) return null;
    return `the journal holds commands of version ${required}, and ${message.name} knows up to ${message.commandVersion}: upgrade this node`;
  }
}
