// FunctionCall: one call of the library on its way to the server. ioredis would copy all arguments
// into one buffer; here large ones go to the socket as they are, so what they share must not change
// until the call is answered or its connection is gone.

import type { Duplex } from "node:stream";
import { Command } from "ioredis";
import { gather } from "../pieces.ts";

/** Several byte strings are one value, joined only on the wire. */
export type Argument = string | number | Uint8Array | readonly Uint8Array[];

export function byteCountOf(value: Argument): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== "object") return 0;
  return value.reduce((sum, part) => sum + part.length, 0);
}

export class FunctionCall extends Command {
  private readonly pieces: readonly Buffer[];

  constructor(name: string, key: string, values: readonly Argument[]) {
    // Without its arguments: they are written by `toWritable` alone.
    super("FCALL", [name, 1, key], { replyEncoding: null });
    this.pieces = gather(encodeCall(["FCALL", name, 1, key, ...values]));
  }

  /** What ioredis writes next; all pieces but the last are with the socket by then. */
  override toWritable(socket: object): Buffer {
    const { pieces } = this;
    const last = pieces.at(-1) as Buffer;
    if (pieces.length === 1) return last;
    const stream = socket as Duplex;
    stream.cork();
    for (const piece of pieces.slice(0, -1)) stream.write(piece);
    process.nextTick(() => stream.uncork());
    return last;
  }
}

/** An array of byte strings, as the protocol has it (RESP2). */
function encodeCall(words: readonly Argument[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let text = `*${words.length}\r\n`;
  for (const word of words) {
    if (typeof word === "object") {
      const bytes = word instanceof Uint8Array ? [word] : word;
      parts.push(Buffer.from(`${text}$${byteCountOf(word)}\r\n`), ...bytes);
      text = "\r\n";
    } else {
      const value = String(word);
      text += `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
    }
  }
  parts.push(Buffer.from(text));
  return parts;
}
