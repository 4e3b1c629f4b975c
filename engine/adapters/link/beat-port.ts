// BeatPort: sends and takes beats, on the link's port number as UDP. A lost segment holds a TCP stream
// up for 200 ms and more, a lost datagram holds nothing up: so packet loss does not look like death.
// It beats from the loop that does all other work, so that a loop that hangs falls silent. Without
// the port, or with every datagram lost, an exchange only suspects sooner; nothing depends on it.

import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns";
import { isIP } from "node:net";
import type { Logger } from "pino";
import { type Beat, decodeBeat, encodeBeat, hashOfName } from "./beat.ts";

/** A peer that moved is found again after so long. */
const resolveIntervalMs = 10_000;
/** Whoever floods the port shall not flood the log. */
const strangersLoggedMax = 5;

export interface BeatPortOptions {
  readonly host: string;
  readonly port: number;
  readonly peer: { readonly host: string; readonly port: number; readonly id: number };
  readonly shard: string;
  readonly engineId: number;
  readonly beatMs: number;
  readonly startNonce: string;
  readonly log: Logger;
  readonly nowMs: () => number;
  /** The epoch that this engine leads; `null` where it leads none and has nothing to say. */
  leadingEpoch(): number | null;
  /** The peer's start nonce of its last hello; "" where none was heard. */
  peerNonce(): string;
  onBeat(epoch: number): void;
}

export class BeatPort {
  /** Since the start. */
  readonly counts = { sent: 0, taken: 0, ignored: 0 };
  private readonly options: BeatPortOptions;
  private readonly socket: Socket;
  private readonly shard: number;
  private readonly startNonce: number;
  private timer: NodeJS.Timeout | null = null;
  private address: string | null;
  private resolvedMs = Number.NEGATIVE_INFINITY;
  private isClosed = false;

  constructor(options: BeatPortOptions) {
    this.options = options;
    this.shard = hashOfName(options.shard);
    this.startNonce = hashOfName(options.startNonce);
    this.address = isIP(options.peer.host) === 0 ? null : options.peer.host;
    this.socket = createSocket(isIP(options.host) === 6 ? "udp6" : "udp4");
    this.socket.on("message", (datagram) => this.take(datagram));
    this.socket.on("error", (error) => this.fail(error));
  }

  /** Waits until the port is bound or refused; the latter is no error. */
  open(): Promise<void> {
    const { host, port } = this.options;
    return new Promise((resolve) => {
      this.socket.once("error", () => resolve());
      this.socket.bind({ port, address: host }, () => {
        this.beat();
        resolve();
      });
    });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    this.socket.close();
  }

  private fail(error: Error): void {
    const { host, port, log } = this.options;
    const facts = { code: "BEATS_UNAVAILABLE", host, port, reason: error.message };
    log.warn(facts, "no beats: packet loss may be taken for silence");
    this.close();
  }

  private beat(): void {
    const epoch = this.options.leadingEpoch();
    if (epoch !== null) this.send(epoch);
    this.timer = setTimeout(() => this.beat(), this.options.beatMs);
  }

  private send(epoch: number): void {
    this.resolve();
    if (this.address === null) return;
    const { engineId, peer } = this.options;
    const { shard, startNonce } = this;
    const datagram = encodeBeat({ engineId, shard, startNonce, epoch });
    // What a network that is down answers says no more than the silence that follows.
    this.socket.send(datagram, peer.port, this.address, () => undefined);
    this.counts.sent++;
  }

  /** Here and not in `send`, which would ask the resolver for a name at every beat. */
  private resolve(): void {
    const { peer, nowMs } = this.options;
    if (isIP(peer.host) !== 0 || nowMs() - this.resolvedMs < resolveIntervalMs) return;
    this.resolvedMs = nowMs();
    const family = isIP(this.options.host) === 6 ? 6 : 4;
    lookup(peer.host, { family }, (error, address) => {
      if (error === null) this.address = address;
    });
  }

  private take(datagram: Buffer): void {
    const beat = decodeBeat(datagram);
    if (beat !== null && this.isOfPeer(beat)) {
      this.counts.taken++;
      this.options.onBeat(beat.epoch);
      return;
    }
    this.counts.ignored++;
    if (this.counts.ignored > strangersLoggedMax) return;
    this.options.log.warn({ code: "BEAT_IGNORED", bytes: datagram.length }, "not the peer's beat");
  }

  /** Of another life than the last hello's, it tells nothing of the process that runs now. */
  private isOfPeer(beat: Beat): boolean {
    const { peer, peerNonce } = this.options;
    if (beat.shard !== this.shard || beat.engineId !== peer.id) return false;
    const known = peerNonce();
    return known === "" || beat.startNonce === hashOfName(known);
  }
}
