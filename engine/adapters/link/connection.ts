// Connection: one TCP connection that carries messages both ways, dialled or accepted.
// It ends on the first malformed frame, and when the other side was silent for too long.

import type { Socket } from "node:net";
import type { Logger } from "pino";
import { CastleError } from "../../errors.ts";
import type { PeerMessage } from "../../replication/messages.ts";
import { writePieces } from "../pieces.ts";
import { FrameReader } from "./frame.ts";
import { decodeMessage, encodeMessage, type LinkMessage } from "./link-message.ts";

export class Connection {
  readonly socket: Socket;
  heardMs: number;
  private readonly frames = new FrameReader();
  private readonly log: Logger;

  constructor(
    socket: Socket,
    log: Logger,
    nowMs: () => number,
    onMessage: (message: LinkMessage) => void,
  ) {
    this.socket = socket;
    this.log = log;
    this.heardMs = nowMs();
    socket.setNoDelay(true);
    socket.on("data", (piece) => {
      this.heardMs = nowMs();
      try {
        this.frames.push(piece as Buffer, (frame) => onMessage(decodeMessage(frame)));
      } catch (error) {
        this.refuse(error);
      }
    });
  }

  private refuse(error: unknown): void {
    if (!(error instanceof CastleError)) throw error;
    this.log.warn({ code: error.code, from: this.socket.remoteAddress }, error.message);
    this.send({ kind: "rejected", code: "REFUSED", reason: error.message.slice(0, 500) });
    this.socket.destroySoon();
  }

  /** Bytes that wait in this process; whoever sends much must look at it. */
  get bufferedBytes(): number {
    return this.socket.writableLength;
  }

  send(message: LinkMessage | PeerMessage): void {
    if (this.socket.writable) writePieces(this.socket, encodeMessage(message));
  }

  /** A message that was encoded once for several connections. */
  sendFrame(frame: readonly Buffer[]): void {
    if (this.socket.writable) writePieces(this.socket, frame);
  }

  close(): void {
    this.socket.destroy();
  }
}
