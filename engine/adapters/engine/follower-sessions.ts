// FollowerSessions: the connections of gateways and other followers to this engine, and the feed of
// committed entries to them. A slow follower is fed from the log when it catches up; what waits in
// this process for it is bounded, and what left the memory is Redis's to give.

import type { LogBatch } from "../../replication/log-batch.ts";
import type { Mark } from "../../replication/messages.ts";
import type { Replica } from "../../replication/replica.ts";
import type { Connection } from "../link/connection.ts";
import { encodeMessage, type Identity, type LinkMessage } from "../link/link-message.ts";

const feedBytesMax = 1 << 20;
/** Beyond it a follower waits; its entries stay in the log. */
const bufferedBytesMax = 4 << 20;
/** Heartbeats in a row at which that much waited: who reads nothing for half a minute is dropped. */
const stalledHeartbeatsMax = 600;
const marksMax = 64;

export interface FollowerSession {
  readonly name: string;
  readonly connection: Connection;
  /** An engine of the other region: it gets what is committed, before anybody is told of it. */
  readonly isRegion: boolean;
  /** Newest command that it can execute. */
  readonly commandVersion: number;
  /** Position that it gets next; `null` until it subscribes. */
  next: number | null;
  /** Its commands are turned away until it starts over from the first unanswered one. */
  isRefusing: boolean;
  /** Heartbeats in a row at which too much waited for it. */
  stalledHeartbeats: number;
}

export class FollowerSessions {
  /** Dropped since the start, because they did not read. */
  slowCount = 0;
  private readonly sessions = new Set<FollowerSession>();
  private readonly replica: Replica;
  private readonly allowedVersion: () => number;
  /** Of this epoch: what an older one marked may never have been committed. */
  private marks: Mark[] = [];
  private marksEpoch = 0;

  constructor(replica: Replica, allowedVersion: () => number) {
    this.replica = replica;
    this.allowedVersion = allowedVersion;
  }

  add(identity: Identity, connection: Connection): FollowerSession {
    const { name, commandVersion } = identity;
    const isRegion = identity.purpose === "region";
    const session = {
      name,
      connection,
      isRegion,
      commandVersion,
      next: null,
      isRefusing: true,
      stalledHeartbeats: 0,
    };
    this.sessions.add(session);
    connection.socket.on("drain", () => this.feed(session, new Map()));
    connection.socket.once("close", () => this.sessions.delete(session));
    connection.send(this.leader(isRegion));
    return session;
  }

  /**
   * A new epoch: what a session sent before may have been cut, so each starts over from its first
   * unanswered command. A later one taken first would make the core call the earlier ones repeated.
   */
  refuseUntilRestart(): void {
    for (const session of this.sessions) session.isRefusing = true;
  }

  all(): Iterable<FollowerSession> {
    return this.sessions;
  }

  get count(): number {
    return this.sessions.size;
  }

  private leader(isRegion: boolean): LinkMessage {
    const { state, isFeeding, isServing } = this.replica;
    return {
      kind: "leader",
      epoch: state.epoch,
      // A region that follows gives nothing to another region.
      isServing: isRegion ? isServing : isFeeding,
      isReadOnly: !isServing,
      committed: this.endOf(isRegion),
      commandVersion: this.allowedVersion(),
    };
  }

  /** Last position that may leave for a session now. */
  private endOf(isRegion: boolean): number {
    const { state } = this.replica;
    return isRegion ? state.committed : state.released;
  }

  get bufferedBytes(): number {
    let bytes = 0;
    for (const { connection } of this.sessions) bytes += connection.bufferedBytes;
    return bytes;
  }

  /** To all, at least every heartbeat and at every change. */
  announce(): void {
    const frame = encodeMessage(this.leader(false));
    const regionFrame = encodeMessage(this.leader(true));
    for (const session of this.sessions) {
      const { connection, isRegion } = session;
      const isStalled = connection.bufferedBytes > bufferedBytesMax;
      session.stalledHeartbeats = isStalled ? session.stalledHeartbeats + 1 : 0;
      if (session.stalledHeartbeats > stalledHeartbeatsMax) {
        this.slowCount++;
        connection.close();
      } else connection.sendFrame(isRegion ? regionFrame : frame);
    }
  }

  subscribe(session: FollowerSession, from: number): void {
    session.next = from;
    this.feed(session, new Map());
  }

  /** Gives everyone what is committed by now. */
  feedAll(): void {
    const { state, isFeeding } = this.replica;
    if (!isFeeding) return;
    this.noteMark(state.epoch, state.lastMark);
    // Followers at the head get the same frame: it is encoded once.
    const frames = new Map<number, Buffer[]>();
    const regionFrames = new Map<number, Buffer[]>();
    for (const session of this.sessions) {
      this.feed(session, session.isRegion ? regionFrames : frames);
    }
  }

  private noteMark(epoch: number, mark: Mark): void {
    if (epoch !== this.marksEpoch) this.marks = [];
    this.marksEpoch = epoch;
    if (mark.position > (this.marks.at(-1)?.position ?? 0)) this.marks.push(mark);
    this.marks.splice(0, this.marks.length - marksMax);
  }

  private feed(session: FollowerSession, frames: Map<number, Buffer[]>): void {
    const { state, isServing, isFeeding } = this.replica;
    if (session.isRegion ? !isServing : !isFeeding) return;
    const end = this.endOf(session.isRegion);
    while (session.next !== null && session.next <= end) {
      if (session.connection.bufferedBytes > bufferedBytesMax) return;
      if (session.next <= state.log.base.position) {
        session.next = null;
        session.connection.send({ kind: "tooOld", basePosition: state.log.base.position });
        return;
      }
      const batches = state.log.read(session.next, end, feedBytesMax);
      let frame = frames.get(session.next);
      if (frame === undefined) {
        frame = encodeMessage(this.feedOf(batches, end));
        frames.set(session.next, frame);
      }
      session.connection.sendFrame(frame);
      const last = batches.at(-1) as LogBatch;
      session.next = last.first + last.count;
    }
  }

  private feedOf(batches: LogBatch[], committed: number): LinkMessage {
    const { state } = this.replica;
    const first = (batches[0] as LogBatch).first;
    const last = batches.at(-1) as LogBatch;
    const end = last.first + last.count - 1;
    const marks = this.marks.filter((mark) => mark.position >= first && mark.position <= end);
    return { kind: "feed", epoch: state.epoch, committed, marks, batches };
  }
}
