// Ledger records for tests: what matters is given, the rest is ordinary.

import type { LedgerRecord } from "../../chaos/load/ledger.ts";

export function ledgerRecord(given: Partial<LedgerRecord>): LedgerRecord {
  return {
    kind: "place",
    accountId: 1,
    symbol: "BTCUSDT",
    clientOrderId: "id-1",
    outcome: "accepted",
    inDoubt: false,
    orderId: 1,
    status: "NEW",
    errorCode: 0,
    intendedMs: 1000,
    firstSentMs: 1000,
    acknowledgedMs: 1002,
    attempts: 1,
    via: "gateway-a",
    learnedBy: "answer",
    ...given,
  };
}
