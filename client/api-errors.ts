// The API's error codes as a client must act on them. One table: nothing else in the client looks
// at a code or a message.

export type FaultKind =
  /** Nothing was executed and nothing will be: final for this attempt. */
  | "rejected"
  /** The client order id has been used: an earlier attempt arrived. */
  | "duplicate"
  /** A cancel or an amendment found no open order: perhaps an earlier attempt took effect. */
  | "unknownOrder"
  /** A query found no order of that id. */
  | "absent"
  /** Nothing was executed, and another attempt may succeed. */
  | "retryable"
  /** The exchange cannot say whether it was executed. */
  | "unclear";

/** An error as the API sent it, with what it means. */
export interface ApiFault {
  readonly kind: FaultKind;
  readonly code: number;
  readonly message: string;
}

const kinds: ReadonlyMap<number, FaultKind> = new Map([
  [-1000, "unclear"], // UNKNOWN
  [-1001, "unclear"], // DISCONNECTED: the gateway lost the exchange while it waited
  [-1006, "unclear"], // UNEXPECTED_RESP
  [-1007, "unclear"], // TIMEOUT: "execution status unknown"
  [-1008, "retryable"], // SERVER_BUSY
  [-1021, "retryable"], // INVALID_TIMESTAMP: the next attempt carries a new one
  [-2011, "unknownOrder"],
  [-2013, "absent"],
]);

const DUPLICATE_MESSAGE = "Duplicate order sent.";

/** What an error reply means. `httpStatus` is the reply's `status`. */
export function classify(httpStatus: number, code: number, message: string): ApiFault {
  // One code serves many rejections; only the text tells this one apart (the API fixes the text).
  if (code === -2010 && message.startsWith(DUPLICATE_MESSAGE)) {
    return { kind: "duplicate", code, message };
  }
  const kind = kinds.get(code) ?? (httpStatus >= 500 ? "unclear" : "rejected");
  return { kind, code, message };
}
