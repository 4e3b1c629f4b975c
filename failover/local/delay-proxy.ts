// DelayProxy: TCP with distance. Each way takes half of the round trip, in order, however much is under
// way; what is buffered is bounded, and a slow receiver holds the sender up. Cut, it swallows in
// silence and forgets nothing: healed, what was under way arrives, as TCP would send it again.
// What it cannot show: a lost packet, and a connection attempt that nobody answers (the proxy does).

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** As much of a fast line as is under way in 35 ms: 100 MB/s and some air. */
const bufferedBytesMax = 4 << 20;
/** Timers are late by up to a millisecond and more; the rest is dozed away. */
const spinMs = 2;

/** Timers know whole milliseconds only; asleep for a moment, it takes no core from what it measures. */
const dozeMs = 0.05;
/** A sleep ends late by the system's slack, 0.05 ms, and a switch: what is due sooner is waited for awake. */
const awakeMs = 0.15;
const dozing = new Int32Array(new SharedArrayBuffer(4));

export interface ProxyLink {
  readonly host: string;
  readonly port: number;
  readonly target: { readonly host: string; readonly port: number };
}

/** The distance, shared by all connections over it. */
export interface Distance {
  rttMs: number;
  isCut: boolean;
  /** Late by less than 0.1 ms, at the price of half a core and more while something is under way. */
  readonly isPrecise: boolean;
}

interface Parcel {
  readonly dueMs: number;
  /** `null`: the sender has ended. */
  readonly bytes: Buffer | null;
}

/** One way of one connection. */
class DelayedPipe {
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly distance: Distance;
  private readonly queue: Parcel[] = [];
  private queuedBytes = 0;
  private isWaiting = false;

  constructor(from: Socket, to: Socket, distance: Distance) {
    this.from = from;
    this.to = to;
    this.distance = distance;
    from.on("data", (bytes: Buffer) => this.take(bytes));
    from.on("end", () => this.take(null));
    to.on("drain", () => this.move());
  }

  private take(bytes: Buffer | null): void {
    const last = this.queue.at(-1)?.dueMs ?? 0;
    const dueMs = Math.max(last, performance.now() + this.distance.rttMs / 2);
    this.queue.push({ dueMs, bytes });
    this.queuedBytes += bytes?.length ?? 0;
    if (this.queuedBytes >= bufferedBytesMax) this.from.pause();
    this.move();
  }

  /** Delivers what is due, and comes back for the rest. */
  move(): void {
    while (!this.distance.isCut && !this.to.destroyed && !this.to.writableNeedDrain) {
      const next = this.queue[0];
      if (next === undefined) return;
      const restMs = next.dueMs - performance.now();
      if (restMs > 0) {
        this.wait(restMs);
        return;
      }
      this.queue.shift();
      this.queuedBytes -= next.bytes?.length ?? 0;
      if (next.bytes === null) this.to.end();
      else this.to.write(next.bytes);
      if (this.from.isPaused() && this.queuedBytes < bufferedBytesMax / 2) this.from.resume();
    }
  }

  private wait(restMs: number): void {
    if (this.isWaiting) return;
    this.isWaiting = true;
    const wake = () => {
      this.isWaiting = false;
      this.move();
    };
    if (!this.distance.isPrecise) setTimeout(wake, restMs);
    else if (restMs > spinMs) setTimeout(wake, restMs - spinMs);
    else {
      if (restMs > awakeMs) Atomics.wait(dozing, 0, 0, Math.min(restMs - awakeMs, dozeMs));
      setImmediate(wake);
    }
  }
}

export class DelayProxy {
  readonly distance: Distance;
  private readonly links: readonly ProxyLink[];
  private readonly servers: Server[] = [];
  private readonly pipes = new Set<DelayedPipe>();
  private readonly sockets = new Set<Socket>();
  /** Connections that came while the line was cut. */
  private waiting: (() => void)[] = [];

  constructor(links: readonly ProxyLink[], distance: Distance) {
    this.links = links;
    this.distance = distance;
  }

  /** Rejects where a port is taken. */
  async listen(): Promise<void> {
    for (const link of this.links) {
      const server = createServer({ allowHalfOpen: true }, (near) => this.accept(near, link));
      this.servers.push(server);
      server.listen(link.port, link.host);
      await once(server, "listening");
    }
  }

  cut(): void {
    this.distance.isCut = true;
  }

  heal(): void {
    this.distance.isCut = false;
    for (const join of this.waiting.splice(0)) join();
    for (const pipe of this.pipes) pipe.move();
  }

  close(): void {
    for (const server of this.servers) server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(near: Socket, link: ProxyLink): void {
    near.on("error", () => near.destroy());
    this.keep(near);
    if (this.distance.isCut) this.waiting.push(() => this.join(near, link));
    else this.join(near, link);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
  }

  private join(near: Socket, { target }: ProxyLink): void {
    if (near.destroyed) return;
    const far = connect({ ...target, allowHalfOpen: true });
    far.on("error", () => far.destroy());
    this.keep(far);
    for (const socket of [near, far]) socket.setNoDelay(true);
    const pipes = [
      new DelayedPipe(near, far, this.distance),
      new DelayedPipe(far, near, this.distance),
    ];
    for (const pipe of pipes) this.pipes.add(pipe);
    const part = (other: Socket) => {
      for (const pipe of pipes) this.pipes.delete(pipe);
      this.later(() => other.destroy());
    };
    near.once("close", () => part(far));
    far.once("close", () => part(near));
  }

  /** News of an end travel as slowly as all else, and not at all while the line is cut. */
  private later(act: () => void): void {
    setTimeout(
      () => (this.distance.isCut ? this.waiting.push(act) : act()),
      this.distance.rttMs / 2,
    );
  }
}
