// PeerProgress: how far the other engine has this primary's log, and what to send it next.
// Appends are pipelined: a lost or refused one is found by the next, which then starts earlier.

import type { Append, AppendAccepted, AppendRefused, Hello, Mark } from "./messages.ts";
import type { ReplicaState } from "./state.ts";

/** Entries sent and not answered: beyond it the standby is slow, and only it waits. */
const unansweredMax = 65_536;

export class PeerProgress {
  /** The peer has answered for everything up to here in this epoch. */
  matched = 0;
  /** It needs entries that have left this memory. */
  isTooFarBehind = false;
  heardMs = Number.NEGATIVE_INFINITY;
  private sentTo: number;
  /** Answered, or where sending began: the window is counted from here. */
  private answeredTo: number;
  /** The peer lacks the entry before: nothing is sent but the question where to begin. */
  private isProbing = false;
  private sentMs = Number.NEGATIVE_INFINITY;
  private marks: Mark[] = [];
  private lastMark: Mark | null = null;
  private startNonce = "";
  private readonly state: ReplicaState;

  constructor(state: ReplicaState) {
    this.state = state;
    // The barrier goes out at once: most often the peer has all that comes before it.
    this.sentTo = state.log.lastPosition - 1;
    this.answeredTo = this.sentTo;
  }

  mark(mark: Mark): void {
    this.marks.push(mark);
    this.lastMark = mark;
  }

  onHello(message: Hello): void {
    if (message.startNonce !== this.startNonce) {
      // Another life of the process: it may have less than it answered for.
      this.startNonce = message.startNonce;
      this.matched = 0;
      this.restartAt(Math.max(message.lastPosition, this.state.log.base.position));
    }
    this.sentMs = Number.NEGATIVE_INFINITY;
  }

  onAccepted(message: AppendAccepted): void {
    this.heardMs = this.state.awake.nowMs;
    // Of another life than the last hello's: one of the two came late. What was answered in this epoch
    // counts either way: that life's log was kept, or recovered whole from here (rule 9).
    this.startNonce = message.startNonce;
    this.matched = Math.max(this.matched, message.position);
    this.sentTo = Math.max(this.sentTo, this.matched);
    this.answeredTo = Math.max(this.answeredTo, this.matched);
    this.isProbing = false;
    this.isTooFarBehind = false;
  }

  /** `true`: try at once, further back; where nothing is left to try, the heartbeat asks again. */
  onGap(message: AppendRefused): boolean {
    this.heardMs = this.state.awake.nowMs;
    const { log, ports, epoch } = this.state;
    // It stands on an entry that this log does not reach: the other region led meanwhile, and left that out.
    const isElsewhere = message.retryAfter > log.lastPosition;
    this.isTooFarBehind = isElsewhere || message.retryAfter < log.base.position;
    if (this.isTooFarBehind) {
      const basePosition = log.base.position;
      const { forcedEpoch } = this.state.log;
      ports.peer.send({ kind: "tooFarBehind", epoch, forcedEpoch, basePosition });
    }
    const before = this.isProbing ? this.sentTo : -1;
    this.restartAt(Math.max(this.matched, message.retryAfter, log.base.position));
    return this.sentTo !== before;
  }

  private restartAt(position: number): void {
    this.sentTo = Math.min(position, this.state.log.lastPosition);
    this.answeredTo = this.sentTo;
    this.isProbing = true;
  }

  /** Sends what is new, or a heartbeat where one is due or a round of queries has begun. */
  replicate(round: number, isUrgent: boolean): void {
    const { log, awake, options } = this.state;
    this.sentTo = Math.max(this.sentTo, log.base.position);
    const isDue = awake.nowMs - this.sentMs >= options.timing.heartbeatMs;
    let isSent = false;
    while (!this.isProbing && this.sentTo < log.lastPosition && this.isWindowOpen) {
      this.send(round);
      isSent = true;
    }
    // A silent peer gets its unanswered entries again only when it says what it lacks.
    if (!isSent && (isDue || isUrgent)) this.sendHeartbeat(round);
  }

  private get isWindowOpen(): boolean {
    return this.sentTo - this.answeredTo < unansweredMax;
  }

  private send(round: number): void {
    const { log } = this.state;
    const batches = log.read(this.sentTo + 1, log.lastPosition, this.state.options.messageBytesMax);
    this.post({ previousPosition: this.sentTo, batches, round });
    for (const batch of batches) this.sentTo += batch.count;
  }

  private sendHeartbeat(round: number): void {
    // Marks are not sent again with entries that were lost; the last one goes along until it is passed.
    if (this.marks.length === 0 && this.lastMark !== null) this.marks = [this.lastMark];
    this.post({ previousPosition: this.sentTo, batches: [], round });
  }

  private post(part: Pick<Append, "previousPosition" | "batches" | "round">): void {
    const { log, epoch, committed, ports, awake } = this.state;
    const { forcedEpoch } = log;
    const previousEpoch = log.epochAt(part.previousPosition);
    const marks = this.marks;
    this.marks = [];
    this.sentMs = awake.nowMs;
    ports.peer.send({
      kind: "append",
      epoch,
      forcedEpoch,
      ...part,
      previousEpoch,
      committed,
      marks,
    });
  }
}
