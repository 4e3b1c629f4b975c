// Core: the deterministic state machine. It applies journal entries one after the other and answers
// questions; time, order and chance come with the commands. Equal journals give equal bytes, on any
// node: that makes standby, snapshot, replay and audit the same thing.
// Failure: a command that cannot be what a validated journal holds throws `InvariantViolated`; the
// state is then undefined and the process must end.

import { Administration } from "./administration.ts";
import { assert } from "./assert.ts";
import { Canceling } from "./canceling.ts";
import { COMMAND_KIND, REPLACE } from "./command-layout.ts";
import type { Event, RejectReason } from "./event.ts";
import type { Capacity } from "./instrument.ts";
import { checkInvariants } from "./invariants.ts";
import { layoutId } from "./layout.ts";
import { type LineRun, Lines } from "./lines.ts";
import { OpenOrders } from "./open-orders.ts";
import { Placing } from "./placing.ts";
import { Queries } from "./queries.ts";
import { State } from "./state.ts";

export class Core extends Queries {
  readonly capacity: Capacity;
  /** Equal on cores that may exchange lines. */
  readonly layoutId: string;
  private readonly lines: Lines;
  private readonly placing: Placing;
  private readonly canceling: Canceling;
  private readonly administration: Administration;

  constructor(capacity: Capacity) {
    super(new State(capacity));
    const { state } = this;
    const openOrders = new OpenOrders(state);
    this.capacity = capacity;
    this.layoutId = layoutId(capacity);
    this.lines = new Lines(state.memory);
    this.placing = new Placing(state, openOrders);
    this.canceling = new Canceling(state, openOrders);
    this.administration = new Administration(state, openOrders);
  }

  /** A core whose memory is that of the snapshot's; `mark()` then gives the snapshot's hash. */
  static restore(capacity: Capacity, runs: Iterable<LineRun>): Core {
    const core = new Core(capacity);
    core.load(runs);
    return core;
  }

  /** All state; nothing outside it needs saving. */
  get memory(): Uint8Array {
    return this.state.memory.bytes;
  }

  get lineCount(): number {
    return this.state.memory.lineCount;
  }

  /** Applies a command of the journal. `events`: where what happened is appended, or `null`. */
  apply(position: number, command: Uint8Array, events: Event[] | null): void {
    const { state } = this;
    this.advance(position);
    state.command.load(command);
    const { timestampUs } = state.command;
    assert(timestampUs >= state.timestampUs, "the sequencer's time never falls");
    state.timestampUs = timestampUs;
    state.reporter.begin(events, state.command);
    this.admit(position);
    state.reporter.end();
  }

  /** An entry of the journal that is no command (barrier, configuration): only the position moves. */
  advance(position: number): void {
    assert(position === this.state.position + 1, "journal entries are applied in order");
    this.state.position = position;
  }

  /** Lines written since the last mark, ascending, and the hash of the whole state now. */
  mark(): { position: number; hash: string; changedLines: Uint32Array } {
    return { position: this.position, ...this.lines.mark() };
  }

  /** Every line ever written: what a full snapshot consists of. */
  usedLines(): Uint32Array {
    return this.lines.used();
  }

  /** Writes lines of a snapshot over the state. After the last one this core is the one it was of. */
  load(runs: Iterable<LineRun>): void {
    for (const run of runs) this.lines.load(run);
  }

  /** @throws InvariantViolated where the state contradicts itself. Reads everything: seconds. */
  checkInvariants(): void {
    checkInvariants(this.state);
  }

  private admit(position: number): void {
    const { command, sessions, reporter } = this.state;
    const admission = sessions.admit(command.sessionId, command.requestSeq, position);
    if (admission === "execute") this.execute();
    else if (admission === "repeated") reporter.requestRepeated();
    else this.reject("UNKNOWN_SESSION");
  }

  private execute(): void {
    switch (this.state.command.kind) {
      case COMMAND_KIND.placeOrder:
        this.placing.place();
        break;
      case COMMAND_KIND.cancelOrder:
        this.canceling.cancelOrder();
        break;
      case COMMAND_KIND.reduceOrder:
        this.canceling.reduceOrder();
        break;
      case COMMAND_KIND.cancelAllOrders:
        this.canceling.cancelAllOrders();
        break;
      case COMMAND_KIND.cancelReplaceOrder:
        this.cancelReplace();
        break;
      default:
        this.administer();
    }
  }

  private administer(): void {
    const reason = this.administration.carryOut();
    if (reason !== null) this.state.reporter.commandRejected(reason);
  }

  private cancelReplace(): void {
    const isCanceled = this.canceling.cancelReplaced();
    if (isCanceled || !this.stopsOnFailure()) this.placing.place();
  }

  /** A rejection of the command's own kind, before anything else was looked at. */
  private reject(reason: RejectReason): void {
    switch (this.state.command.kind) {
      case COMMAND_KIND.placeOrder:
        this.placing.reject(reason, 0);
        break;
      case COMMAND_KIND.cancelOrder:
      case COMMAND_KIND.cancelAllOrders:
        this.canceling.reject(reason);
        break;
      case COMMAND_KIND.cancelReplaceOrder:
        this.canceling.reject(reason);
        if (!this.stopsOnFailure()) this.placing.reject(reason, 0);
        break;
      default:
        this.state.reporter.commandRejected(reason);
    }
  }

  private stopsOnFailure(): boolean {
    return this.state.command.byte(REPLACE.stopOnFailure) !== 0;
  }
}
