// Records what each client asked and was told, with the times between which it must have happened: the
// history that chaos/history-check judges. A file of JSON lines. Times count from the recording's
// start, on the clock of the one process that all clients live in.

import { createWriteStream, readFileSync, type WriteStream } from "node:fs";
import type { Acknowledgement, OrderReport } from "../../client/index.ts";
import type { Operation } from "../history-check/check-history.ts";

interface Asked {
  readonly accountId: number;
  readonly symbol: string;
  readonly invokedMs: number;
}

type ChangeAnswer = Extract<Operation, { kind: "place" | "cancel" | "reduce" }>["answer"];
type OrderAnswer = Extract<Operation, { kind: "order" }>["answer"];

const batchLines = 256;
/** The API's "unknown order": it was not open. */
const unknownOrder = -2011;

export class HistoryRecorder {
  readonly #stream: WriteStream;
  readonly #now: () => number;
  readonly #originMs: number;
  #lines: string[] = [];
  #ids = 0;

  constructor(file: string, now: () => number) {
    this.#stream = createWriteStream(file, { mode: 0o600 });
    this.#now = now;
    this.#originMs = now();
  }

  /** `quantity`: what the request said, as a decimal. */
  change(
    asked: Asked,
    told: Acknowledgement,
    { quantity }: { readonly quantity: string | undefined },
  ): void {
    const answer = changeAnswer(told);
    this.#append(asked, answer !== null, {
      kind: told.kind,
      clientOrderId: told.clientOrderId,
      ...(quantity !== undefined && { quantity: unitsOf(quantity) }),
      answer,
    });
  }

  order(asked: Asked, clientOrderId: string, told: OrderReport | "absent" | "unknown"): void {
    // A question without an answer has changed nothing and shown nothing.
    if (told === "unknown") return;
    const answer: OrderAnswer =
      told === "absent" ? { kind: "absent" } : { kind: "found", seen: seenOf(told) };
    this.#append(asked, true, { kind: "order", clientOrderId, answer });
  }

  openOrders(asked: Asked, told: readonly OrderReport[] | undefined): void {
    if (told === undefined) return;
    const orders = told.map((one) => ({ clientOrderId: one.clientOrderId, ...seenOf(one) }));
    this.#append(asked, true, { kind: "openOrders", answer: { kind: "list", orders } });
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    this.#stream.write(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
  }

  close(): Promise<void> {
    this.flush();
    return new Promise((resolve, reject) => {
      this.#stream.once("error", reject);
      this.#stream.end(resolve);
    });
  }

  #append({ invokedMs, ...asked }: Asked, isAnswered: boolean, rest: object): void {
    this.#ids += 1;
    const completedMs = isAnswered ? this.#now() - this.#originMs : null;
    const times = { invokedMs: invokedMs - this.#originMs, completedMs };
    this.#lines.push(JSON.stringify({ id: this.#ids, ...asked, ...times, ...rest }));
    if (this.#lines.length >= batchLines) this.flush();
  }
}

/** @throws SyntaxError where the file is torn. */
export function readHistory(file: string): Operation[] {
  const lines = readFileSync(file, "utf8").split("\n");
  if (lines.pop() !== "") throw new SyntaxError(`${file} ends within a record`);
  return lines.map((line) => JSON.parse(line) as Operation);
}

function changeAnswer(told: Acknowledgement): ChangeAnswer {
  if (told.outcome === "unknown" || told.inDoubt) return null;
  if (told.outcome === "accepted") {
    const isFirst = told.learnedBy === "answer";
    return { kind: "accepted", isFirst, seen: seenOf(told) };
  }
  const isNotOpen = told.kind === "cancel" && told.errorCode === unknownOrder;
  return { kind: isNotOpen ? "notOpen" : "refused" };
}

function seenOf(told: {
  readonly orderId: number;
  readonly status?: string;
  readonly origQty?: string;
  readonly executedQty?: string;
}) {
  return {
    ...(told.orderId !== 0 && { orderId: told.orderId }),
    ...(told.status && { status: told.status }),
    ...(told.origQty && { quantity: unitsOf(told.origQty) }),
    ...(told.executedQty && { executed: unitsOf(told.executedQty) }),
  };
}

/** A decimal in hundred-millionths, exactly: decimals of the API have eight digits at most. */
export function unitsOf(decimal: string): number {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return Number(`${whole}${fraction.slice(0, 8).padEnd(8, "0")}`);
}
