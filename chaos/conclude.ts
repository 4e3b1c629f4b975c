// The end of a run that went on for as long as somebody wanted: the load is stopped, the exchange
// comes to rest, and everything that clients were told is held against what the exchange kept. Read
// once, at the end: while a journal grows, each look at the whole of it would cost more than the last.

import { ChaosError } from "./errors.ts";
import { type LedgerRecord, readLedger } from "./load/ledger.ts";
import { type Settled, settle } from "./probes/settled.ts";
import type { Session } from "./session.ts";
import type { Measures } from "./verdict.ts";
import { type Gathered, gather } from "./verify/gather.ts";
import { type Linearizability, linearizability } from "./verify/linearizability.ts";
import { type Verification, verify } from "./verify/verify.ts";
import type { Watch } from "./watch.ts";

export interface Conclusion {
  readonly ledger: readonly LedgerRecord[];
  readonly found: Verification | undefined;
  readonly audit: Gathered["audit"] | undefined;
  readonly history: Linearizability;
  readonly settled: Settled;
  readonly findings: readonly string[];
}

const SETTLE_TIMEOUT_MS = 60_000;

export async function conclude(
  { exchange, load, view, ledgerFile, historyFile }: Session,
  parts: {
    readonly watch: Watch;
    readonly finished: Promise<unknown>;
    readonly signal: AbortSignal;
  },
): Promise<Conclusion> {
  const { watch, finished, signal } = parts;
  load.stop();
  await finished;
  const nudge = () => load.nudge();
  const settled = await settle(exchange, { timeoutMs: SETTLE_TIMEOUT_MS, signal, nudge });
  const { openOrders } = await load.reconcile();
  watch.stop();
  view.note("comparing the clients' ledger with the book, the journal and PostgreSQL");
  const gathered = await gather(exchange, settled.look, openOrders);
  const ledger = readLedger(ledgerFile);
  const history = linearizability(historyFile);
  const isGathered = typeof gathered !== "string";
  const found = isGathered ? verify(ledger, gathered.evidence) : undefined;
  const audit = isGathered ? gathered.audit : undefined;
  return {
    ledger,
    found,
    audit,
    history,
    settled,
    findings: [
      ...(isGathered ? [] : [`evidence could not be gathered: ${gathered}`]),
      ...settled.missing.map((missing) => `the exchange did not come to rest: ${missing}`),
      ...(found?.findings ?? []),
      ...(audit?.differences ?? []),
      ...history.findings,
    ],
  };
}

/** What every run of this kind is judged by. */
export function measuresOf({ found, audit, history, settled }: Conclusion): Measures {
  return {
    lost: found?.lost,
    duplicated: found?.duplicated,
    contradicted: found?.contradicted,
    unknown: found?.unknown,
    hashesEqual: settled.hashesEqual,
    historyEqual: audit?.historyEqual,
    linearizable: history.isLinearizable,
  };
}

/** For a race: a load that ends by itself ends the run. */
export function endedEarly(): never {
  throw new ChaosError("LOAD_FAILED", "the load ended before the run did");
}
