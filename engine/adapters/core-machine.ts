// CoreMachine: the core as the replication drives it. The core stays the same object when its state
// is replaced, so whoever holds it goes on reading the right one.

import { commandVersionOf } from "../codec/command-codec.ts";
import { decodeLines, encodeLines } from "../codec/lines-codec.ts";
import { Core } from "../core/core.ts";
import type { Capacity } from "../core/instrument.ts";
import type { LineRun } from "../core/lines.ts";
import { LINE_BYTES } from "../core/memory.ts";
import type { EntryKind } from "../replication/log-batch.ts";
import type { Machine } from "../replication/ports.ts";
import { assertKnownCommand } from "./engine/command-versions.ts";

export class CoreMachine implements Machine {
  readonly core: Core;
  /** Of the newest command applied since the start. */
  usedVersion = 0;

  constructor(capacity: Capacity) {
    this.core = new Core(capacity);
  }

  get position(): number {
    return this.core.position;
  }

  /** @throws CastleError VERSION_MISMATCH for a command of newer code */
  apply(position: number, kind: EntryKind, data: Uint8Array): void {
    if (kind !== "command") {
      this.core.advance(position);
      return;
    }
    assertKnownCommand(position, data);
    this.usedVersion = Math.max(this.usedVersion, commandVersionOf(data));
    this.core.apply(position, data, null);
  }

  mark(): { hash: string; changedLines: Uint32Array } {
    return this.core.mark();
  }

  copyLines(lines: Uint32Array): Uint8Array {
    return encodeLines(this.core.memory, lines);
  }

  get lineCount(): number {
    return this.core.lineCount;
  }

  usedLines(): Uint32Array {
    return this.core.usedLines();
  }

  /** @throws LinesMalformed */
  restore(lines: Uint8Array | null): string {
    const runs = lines === null ? [] : decodeLines(lines);
    // Lines of zeros are as if they had never been written: memory and hash become those of the image.
    this.core.load(this.zeros());
    this.core.load(runs);
    return this.core.mark().hash;
  }

  private *zeros(): Iterable<LineRun> {
    const bytes = new Uint8Array(LINE_BYTES);
    for (const firstLine of this.core.usedLines()) yield { firstLine, bytes };
  }
}
