// CommandWords: the command being applied, copied into aligned scratch memory, so that its fields
// are plain loads from typed views: no object, no string, no allocation. Garbled bytes in the
// journal are a bug of whoever let them in (gateway and sequencer validate): the process stops.

import { assert } from "./assert.ts";
import {
  COMMAND_BYTES,
  COMMAND_BYTES_MAX,
  COMMAND_VERSION,
  COMMAND_VERSION_MIN,
  COMMON,
} from "./command-layout.ts";

export class CommandWords {
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly f64: Float64Array;

  constructor() {
    const buffer = new ArrayBuffer(COMMAND_BYTES_MAX);
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  load(command: Uint8Array): void {
    const version = command[COMMON.version] as number;
    assert(version >= COMMAND_VERSION_MIN, "a command's version is still executed");
    assert(version <= COMMAND_VERSION, "a command has a known version");
    const bytes = COMMAND_BYTES[command[COMMON.kind] as number];
    assert(bytes === command.length, "a command has a known kind and its length");
    this.u8.set(command);
  }

  get kind(): number {
    return this.u8[COMMON.kind] as number;
  }

  get sessionId(): number {
    return this.u32[COMMON.sessionId >> 2] as number;
  }

  get requestSeq(): number {
    return this.u32[COMMON.requestSeq >> 2] as number;
  }

  get accountId(): number {
    return this.i32[COMMON.accountId >> 2] as number;
  }

  get timestampUs(): number {
    return this.f64[COMMON.timestampUs >> 3] as number;
  }

  get subjectId(): number {
    return this.i32[COMMON.subjectId >> 2] as number;
  }

  byte(offset: number): number {
    return this.u8[offset] as number;
  }

  int(offset: number): number {
    return this.i32[offset >> 2] as number;
  }

  number(offset: number): number {
    return this.f64[offset >> 3] as number;
  }

  /** A code that must be an index into `names`. */
  code(offset: number, names: readonly string[]): number {
    const code = this.u8[offset] as number;
    assert(code < names.length, "a code of a command is known");
    return code;
  }
}
