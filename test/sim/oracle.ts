// Oracle: sees everything that happens in a run and knows what may not. It keeps the history of what
// was committed, by whoever said so first, and a core that follows it; every later claim is compared
// with it. A violation is thrown at the event that shows it.

import { CoreMachine } from "../../engine/adapters/core-machine.ts";
import type { Event } from "../../engine/core/event.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import type { ReplicaDecision } from "../../engine/replication/decision.ts";
import { type EntryKind, visitEntries } from "../../engine/replication/log-batch.ts";
import type { Replica } from "../../engine/replication/replica.ts";

class SafetyViolated extends Error {
  override readonly name = "SafetyViolated";
}

interface Committed {
  readonly epoch: number;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
  /** Epoch in which it became committed: it or a later one's primary must have it. */
  readonly inEpoch: number;
}

/** Commands between two checks of the whole state; books and money are looked at after each. */
const checkEvery = 32;

export class Oracle {
  /** By position; nothing at 0. */
  private readonly history: (Committed | null)[] = [null];
  private readonly truth: CoreMachine;
  private readonly hashes = new Map<string, string>();
  /** Of the truth, by position. */
  private readonly trueHashes: string[] = [""];
  /** Who acknowledged in an epoch. */
  private readonly acknowledgers = new Map<number, string>();
  private readonly toldBy = new Map<string, number>();
  /** Requests carried out, and where. */
  private readonly executed = new Map<string, number>();
  private readonly acceptedIds = new Set<string>();
  /** Client order ids that the core has judged: accepted or rejected. */
  private readonly judgedIds = new Set<string>();
  /** Units that came in less those that left, by asset. */
  private readonly moved = new Map<number, number>();
  /** By seat: who has it now, and in which epoch that was committed. */
  private readonly members = new Map<string, { incarnation: number; inEpoch: number }>();
  private readonly reads: { required: number; by: string }[] = [];
  readonly decisions = new Map<string, number>();
  acknowledgedCount = 0;
  readCount = 0;

  constructor(capacity: Capacity) {
    this.truth = new CoreMachine(capacity);
  }

  get committedPosition(): number {
    return this.history.length - 1;
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
    this.decisions.set(decision.code, (this.decisions.get(decision.code) ?? 0) + 1);
    if (decision.code === "HASH_DIVERGED" && !isDiverged) {
      this.fail(`${engine}: ${decision.reason}`);
    }
    if (decision.code === "SERVING" && replica !== null) this.checkServing(engine, replica);
    if (decision.code === "RECOVERED" && replica !== null) this.checkMember(engine, replica);
  }

  /** Whoever begins to take part is the one that the committed journal names for its seat. */
  private checkMember(engine: string, { state }: Replica): void {
    const member = this.members.get(state.seat) ?? { incarnation: 1, inEpoch: 0 };
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
    for (let position = state.log.base.position; position < this.history.length; position++) {
      const entry = this.history[position];
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
    const { state } = replica;
    if (replica.role === "primary") this.checkAcknowledger(nonce, state.epoch);
    const from = Math.max(told, state.log.base.position) + 1;
    if (from > this.history.length) this.fail(`${engine} committed a snapshot of what nobody did`);
    for (const batch of state.log.read(from, position, Number.MAX_SAFE_INTEGER)) {
      visitEntries(batch, batch.first, (at, kind, data) => {
        this.record(engine, at, { epoch: batch.epoch, kind, data, inEpoch: state.epoch });
      });
    }
  }

  private checkAcknowledger(nonce: string, epoch: number): void {
    const other = this.acknowledgers.get(epoch);
    if (other !== undefined && other !== nonce) {
      this.fail(`epoch ${epoch} has two acknowledgers: ${other} and ${nonce}`);
    }
    this.acknowledgers.set(epoch, nonce);
  }

  private record(engine: string, position: number, entry: Committed): void {
    const known = this.history[position];
    if (known === undefined || known === null) {
      this.history[position] = { ...entry, data: entry.data.slice() };
      this.follow(position, entry);
      return;
    }
    if (known.epoch !== entry.epoch || !isEqual(known.data, entry.data)) {
      const what = `${engine} committed an entry of epoch ${entry.epoch} at ${position}`;
      this.fail(`${what}, where one of epoch ${known.epoch} is committed`);
    }
  }

  /** The true state, one entry further. */
  private follow(position: number, { epoch, kind, data, inEpoch }: Committed): void {
    const { core } = this.truth;
    if (kind === "member") {
      const [seat = "", incarnation] = Buffer.from(data).toString().split("=");
      this.members.set(seat, { incarnation: Number(incarnation), inEpoch });
    }
    if (kind !== "command") {
      core.advance(position);
    } else {
      const events: Event[] = [];
      core.apply(position, data, events);
      for (const event of events) this.judge(event, position);
      this.checkMarket();
      if (position % checkEvery === 0) core.checkInvariants();
    }
    const { hash } = this.truth.mark();
    this.trueHashes[position] = hash;
    this.hashed("the oracle", position, epoch, hash);
  }

  /** Books are not crossed, and money neither comes into being nor vanishes. */
  private checkMarket(): void {
    const { core } = this.truth;
    const { bid, ask } = core.top(1);
    const isCrossed =
      bid.quantityLots > 0 && ask.quantityLots > 0 && bid.priceTicks >= ask.priceTicks;
    if (isCrossed)
      this.fail(`the book is crossed: ${bid.priceTicks} is bid, ${ask.priceTicks} asked`);
    for (let assetId = 1; assetId <= core.capacity.assets; assetId++) {
      let sum = 0;
      for (let account = 0; account <= core.capacity.accounts; account++) {
        const { freeUnits, lockedUnits } = core.balance(account, assetId);
        sum += freeUnits + lockedUnits;
      }
      const moved = this.moved.get(assetId) ?? 0;
      if (sum !== moved) this.fail(`asset ${assetId}: ${moved} came in, ${sum} are there`);
    }
  }

  private judge(event: Event, position: number): void {
    const request = `${event.request.sessionId}/${event.request.requestSeq}`;
    if (event.kind !== "requestRepeated") {
      const before = this.executed.get(request) ?? position;
      if (before !== position) this.fail(`request ${request} ran at ${before} and at ${position}`);
      this.executed.set(request, position);
    }
    if (event.kind === "fundsMoved") {
      this.moved.set(event.assetId, (this.moved.get(event.assetId) ?? 0) + event.units);
    }
    if (event.kind === "orderRejected") this.judgedIds.add(event.clientOrderId);
    if (event.kind !== "orderAccepted") return;
    this.judgedIds.add(event.order.clientOrderId);
    const { accountId, clientOrderId } = event.order;
    const id = `${accountId}/${clientOrderId}`;
    if (this.acceptedIds.has(id)) this.fail(`the client order id ${id} was executed twice`);
    this.acceptedIds.add(id);
  }

  /** The hash of the true state there; nothing where that is not committed. */
  trueHashAt(position: number): string | undefined {
    return this.trueHashes[position];
  }

  /** Equal entries at a position have equal states behind them. */
  hashed(node: string, position: number, epoch: number, hash: string): void {
    if (epoch < 0) return;
    const key = `${position}/${epoch}`;
    const known = this.hashes.get(key);
    if (known === undefined) this.hashes.set(key, hash);
    else if (known !== hash) this.fail(`${node} has another state at ${position}`);
  }

  /** A follower is given an entry as committed. */
  fed(node: string, position: number, epoch: number, data: Uint8Array): void {
    const known = this.history[position];
    if (known === undefined || known === null) {
      this.fail(`${node} was fed ${position}, which is not committed`);
    }
    if (known.epoch !== epoch || !isEqual(known.data, data)) {
      this.fail(`${node} was fed another entry at ${position} than the committed one`);
    }
  }

  acknowledged(gateway: string, sessionId: number, requestSeq: number, position: number): void {
    this.acknowledgedCount++;
    if (this.executed.has(`${sessionId}/${requestSeq}`)) return;
    this.fail(`${gateway} answered request ${requestSeq} at ${position}, which was never executed`);
  }

  /** A client was told that its order is done with. */
  orderAnswered(clientOrderId: string): void {
    if (this.judgedIds.has(clientOrderId)) return;
    this.fail(`${clientOrderId} was answered, and the order never reached the book`);
  }

  /** A client asks now: it must see all that anybody was told before. Returns the read's id. */
  readBegun(by: string): number {
    this.reads.push({ required: this.committedPosition, by });
    return this.reads.length - 1;
  }

  readConfirmed(readId: number, position: number): void {
    const read = this.reads[readId];
    if (read === undefined) this.fail(`read ${readId} was never asked for`);
    this.readCount++;
    if (position < read.required) {
      this.fail(`${read.by} confirmed a read at ${position}, older than ${read.required}`);
    }
  }

  /** At the end: any node's whole memory against the truth. */
  compare(node: string, machine: CoreMachine): void {
    if (machine.position !== this.truth.position) return;
    machine.core.checkInvariants();
    if (!isEqual(machine.core.memory, this.truth.core.memory)) {
      this.fail(`${node} has other bytes than the truth at ${machine.position}`);
    }
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
