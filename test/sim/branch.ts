// Branch: one history of what was committed, by whoever said so first, and a core that follows it. A run
// has one, until an operator forces an engine (rule 11): then another branch begins with what that
// engine's log shares with the branch it was in, and what the other two had committed beyond it is the
// cost of the force. Both may grow on: the other two need not be gone.

import { CoreMachine } from "../../engine/adapters/core-machine.ts";
import type { Event } from "../../engine/core/event.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import type { EntryKind } from "../../engine/replication/log-batch.ts";
import type { EngineId } from "../../engine/replication/messages.ts";

export interface Committed {
  readonly epoch: number;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
  /** Epoch in which it became committed: it or a later one's primary must have it. */
  readonly inEpoch: number;
}

interface BranchStart {
  /** Epoch of the force that it began with; 0 = none. */
  readonly forcedEpoch: number;
  readonly parent: Branch | null;
  /** The parent's entries up to here are its own. */
  readonly sharedPosition: number;
}

/** Commands between two checks of the whole state; books and money are looked at after each. */
const checkEvery = 32;

export class Branch {
  readonly forcedEpoch: number;
  readonly parent: Branch | null;
  readonly sharedPosition: number;
  /** By position; nothing at 0. */
  readonly entries: (Committed | null)[] = [null];
  readonly truth: CoreMachine;
  /** By seat: who has it now, and in which epoch that was committed. */
  readonly members = new Map<string, { incarnation: number; inEpoch: number }>();
  private readonly capacity: Capacity;
  private readonly fail: (what: string) => never;
  private readonly hashes = new Map<string, string>();
  /** Of the truth, by position. */
  private readonly trueHashes: string[] = [""];
  /** Who acknowledged in an epoch. */
  private readonly acknowledgers = new Map<number, string>();
  /** Requests carried out, and where. */
  private readonly executed = new Map<string, number>();
  private readonly acceptedIds = new Set<string>();
  /** Client order ids that the core has judged: accepted or rejected. */
  private readonly judgedIds = new Set<string>();
  /** Units that came in less those that left, by asset. */
  private readonly moved = new Map<number, number>();

  constructor(capacity: Capacity, start: BranchStart, fail: (what: string) => never) {
    this.forcedEpoch = start.forcedEpoch;
    this.parent = start.parent;
    this.sharedPosition = start.sharedPosition;
    this.capacity = capacity;
    this.fail = fail;
    this.truth = new CoreMachine(capacity);
    for (let position = 1; position <= start.sharedPosition; position++) {
      const entry = start.parent?.entries[position];
      if (entry != null) this.take(position, entry);
    }
  }

  get lastPosition(): number {
    return this.entries.length - 1;
  }

  /** Up to here the two have the same entries. */
  sharedWith(other: Branch): number {
    const path = new Map<Branch, number>();
    let shared = other.lastPosition;
    for (let at: Branch | null = other; at !== null; at = at.parent) {
      path.set(at, shared);
      shared = Math.min(shared, at.sharedPosition);
    }
    shared = this.lastPosition;
    for (let at: Branch | null = this; at !== null; at = at.parent) {
      const met = path.get(at);
      if (met !== undefined) return Math.min(shared, met);
      shared = Math.min(shared, at.sharedPosition);
    }
    return 0;
  }

  acknowledger(nonce: string, epoch: number): void {
    const other = this.acknowledgers.get(epoch);
    if (other !== undefined && other !== nonce) {
      this.fail(`epoch ${epoch} has two acknowledgers: ${other} and ${nonce}`);
    }
    this.acknowledgers.set(epoch, nonce);
  }

  /** Whether the other engine has acknowledged in it; odd epochs belong to engine 1. */
  hasServedOther(id: EngineId): boolean {
    return [...this.acknowledgers.keys()].some((epoch) => epoch % 2 !== id % 2);
  }

  record(engine: string, position: number, entry: Committed): void {
    const known = this.entries[position];
    if (known === undefined || known === null) {
      this.take(position, { ...entry, data: entry.data.slice() });
      return;
    }
    if (known.epoch !== entry.epoch || !isEqual(known.data, entry.data)) {
      const what = `${engine} committed an entry of epoch ${entry.epoch} at ${position}`;
      this.fail(`${what}, where one of epoch ${known.epoch} is committed`);
    }
  }

  /** The true state, one entry further. */
  private take(position: number, entry: Committed): void {
    const { core } = this.truth;
    const { epoch, kind, data, inEpoch } = entry;
    this.entries[position] = entry;
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

  hasExecuted(sessionId: number, requestSeq: number): boolean {
    return this.executed.has(`${sessionId}/${requestSeq}`);
  }

  hasJudged(clientOrderId: string): boolean {
    return this.judgedIds.has(clientOrderId);
  }

  /** The hash of the true state there; nothing where that is not committed. */
  trueHashAt(position: number): string | undefined {
    return this.trueHashes[position];
  }

  /** Equal entries at a position have equal states behind them. */
  hashed(node: string, position: number, epoch: number, hash: string): void {
    const key = `${position}/${epoch}`;
    const known = this.hashes.get(key);
    if (known === undefined) this.hashes.set(key, hash);
    else if (known !== hash) this.fail(`${node} has another state at ${position}`);
  }

  /** A follower is given an entry as committed. */
  fed(node: string, position: number, epoch: number, data: Uint8Array): void {
    const known = this.entries[position];
    if (known === undefined || known === null) {
      this.fail(`${node} was fed ${position}, which is not committed`);
    }
    if (known.epoch !== epoch || !isEqual(known.data, data)) {
      this.fail(`${node} was fed another entry at ${position} than the committed one`);
    }
  }

  machineAt(position: number): CoreMachine {
    const machine = new CoreMachine(this.capacity);
    for (let at = 1; at <= position; at++) {
      const entry = this.entries[at];
      if (entry != null) machine.apply(at, entry.kind, entry.data);
    }
    return machine;
  }

  /** Any node's whole memory against the truth. */
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
