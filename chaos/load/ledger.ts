// The clients' own record of what they were told, one line an operation: the evidence that the
// exchange is held against. A file of JSON lines: the names of the columns, then one array a record.

import { createWriteStream, readFileSync, type WriteStream } from "node:fs";
import type { Acknowledgement } from "../../client/index.ts";

export interface LedgerRecord
  extends Pick<
    Acknowledgement,
    | "clientOrderId"
    | "symbol"
    | "inDoubt"
    | "orderId"
    | "status"
    | "errorCode"
    | "intendedMs"
    | "firstSentMs"
    | "acknowledgedMs"
    | "attempts"
    | "via"
    | "learnedBy"
  > {
  /** `recheck`: asked again after the run, because the outcome was unknown or in doubt. */
  readonly kind: Acknowledgement["kind"] | "recheck";
  readonly accountId: number;
  /** `unsent`: refused by the client itself, which held too much already. */
  readonly outcome: Acknowledgement["outcome"] | "unsent";
}

const COLUMNS = [
  "kind",
  "accountId",
  "symbol",
  "clientOrderId",
  "outcome",
  "inDoubt",
  "orderId",
  "status",
  "errorCode",
  "intendedMs",
  "firstSentMs",
  "acknowledgedMs",
  "attempts",
  "via",
  "learnedBy",
] as const satisfies readonly (keyof LedgerRecord)[];

/** Lines gathered before they are written: 20,000 records a second make 80 writes. */
const BATCH_LINES = 256;

export class LedgerWriter {
  readonly #stream: WriteStream;
  #lines: string[] = [JSON.stringify(COLUMNS)];

  constructor(file: string) {
    this.#stream = createWriteStream(file, { flags: "wx", mode: 0o600 });
  }

  append(record: LedgerRecord): void {
    this.#lines.push(JSON.stringify(COLUMNS.map((column) => record[column])));
    if (this.#lines.length >= BATCH_LINES) this.flush();
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    this.#stream.write(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
  }

  /** Resolves when all is written. */
  close(): Promise<void> {
    this.flush();
    return new Promise((resolve, reject) => {
      this.#stream.once("error", reject);
      this.#stream.end(resolve);
    });
  }
}

/** @throws SyntaxError where the file is not a ledger, or torn. */
export function readLedger(file: string): LedgerRecord[] {
  const [header = "", ...lines] = readFileSync(file, "utf8").split("\n");
  if (header !== JSON.stringify(COLUMNS)) throw new SyntaxError(`${file} is not a ledger`);
  if (lines.pop() !== "") throw new SyntaxError(`${file} ends within a record`);
  return lines.map((line) => {
    const values = JSON.parse(line) as unknown[];
    return Object.fromEntries(
      COLUMNS.map((column, i) => [column, values[i]]),
    ) as unknown as LedgerRecord;
  });
}
