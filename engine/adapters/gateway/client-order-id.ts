// Client order ids that the gateway gives where a client gave none.

import { randomBytes } from "node:crypto";
import type { RequestId } from "../../core/command.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Unlike those of every other gateway and of every earlier start: a random part and a counter. */
export class ClientOrderIds {
  readonly #prefix = Array.from(randomBytes(14), (byte) => alphabet[byte % alphabet.length]).join(
    "",
  );
  #count = 0;

  next(): string {
    this.#count++;
    return this.#prefix + this.#count.toString(36).padStart(8, "0");
  }
}

/** A cancel's own id. Made of the request, so every gateway tells the account's owner the same one. */
export function cancelIdOf(request: RequestId): string {
  return `x${request.sessionId.toString(36)}-${request.requestSeq.toString(36)}`;
}
