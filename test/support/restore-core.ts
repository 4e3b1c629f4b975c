import type { SinkStart } from "../../engine/adapters/journal-sink.ts";
import { decodeLines } from "../../engine/codec/lines-codec.ts";
import { Core } from "../../engine/core/core.ts";
import type { Capacity } from "../../engine/core/instrument.ts";

/** The core with which a follower of a sink starts. */
export function restoreCore(capacity: Capacity, { checkpoint }: SinkStart): Core {
  const core = new Core(capacity);
  for (const runs of checkpoint?.runs ?? []) core.load(decodeLines(runs));
  return core;
}
