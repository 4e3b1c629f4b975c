// The clients' ledger against book, journal and PostgreSQL. Pure. What a client was told is the
// truth that the exchange must live up to: an acknowledged order must be everywhere, once, under the
// id that was told.

import type { LedgerRecord } from "../load/ledger.ts";
import type { Evidence, StoredOrder } from "./evidence.ts";

export interface Verification {
  /** Orders acknowledged to clients. */
  readonly acknowledged: number;
  readonly rejected: number;
  /** Operations that needed more than one attempt. */
  readonly retried: number;
  /** Outcomes never learned, not even afterwards; sent or not. */
  readonly unknown: number;
  /** Acknowledged orders (and cancels) that are missing somewhere, or are there under another id. */
  readonly lost: number;
  /** Which ones: `account/clientOrderId`. */
  readonly lostOrders: readonly string[];
  /** Client order ids that were executed more than once. */
  readonly duplicated: number;
  /** Operations refused to the client that were executed all the same, and orders nobody sent. */
  readonly contradicted: number;
  /** The first sixty, one sentence each. */
  readonly findings: readonly string[];
}

const FINDINGS_MAX = 60;
const OPEN: readonly string[] = ["new", "partiallyFilled"];

export function verify(ledger: readonly LedgerRecord[], evidence: Evidence): Verification {
  const check = new Check(evidence);
  for (const [key, record] of finalPlacements(ledger)) check.placement(key, record);
  for (const record of ledger) if (record.kind === "cancel") check.cancel(record);
  check.duplicates();
  check.strangers(ledger);
  const operations = ledger.filter(({ kind }) => kind !== "recheck");
  return {
    acknowledged: check.acknowledged,
    rejected: operations.filter(({ outcome }) => outcome === "rejected").length,
    retried: operations.filter(({ attempts }) => attempts > 1).length,
    unknown: check.unknown + unknownChanges(ledger),
    lost: check.lost.size,
    lostOrders: [...check.lost],
    duplicated: check.duplicated.size,
    contradicted: check.contradicted.size,
    findings: check.findings,
  };
}

const keyOf = (order: { accountId: number; clientOrderId: string }): string =>
  `${order.accountId}/${order.clientOrderId}`;

/**
 * The last word on each order: what was asked after the run replaces what was unknown in it. An
 * acknowledgement stands whatever a later question found: that is what "lost" is measured against.
 */
function finalPlacements(ledger: readonly LedgerRecord[]): Map<string, LedgerRecord> {
  const final = new Map<string, LedgerRecord>();
  for (const record of ledger) {
    const key = keyOf(record);
    if (record.kind === "place") final.set(key, record);
    else if (record.kind === "recheck" && final.get(key)?.outcome !== "accepted") {
      final.set(key, record);
    }
  }
  return final;
}

/** Cancels and reductions whose order was never seen again. */
function unknownChanges(ledger: readonly LedgerRecord[]): number {
  const rechecked = new Set(
    ledger.filter(({ kind, outcome }) => kind === "recheck" && outcome !== "unknown").map(keyOf),
  );
  return ledger.filter((record) => {
    const isChange = record.kind === "cancel" || record.kind === "reduce";
    if (record.outcome === "unsent") return isChange;
    return isChange && record.outcome === "unknown" && !rechecked.has(keyOf(record));
  }).length;
}

class Check {
  acknowledged = 0;
  unknown = 0;
  readonly lost = new Set<string>();
  readonly duplicated = new Set<string>();
  readonly contradicted = new Set<string>();
  readonly findings: string[] = [];
  readonly #evidence: Evidence;
  readonly #journal: ReadonlyMap<string, StoredOrder>;
  readonly #history: ReadonlyMap<string, StoredOrder>;
  readonly #open: ReadonlySet<string> | undefined;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
    this.#journal = new Map(evidence.journal.map((order) => [keyOf(order), order]));
    this.#history = new Map(evidence.history.map((order) => [keyOf(order), order]));
    this.#open = evidence.openOrders && new Set(evidence.openOrders.map(keyOf));
  }

  placement(key: string, record: LedgerRecord): void {
    const stored = this.#journal.get(key);
    if (record.outcome === "accepted") this.#acknowledgedPlacement(key, record, stored);
    else if (record.outcome !== "rejected") this.unknown += 1;
    else if (stored !== undefined) {
      this.#find(
        this.contradicted,
        key,
        `order ${key} was refused (${record.errorCode}) but stands`,
      );
    }
  }

  cancel(record: LedgerRecord): void {
    const key = keyOf(record);
    const stored = this.#journal.get(key);
    if (record.outcome !== "accepted" || stored?.status === "canceled") return;
    const status = stored?.status ?? "missing";
    this.#find(this.lost, key, `order ${key} was acknowledged as canceled but is ${status}`);
  }

  duplicates(): void {
    const stores = [
      ["the journal", this.#evidence.journal],
      ["PostgreSQL", this.#evidence.history],
      ["the book", this.#evidence.openOrders ?? []],
    ] as const;
    for (const [store, orders] of stores) {
      const seen = new Set<string>();
      for (const order of orders) {
        const key = keyOf(order);
        if (seen.has(key)) this.#find(this.duplicated, key, `order ${key} is twice in ${store}`);
        seen.add(key);
      }
    }
  }

  /** Orders of the ledger's accounts that no client sent, or that are open and should not be. */
  strangers(ledger: readonly LedgerRecord[]): void {
    const accounts = new Set(ledger.map(({ accountId }) => accountId));
    const sent = new Set(ledger.map(keyOf));
    for (const order of this.#evidence.journal) {
      const key = keyOf(order);
      if (accounts.has(order.accountId) && !sent.has(key)) {
        this.#find(this.contradicted, key, `order ${key} is in the journal but no client sent it`);
      }
    }
    for (const key of this.#open ?? []) {
      const status = this.#journal.get(key)?.status ?? "missing";
      if (!OPEN.includes(status)) {
        this.#find(
          this.contradicted,
          key,
          `order ${key} is open in the book, ${status} in the journal`,
        );
      }
    }
  }

  #acknowledgedPlacement(key: string, record: LedgerRecord, stored: StoredOrder | undefined): void {
    this.acknowledged += 1;
    const row = this.#history.get(key);
    for (const [store, order] of [
      ["the journal", stored],
      ["PostgreSQL", row],
    ] as const) {
      if (order === undefined) this.#find(this.lost, key, `order ${key} is missing in ${store}`);
      else if (order.orderId !== record.orderId) {
        this.#find(
          this.lost,
          key,
          `order ${key} was acknowledged as ${record.orderId} but is ${order.orderId} in ${store}`,
        );
      }
    }
    const isOpen = stored !== undefined && OPEN.includes(stored.status);
    if (isOpen && this.#open?.has(key) === false) {
      this.#find(this.lost, key, `order ${key} is open in the journal but not in the book`);
    }
  }

  #find(among: Set<string>, key: string, sentence: string): void {
    among.add(key);
    if (this.findings.length < FINDINGS_MAX) this.findings.push(sentence);
  }
}
