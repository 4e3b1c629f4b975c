// JournalSink: where a follower's output becomes durable (PostgreSQL, a stream, an archive). A sink
// keeps its position in the same transaction as its output, so each output is exactly once; it also
// keeps an image of the follower's core, so that a follower starts on any machine without the
// whole journal: restore the checkpoint, replay silently up to `durablePosition`, write from there.

import type { Core } from "../core/core.ts";
import type { Applied } from "./exchange-port.ts";

export interface Checkpoint {
  readonly position: number;
  /** Of the core's state there: what `core.mark()` says once it is restored. */
  readonly hash: string;
  /** Line runs of `engine/codec/lines-codec.ts`. */
  readonly runs: readonly Uint8Array[];
}

export interface SinkStart {
  /** `null`: begin with an empty core at position 0. */
  readonly checkpoint: Checkpoint | null;
  /** Never below the checkpoint's position. */
  readonly durablePosition: number;
}

export interface JournalSink {
  /** Takes over from any other writer: what that one still tries to write is refused. */
  open(): Promise<SinkStart>;
  /**
   * Entries after `durablePosition`, in order, without a gap, just applied to `core`: the last of
   * them is the core's position at the call. Both are read before the call returns, so the core may
   * go on meanwhile. Resolves when durable. At most one write is in flight.
   */
  write(batch: readonly Applied[], core: Core): Promise<void>;
  close(): Promise<void>;
  /** Position of the last durable checkpoint: the journal must keep every entry after it. */
  readonly retainPosition: number;
}
