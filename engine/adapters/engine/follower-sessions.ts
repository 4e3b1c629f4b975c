// FollowerSessions: the connections of gateways and other followers to this engine, and the feed of
// committed entries to them. A slow follower is fed from the log when it catches up; what waits in
// this process for it is bounded, and what left the memory is Redis's to give.

import type { LogBatch } from "../../replication/log-batch.ts";
import type { Mark } from "../../replication/messages.ts";
import type { Replica } from "../../replication/replica.ts";
import type { Connection } from "../link/connection.ts";
import { encodeMessage, type LinkMessage } from "../link/link-message.ts";

const feedBytesMax = 1 << 20;
/** Beyond it a follower waits; its entries stay in the log. */
const bufferedBytesMax = 4 << 20;
const marksMax = 64;

export interface FollowerSession {
  readonly name: string;
  readonly connection: Connection;
  /** Position that it gets next; `null` until it subscribes. */
  next: number | null;
  /** Its commands are turned away until it starts over from the first unanswered one. */
  isRefusing: boolean;
}

export class FollowerSessions {
  private readonly sessions = new Set<FollowerSession>();
  private readonly replica: Replica;
  /** Of this epoch: what an older one marked may never have been committed. */
  private marks: Mark[] = [];
  private marksEpoch = 0;

  constructor(replica: Replica) {
    this.replica = replica;
  }

  add(name: string, connection: Connection): FollowerSession {
    const session = { name, connection, next: null, isRefusing: true };
    this.sessions.add(session);
    connection.socket.on("drain", () => this.feed(session, new Map()));
    connection.socket.once("close", () => this.sessions.delete(session));
    connection.send(this.leader());
    return session;
  }

  /**
   * A new epoch: what a session sent before may have been cut, so each starts over from its first
   * unanswered command. A later one taken first would make the core call the earlier ones repeated.
   */
  refuseUntilRestart(): void {
    for (const session of this.sessions) session.isRefusing = true;
  }

  get count(): number {
    return this.sessions.size;
  }

  leader(): LinkMessage {
    const { state, isServing } = this.replica;
    return { kind: "leader", epoch: state.epoch, isServing, committed: state.committed };
  }

  /** To all, at least every heartbeat and at every change. */
  announce(): void {
    const frame = encodeMessage(this.leader());
    for (const { connection } of this.sessions) {
      if (connection.socket.writable) connection.socket.write(frame);
    }
  }

  subscribe(session: FollowerSession, from: number): void {
    session.next = from;
    this.feed(session, new Map());
  }

  /** Gives everyone what is committed by now. */
  feedAll(): void {
    const { state, isServing } = this.replica;
    if (!isServing) return;
    this.noteMark(state.epoch, state.lastMark);
    // Followers at the head get the same frame: it is encoded once.
    const frames = new Map<number, Buffer>();
    for (const session of this.sessions) this.feed(session, frames);
  }

  private noteMark(epoch: number, mark: Mark): void {
    if (epoch !== this.marksEpoch) this.marks = [];
    this.marksEpoch = epoch;
    if (mark.position > (this.marks.at(-1)?.position ?? 0)) this.marks.push(mark);
    this.marks.splice(0, this.marks.length - marksMax);
  }

  private feed(session: FollowerSession, frames: Map<number, Buffer>): void {
    const { state, isServing } = this.replica;
    if (!isServing) return;
    while (session.next !== null && session.next <= state.committed) {
      if (session.connection.bufferedBytes > bufferedBytesMax) return;
      if (session.next <= state.log.base.position) {
        session.next = null;
        session.connection.send({ kind: "tooOld", basePosition: state.log.base.position });
        return;
      }
      const batches = state.log.read(session.next, state.committed, feedBytesMax);
      let frame = frames.get(session.next);
      if (frame === undefined) {
        frame = encodeMessage(this.feedOf(batches));
        frames.set(session.next, frame);
      }
      if (session.connection.socket.writable) session.connection.socket.write(frame);
      const last = batches.at(-1) as LogBatch;
      session.next = last.first + last.count;
    }
  }

  private feedOf(batches: LogBatch[]): LinkMessage {
    const { state } = this.replica;
    const first = (batches[0] as LogBatch).first;
    const last = batches.at(-1) as LogBatch;
    const end = last.first + last.count - 1;
    const marks = this.marks.filter((mark) => mark.position >= first && mark.position <= end);
    return { kind: "feed", epoch: state.epoch, committed: state.committed, marks, batches };
  }
}
