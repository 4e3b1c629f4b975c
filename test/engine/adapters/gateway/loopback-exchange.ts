// LoopbackExchange: an exchange in one process for gateway tests and benchmarks: a real core that commits
// at once, behind the gateway's port. Commands go through their binary form, as in the journal.
// Entries are applied in batches on the next turn of the event loop, as they come from a socket.

import type { Applied, ExchangePort } from "../../../../engine/adapters/exchange-port.ts";
import { encodeCommand } from "../../../../engine/codec/command-codec.ts";
import type { Command, RequestId } from "../../../../engine/core/command.ts";
import { Core } from "../../../../engine/core/core.ts";
import type { Event } from "../../../../engine/core/event.ts";
import type { Capacity } from "../../../../engine/core/instrument.ts";
import { CastleError } from "../../../../engine/errors.ts";

const SESSION_ID = 7;
const OTHER_SESSION_ID = 1;

export class LoopbackExchange implements ExchangePort {
  readonly core: Core;
  isServing = true;
  /** False: as where the primary that serves is of another region. */
  isHere = true;
  epoch = 1;
  /** False: commands are taken and wait, as while no primary serves. */
  isCommitting = true;
  /** Most commands that may wait; more are refused. */
  waitingMax = 1_000_000;
  readonly #clock: { nowMs(): number };
  readonly #listeners: ((applied: Applied) => void)[] = [];
  readonly #waiting: { request: RequestId; command: Command }[] = [];
  #requestSeq = 0;
  #otherSeq = 0;
  #isScheduled = false;
  #timestampUs = 0;

  constructor(capacity: Capacity, clock: { nowMs(): number }) {
    this.core = new Core(capacity);
    this.#clock = clock;
  }

  get isPrimaryHere(): boolean {
    return this.isServing && this.isHere;
  }

  submit(command: Command): RequestId {
    if (this.#waiting.length >= this.waitingMax)
      throw new CastleError("OVERLOADED", "too many commands wait");
    this.#requestSeq++;
    const request = { sessionId: SESSION_ID, requestSeq: this.#requestSeq };
    this.#waiting.push({ request, command });
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => {
        this.#isScheduled = false;
        if (this.isCommitting) this.commitWaiting();
      });
    }
    return request;
  }

  commitWaiting(): void {
    for (const { request, command } of this.#waiting.splice(0)) this.#commit(request, command);
  }

  /** A command of somebody else, for instance of another gateway or the administration. */
  execute(command: Command): void {
    this.#otherSeq++;
    this.#commit({ sessionId: OTHER_SESSION_ID, requestSeq: this.#otherSeq }, command);
  }

  #commit(request: RequestId, command: Command): void {
    this.#timestampUs = Math.max(this.#timestampUs, Math.floor(this.#clock.nowMs() * 1000));
    const sequenced = { request, timestampUs: this.#timestampUs, command };
    const events: Event[] = [];
    const position = this.core.position + 1;
    this.core.apply(position, encodeCommand(sequenced), events);
    const applied = { position, epoch: this.epoch, command: sequenced, events };
    for (const listener of this.#listeners) listener(applied);
  }

  /** An entry that listeners never hear of, as when a follower takes a newer snapshot. */
  skipEntry(): void {
    this.core.advance(this.core.position + 1);
  }

  async readBarrier(): Promise<void> {
    if (!this.isServing) throw new CastleError("NOT_SERVING", "no primary confirmed the read");
  }

  subscribe(listener: (applied: Applied) => void): void {
    this.#listeners.push(listener);
  }
}
