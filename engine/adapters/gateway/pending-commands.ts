// PendingCommands: what was sent to the engine and is not answered yet. The journal is followed; a
// command's own entry holds all its events, so one entry is one whole answer.
// Invariant: each command gets exactly one of answer and timeout; a timed-out one may still execute.

import type { Command } from "../../core/command.ts";
import type { Applied, ExchangePort } from "../exchange-port.ts";

export interface Waiting {
  /** `applied.events` are those of this command. */
  answer(applied: Applied): void;
  /** No answer in time: what became of the command is unknown. */
  timeout(): void;
}

interface Entry {
  readonly waiting: Waiting;
  readonly deadlineMs: number;
}

export class PendingCommands {
  readonly #port: ExchangePort;
  readonly #timeoutMs: number;
  /** By request number. Ascending in number and deadline, because both are given in order. */
  readonly #entries = new Map<number, Entry>();
  #sessionId = 0;

  constructor(port: ExchangePort, timeoutMs: number) {
    this.#port = port;
    this.#timeoutMs = timeoutMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** @throws CastleError OVERLOADED where too many wait already. */
  submit(command: Command, waiting: Waiting, nowMs: number): void {
    const request = this.#port.submit(command);
    this.#sessionId = request.sessionId;
    this.#entries.set(request.requestSeq, { waiting, deadlineMs: nowMs + this.#timeoutMs });
  }

  settle(applied: Applied): void {
    const request = applied.command?.request;
    if (request === undefined || request.sessionId !== this.#sessionId) return;
    const entry = this.#entries.get(request.requestSeq);
    if (entry === undefined) return;
    this.#entries.delete(request.requestSeq);
    // It ran before, in an entry that this follower skipped (it restarted from a snapshot): what
    // came of it is in the books, but not here.
    if (applied.events[0]?.kind === "requestRepeated") entry.waiting.timeout();
    else entry.waiting.answer(applied);
  }

  /** To be called every now and then. */
  expire(nowMs: number): void {
    for (const [requestSeq, entry] of this.#entries) {
      if (entry.deadlineMs > nowMs) return;
      this.#entries.delete(requestSeq);
      entry.waiting.timeout();
    }
  }

  /** The gateway closes: nobody will hear the answers. */
  abandon(): void {
    for (const entry of this.#entries.values()) entry.waiting.timeout();
    this.#entries.clear();
  }
}
