// Oracle: sees everything that happens in a run and knows what may not. It keeps the history of what
// was committed, by whoever said so first, and a core that follows it; every later claim is compared
// with it. A violation is thrown at the event that shows it.
// Each claim is held to the history that it belongs to: by the last force that a log knows of, and 0.

import type { CoreMachine } from "../../engine/adapters/core-machine.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import type { DecisionCode, ReplicaDecision } from "../../engine/replication/decision.ts";
import { visitEntries } from "../../engine/replication/log-batch.ts";
import type { Replica } from "../../engine/replication/replica.ts";
import { Branch } from "./branch.ts";

class SafetyViolated extends Error {
  override readonly name = "SafetyViolated";
}

/** What an operator gives as the reason; an engine that was alone before its restart gives another. */
export const operatorsReason = "an operator";

export class Oracle {
  private readonly capacity: Capacity;
  private readonly branches = new Map<number, Branch>();
  /** Of the latest force. */
  private newest: Branch;
  private readonly toldBy = new Map<string, number>();
  /** `required`: what anybody had been told when it was asked, by branch. */
  private readonly reads: { required: ReadonlyMap<Branch, number>; by: string }[] = [];
  readonly decisions = new Map<string, number>();
  acknowledgedCount = 0;
  readCount = 0;

  constructor(capacity: Capacity) {
    this.capacity = capacity;
    this.newest = this.begin(0, null, 0);
  }

  private begin(forcedEpoch: number, parent: Branch | null, sharedPosition: number): Branch {
    const start = { forcedEpoch, parent, sharedPosition };
    const branch = new Branch(this.capacity, start, (what) => this.fail(what));
    this.branches.set(forcedEpoch, branch);
    return branch;
  }

  private branch(forcedEpoch: number): Branch {
    return this.branches.get(forcedEpoch) ?? this.fail(`nobody was forced in epoch ${forcedEpoch}`);
  }

  get committedPosition(): number {
    return this.newest.lastPosition;
  }

  fail(what: string): never {
    throw new SafetyViolated(what);
  }

  started(engine: string): void {
    this.toldBy.set(engine, 0);
  }

  /** `isDiverged`: the run itself made this engine's state a wrong one. */
  decided(
    engine: string,
    decision: ReplicaDecision,
    replica: Replica | null,
    isDiverged: boolean,
  ): void {
    const { code } = decision;
    this.decisions.set(code, (this.decisions.get(code) ?? 0) + 1);
    if (code === "HASH_DIVERGED" && !isDiverged) this.fail(`${engine}: ${decision.reason}`);
    if (replica !== null) this.decidedBy(engine, code, replica, decision.reason ?? "");
  }

  private decidedBy(engine: string, code: DecisionCode, replica: Replica, reason: string): void {
    if (code === "SERVING") this.checkServing(engine, replica);
    if (code === "RECOVERED") this.checkMember(engine, replica);
    if (code === "FORCED") this.forced(engine, replica, reason);
    if (code === "LOG_ABANDONED") this.abandoned(engine, reason);
  }

  /**
   * Rule 11: what the other two have committed and this log lacks may be lost from here on, and nothing
   * else. An engine that goes on alone after a restart has everything. A standby of a forced engine may
   * know as committed what it took from that one's history, and not have its mark yet.
   */
  private forced(engine: string, replica: Replica, reason: string): void {
    const { state } = replica;
    const { log } = state;
    const parent = this.branchFollowed(replica, state.committed);
    let shared = Math.min(log.base.position, parent.lastPosition);
    const isShared = (at: number) => parent.entries[at]?.epoch === log.epochAt(at);
    while (shared < parent.lastPosition && isShared(shared + 1)) shared++;
    if (shared < state.committed) {
      this.fail(`${engine} is forced without ${shared + 1}, which it knew to be committed`);
    }
    const lost = parent.lastPosition - shared;
    if (lost > 0 && reason !== operatorsReason) {
      this.fail(`${engine} goes on alone, without the ${lost} entries committed behind ${shared}`);
    }
    // Whoever is elected in this history has ended the force first.
    if (reason !== operatorsReason && parent.hasServedOther(state.id)) {
      this.fail(`${engine} goes on alone, and another one has served since`);
    }
    this.newest = this.begin(state.epoch, parent, shared);
  }

  /** Only for a later force than its own. What it told before was in a history that was left. */
  private abandoned(engine: string, reason: string): void {
    const forcedEpoch = Number(/\d+$/.exec(reason)?.[0]);
    this.branch(forcedEpoch);
    this.toldBy.set(engine, 0);
  }

  /** Whoever begins to take part is the one that the committed journal names for its seat. */
  private checkMember(engine: string, { state }: Replica): void {
    const { members } = this.branch(state.log.forcedEpoch);
    const member = members.get(state.seat) ?? { incarnation: 1, inEpoch: 0 };
    const isEarly = state.incarnation > member.incarnation;
    // What an older primary serves, it cannot commit.
    const isReplaced = state.incarnation < member.incarnation && state.epoch > member.inEpoch;
    if (!isEarly && !isReplaced) return;
    this.fail(`${engine} takes part, and incarnation ${member.incarnation} has its seat`);
  }

  /** What was committed in its epoch or an earlier one must be in a primary's log. */
  private checkServing(engine: string, replica: Replica): void {
    this.checkMember(engine, replica);
    const { state } = replica;
    const { entries } = this.branch(state.log.forcedEpoch);
    for (let position = state.log.base.position; position < entries.length; position++) {
      const entry = entries[position];
      if (entry === null || entry === undefined || entry.inEpoch > state.epoch) continue;
      const held = state.log.epochAt(position);
      if (held === entry.epoch) continue;
      const what = `${engine} serves epoch ${state.epoch} without the entry committed at ${position}`;
      this.fail(`${what} in epoch ${entry.epoch} (it has ${held})`);
    }
  }

  /** An engine tells the world of everything up to `position`. */
  committed(engine: string, nonce: string, replica: Replica, position: number): void {
    const told = this.toldBy.get(engine) ?? 0;
    if (position < told) this.fail(`${engine} committed ${told}, and now ${position}`);
    this.toldBy.set(engine, position);
    const { epoch, log } = replica.state;
    const branch = this.branchFollowed(replica, position);
    if (replica.role === "primary") branch.acknowledger(nonce, epoch);
    const from = Math.max(told, log.base.position) + 1;
    if (from > branch.entries.length) {
      this.fail(`${engine} committed a snapshot of what nobody did`);
    }
    for (const batch of log.read(from, position, Number.MAX_SAFE_INTEGER)) {
      visitEntries(batch, batch.first, (at, kind, data) => {
        branch.record(engine, at, { epoch: batch.epoch, kind, data, inEpoch: epoch });
      });
    }
  }

  /**
   * A standby that takes over the log of a forced engine has what lies before the mark first; nobody is told
   * of it. All of it must be of one history.
   */
  private branchFollowed({ role, state: { log } }: Replica, position: number): Branch {
    const own = this.branch(log.forcedEpoch);
    if (role === "primary") return own;
    const later = [...this.branches.values()].filter(
      ({ forcedEpoch }) => forcedEpoch > log.forcedEpoch,
    );
    const isOf = ({ entries }: Branch) => entries[position]?.epoch === log.epochAt(position);
    return isOf(own) ? own : (later.find(isOf) ?? own);
  }

  /** Whether a committed state there, in whatever history, has this hash. */
  isTrue(position: number, hash: string): boolean {
    return [...this.branches.values()].some((branch) => branch.trueHashAt(position) === hash);
  }

  /** Equal entries at a position have equal states behind them. */
  hashed(node: string, replica: Replica | null, position: number, hash: string): void {
    if (replica === null) return;
    const { log } = replica.state;
    const epoch = log.epochAt(position);
    if (epoch >= 0) this.branch(log.forcedEpoch).hashed(node, position, epoch, hash);
  }

  /** A follower of one history is given an entry as committed. */
  fed(
    { name, forcedEpoch }: { readonly name: string; readonly forcedEpoch: number },
    position: number,
    epoch: number,
    data: Uint8Array,
  ): void {
    this.branch(forcedEpoch).fed(name, position, epoch, data);
  }

  /** Up to here a follower of the one history may go on with the other. */
  sharedPosition(forcedEpoch: number, laterEpoch: number): number {
    return this.branch(forcedEpoch).sharedWith(this.branch(laterEpoch));
  }

  /** What a follower is given back to: the committed state at a position of its history. */
  machineAt(forcedEpoch: number, position: number): CoreMachine {
    return this.branch(forcedEpoch).machineAt(position);
  }

  acknowledged(
    gateway: { readonly name: string; readonly forcedEpoch: number },
    sessionId: number,
    requestSeq: number,
    position: number,
  ): void {
    this.acknowledgedCount++;
    if (this.branch(gateway.forcedEpoch).hasExecuted(sessionId, requestSeq)) return;
    const what = `${gateway.name} answered request ${requestSeq} at ${position}`;
    this.fail(`${what}, which was never executed`);
  }

  /** A client was told that its order is done with. */
  orderAnswered(forcedEpoch: number, clientOrderId: string): void {
    if (this.branch(forcedEpoch).hasJudged(clientOrderId)) return;
    this.fail(`${clientOrderId} was answered, and the order never reached the book`);
  }

  /** A client asks now: it must see all that anybody was told before. Returns the read's id. */
  readBegun(by: string): number {
    const positions = [...this.branches.values()].map((each) => [each, each.lastPosition] as const);
    this.reads.push({ required: new Map(positions), by });
    return this.reads.length - 1;
  }

  readConfirmed(readId: number, replica: Replica | null, position: number): void {
    const read = this.reads[readId];
    if (read === undefined) this.fail(`read ${readId} was never asked for`);
    this.readCount++;
    const branch = this.branch(replica?.state.log.forcedEpoch ?? 0);
    const required = requiredIn(branch, read.required);
    if (position < required) {
      this.fail(`${read.by} confirmed a read at ${position}, older than ${required}`);
    }
  }

  /** At the end: any node's whole memory against the truth. */
  compare(node: string, forcedEpoch: number, machine: CoreMachine): void {
    this.branch(forcedEpoch).compare(node, machine);
  }
}

/** Of a history that began later, what its engine had before. */
function requiredIn(branch: Branch, required: ReadonlyMap<Branch, number>): number {
  let sharedMax = Number.POSITIVE_INFINITY;
  for (let at: Branch | null = branch; at !== null; at = at.parent) {
    const known = required.get(at);
    if (known !== undefined) return Math.min(known, sharedMax);
    sharedMax = Math.min(sharedMax, at.sharedPosition);
  }
  return 0;
}
