// What a recorded history consists of: operations as the clients saw them, each with the time before
// which it cannot have happened and the one after which it must have. Data only, JSON as it is.

/** Quantities are whole hundred-millionths: decimals of eight digits, exactly. */
export interface Seen {
  /** Absent where the answer did not say. */
  readonly orderId?: number | undefined;
  /** In the API's words: NEW, PARTIALLY_FILLED, FILLED, CANCELED, EXPIRED, … */
  readonly status?: string | undefined;
  readonly quantity?: number | undefined;
  readonly executed?: number | undefined;
}

export interface SeenOpen extends Seen {
  readonly clientOrderId: string;
}

interface Common {
  /** Place in the recording, for people. */
  readonly id: number;
  readonly accountId: number;
  readonly symbol: string;
  /** Of one monotonic clock. */
  readonly invokedMs: number;
  /** `null`: no answer. It may have happened at any time after its invocation, or never. */
  readonly completedMs: number | null;
}

/** Changes one order. */
export interface Change extends Common {
  readonly kind: "place" | "cancel" | "reduce";
  readonly clientOrderId: string;
  /** Of a placement: the order's size. Of a reduction: the size it is to have. */
  readonly quantity?: number | undefined;
  readonly answer:
    | null
    /** `isFirst`: an answer to the request itself, not a later word on what it had done. */
    | { readonly kind: "accepted"; readonly isFirst: boolean; readonly seen: Seen }
    /** Refused since the order is not open (any more, or never was). */
    | { readonly kind: "notOpen" }
    /** Refused since the client order id is taken. */
    | { readonly kind: "duplicate" }
    /** Refused for whatever else: without effect, and nothing is learned of the order. */
    | { readonly kind: "refused" };
}

/** Asks for one order. */
export interface OrderQuery extends Common {
  readonly kind: "order";
  readonly clientOrderId: string;
  readonly answer:
    | null
    | { readonly kind: "found"; readonly seen: Seen }
    | { readonly kind: "absent" };
}

/** Asks for all open orders of the account and symbol. */
export interface OpenOrdersQuery extends Common {
  readonly kind: "openOrders";
  readonly answer: null | { readonly kind: "list"; readonly orders: readonly SeenOpen[] };
}

export type Operation = Change | OrderQuery | OpenOrdersQuery;

export function isAnswered<T extends Operation>(operation: T): boolean {
  return operation.completedMs !== null && operation.answer !== null;
}

/** Whether they may have happened at one moment. */
export function touches(one: Operation, other: Operation): boolean {
  const until = ({ completedMs }: Operation) => completedMs ?? Number.POSITIVE_INFINITY;
  return one.invokedMs <= until(other) && until(one) >= other.invokedMs;
}

/** One line for people. */
export function describe(operation: Operation): string {
  const { id, kind, invokedMs, completedMs, answer } = operation;
  const about = operation.kind === "openOrders" ? operation.symbol : operation.clientOrderId;
  const until = completedMs === null ? "no answer" : `${completedMs.toFixed(1)} ms`;
  return `#${id} ${kind} ${about} [${invokedMs.toFixed(1)} ms, ${until}] -> ${answerText(answer)}`;
}

function answerText(answer: Operation["answer"]): string {
  if (answer === null) return "not known";
  if (answer.kind === "list") {
    const shown = answer.orders.slice(0, 8).map((one) => one.clientOrderId);
    return `${answer.orders.length} open: ${shown.join(", ")}`;
  }
  if (!("seen" in answer)) return answer.kind;
  const { orderId, status, quantity, executed } = answer.seen;
  return `${answer.kind} ${JSON.stringify({ orderId, status, quantity, executed })}`;
}
