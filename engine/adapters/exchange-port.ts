// ExchangePort: what a gateway sees of the exchange. Behind it stands a follower of the journal: a
// core of its own that holds committed commands only, and a link to whichever engine is primary.
// Answers to commands are found in the events of the journal, so they survive every failover.

import type { Command, RequestId, SequencedCommand } from "../core/command.ts";
import type { CoreReader } from "../core/core-reader.ts";
import type { Event } from "../core/event.ts";

/** One committed journal entry, just applied to `core`. Barriers carry no command and no events. */
export interface Applied {
  readonly position: number;
  readonly epoch: number;
  readonly command: SequencedCommand | undefined;
  readonly events: readonly Event[];
}

export interface ExchangePort {
  /** Committed state. Never ahead of what was published through `subscribe`. */
  readonly core: CoreReader;
  /** Whether a serving primary is connected and this follower has caught up with it. */
  readonly isServing: boolean;
  /** Whether that primary is of the gateway's own region, which is then the active one. */
  readonly isPrimaryHere: boolean;
  /** Epoch of the primary that served last; 0 before the first. */
  readonly epoch: number;
  /**
   * Sends a command to the primary, and again to the next one, until it appears in the journal
   * under the returned id. Throws `Overloaded` where too many wait already.
   */
  submit(command: Command): RequestId;
  /**
   * Resolves when `core` shows everything that was committed before the call (ReadIndex: the
   * primary has confirmed after the call that it still is one). Rejects with `NotServing` when no
   * primary confirmed within `timeoutMs`.
   */
  readBarrier(timeoutMs: number): Promise<void>;
  /** Called in journal order, synchronously, once for every entry applied from now on. */
  subscribe(listener: (applied: Applied) => void): void;
}
