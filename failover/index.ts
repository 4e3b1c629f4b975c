// Failover's public surface: a local exchange on three zones, started, watched, broken and mended.

/** For those who hold an exchange against its journal: the engine's own audit, passed on. */
export {
  type AuditReport,
  auditHistory,
  type JournalOrder,
  journalOrders,
  readJournal,
} from "../engine/index.ts";
/** Operating errors of the local cluster: branch on `code`. */
export { ClusterError, type ClusterErrorCode } from "./errors.ts";
/** A running exchange; `stop` it at the end. Zones fall silent by `isolateZone`. */
export type { Exchange, GatewayUrls, ProcessExit } from "./local/exchange.ts";
/** What `status()` answers. */
export type { ExchangeStatus, NodeStatus, ProcessStatus } from "./local/exchange-status.ts";
/** The engine's own words inside of it. */
export type { NodePlan } from "./local/nodes.ts";
/**
 * Network namespaces or loopback. Call it first: for namespaces the whole program is started again
 * inside of them, and the call returns in there only.
 */
export { openSubstrate } from "./local/open-substrate.ts";
/** Starts everything and resolves when it serves. */
export { type ExchangeOptions, startExchange } from "./local/start.ts";
export type { Substrate } from "./local/substrate.ts";
export { type Place, type Ports, portsFrom, type Zone, zoneNames } from "./local/zones.ts";
