// Failover's public surface: a local exchange on three zones, started, watched, broken and mended.

/** For those who hold an exchange against its journal: the engine's own audit, passed on. */
export {
  type AuditReport,
  auditHistory,
  journalOrders,
  readWholeJournal,
} from "../engine/index.ts";
/** A running exchange; `stop` it at the end. Zones fall silent by `isolateZone`. */
export type { Exchange } from "./local/exchange.ts";
/** What `status()` answers. */
export type { ExchangeStatus } from "./local/exchange-status.ts";
/**
 * Network namespaces or loopback. Call it first: for namespaces the whole program is started again
 * inside of them, and the call returns in there only.
 */
export { openSubstrate } from "./local/open-substrate.ts";
/** Where two regions' processes listen, above a base, and what starts both of them with a border between. */
export { type RegionsPorts, regionsPortsFrom } from "./local/region-files.ts";
export { type Regions, startRegions } from "./local/regions.ts";
/** Starts everything and resolves when it serves. */
export { type ExchangeOptions, startExchange } from "./local/start.ts";
/** What zones are made of. */
export type { Substrate } from "./local/substrate.ts";
/** Zones are a, b, c; fixed ports above a base. */
export { portsFrom, type Zone } from "./local/zones.ts";
/** What operators and controllers did, step by step. */
export { OperationLog } from "./plan/operation-log.ts";
/** What a lost region's journal has and the new one's has not. */
export { type Reconciliation, reconcileJournals } from "./reconcile/journals.ts";
