// JournalSink: where a follower's output becomes durable (PostgreSQL, a stream, an archive). A sink
// keeps its position in the same transaction as its output, so each output is exactly once; it also
// keeps an image of the follower's core, so that a follower starts on any machine without the
// whole journal: restore the checkpoint, replay silently up to `durablePosition`, write from there.

import { decodeLines } from "../codec/lines-codec.ts";
import { assert } from "../core/assert.ts";
import { Core } from "../core/core.ts";
import type { Capacity } from "../core/instrument.ts";
import type { Applied } from "./exchange-port.ts";

export interface Checkpoint {
  readonly position: number;
  /** Of the core's state there. */
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
  /** To be told of the lines of every mark that somebody else takes of the core. */
  noteChanged(lines: Uint32Array): void;
  close(): Promise<void>;
  /** Position of the last durable checkpoint: the journal must keep every entry after it. */
  readonly retainPosition: number;
}

/** The core that a follower starts with. @throws InvariantViolated where the image is damaged. */
export function restoreCore(capacity: Capacity, { checkpoint }: SinkStart): Core {
  const core = new Core(capacity);
  if (checkpoint === null) return core;
  for (const runs of checkpoint.runs) core.load(decodeLines(runs));
  // This mark also takes what was loaded off the list of changed lines.
  const { position, hash } = core.mark();
  assert(position === checkpoint.position, "a checkpoint holds the state of its position");
  assert(hash === checkpoint.hash, "a checkpoint's hash is that of its state");
  return core;
}
