import { expect } from "chai";
import type { LedgerRecord } from "../../chaos/load/ledger.ts";
import type { Evidence, StoredOrder } from "../../chaos/verify/evidence.ts";
import { verify } from "../../chaos/verify/verify.ts";
import { ledgerRecord } from "./ledger-record.ts";

const stored = (given: Partial<StoredOrder> = {}): StoredOrder => ({
  accountId: 1,
  clientOrderId: "id-1",
  orderId: 1,
  status: "new",
  ...given,
});

const evidence = (order: StoredOrder = stored()): Evidence => ({
  journal: [order],
  history: [order],
  openOrders: order.status === "new" ? [order] : [],
});

const canceled = evidence(stored({ status: "canceled" }));
const nothing: Evidence = { journal: [], history: [], openOrders: [] };
const cancelRecord = ledgerRecord({ kind: "cancel", status: "CANCELED" });

describe("verify", () => {
  const none = { lost: 0, duplicated: 0, contradicted: 0, unknown: 0 };
  const rows: [string, LedgerRecord[], Evidence, object][] = [
    [
      "finds nothing where all is in its place",
      [ledgerRecord({})],
      evidence(),
      { ...none, acknowledged: 1 },
    ],
    [
      "misses an acknowledged order in every store",
      [ledgerRecord({})],
      nothing,
      { ...none, lost: 1 },
    ],
    [
      "misses it in the journal alone",
      [ledgerRecord({})],
      { ...evidence(), journal: [] },
      { lost: 1 },
    ],
    [
      "misses it in PostgreSQL alone",
      [ledgerRecord({})],
      { ...evidence(), history: [] },
      { ...none, lost: 1 },
    ],
    [
      "misses it in the book alone",
      [ledgerRecord({})],
      { ...evidence(), openOrders: [] },
      { ...none, lost: 1 },
    ],
    [
      "sees another order under the id",
      [ledgerRecord({})],
      evidence(stored({ orderId: 2 })),
      { ...none, lost: 1 },
    ],
    [
      "does not look for an ended order in the book",
      [ledgerRecord({}), cancelRecord],
      canceled,
      none,
    ],
    [
      "misses an acknowledged cancel",
      [ledgerRecord({}), cancelRecord],
      evidence(),
      { ...none, lost: 1 },
    ],
    [
      "sees one id executed twice",
      [ledgerRecord({})],
      { ...evidence(), journal: [stored(), stored({ orderId: 2 })] },
      { duplicated: 1 },
    ],
    [
      "sees a refused order that stands",
      [ledgerRecord({ outcome: "rejected", errorCode: -2010, orderId: 0 })],
      evidence(),
      { ...none, contradicted: 1 },
    ],
    [
      "sees an order that nobody sent",
      [ledgerRecord({ clientOrderId: "id-0", outcome: "rejected" })],
      evidence(),
      { contradicted: 1 },
    ],
    [
      "sees an order open in the book that the journal ended",
      [ledgerRecord({})],
      { ...canceled, openOrders: [stored()] },
      { ...none, contradicted: 1 },
    ],
    [
      "counts an unknown outcome as unknown, executed or not",
      [ledgerRecord({ outcome: "unknown" })],
      evidence(),
      { ...none, unknown: 1, acknowledged: 0 },
    ],
    [
      "learns from a later question",
      [ledgerRecord({ outcome: "unknown", orderId: 0 }), ledgerRecord({ kind: "recheck" })],
      evidence(),
      { ...none, acknowledged: 1 },
    ],
    [
      "lets no later question excuse a lost acknowledgement",
      [ledgerRecord({}), ledgerRecord({ kind: "recheck", outcome: "rejected", orderId: 0 })],
      nothing,
      { ...none, lost: 1 },
    ],
    [
      "counts what the client never sent as unknown",
      [ledgerRecord({ outcome: "unsent" })],
      nothing,
      { ...none, unknown: 1 },
    ],
    [
      "counts an unknown cancel",
      [ledgerRecord({}), { ...cancelRecord, outcome: "unknown" }],
      evidence(),
      { ...none, unknown: 1 },
    ],
    [
      "cannot look into a book that did not answer",
      [ledgerRecord({})],
      { ...evidence(), openOrders: undefined },
      none,
    ],
  ];
  for (const [name, ledger, found, expected] of rows) {
    it(name, () => expect(verify(ledger, found)).to.include(expected));
  }
});
