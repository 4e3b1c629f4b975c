// The engine's public surface: what other programs of Castle may use of it.

/** Ticks, lots and units of a symbol as decimals. */
export { printDecimal } from "./adapters/gateway/decimal.ts";
export { type Market, Markets } from "./adapters/gateway/market.ts";
/** Is PostgreSQL equal to the journal? */
export { type AuditOptions, type AuditReport, auditHistory } from "./adapters/history/audit.ts";
export { type JournalOrder, journalOrders } from "./adapters/history/journal-orders.ts";
/** An engine's disk: made once for a new exchange, and read while no engine uses it. */
export {
  type EngineIdentity,
  formatEngine,
  isSeated,
  readIncarnation,
  seatEngine,
} from "./adapters/storage/identity.ts";
export {
  type JournalCheckpoint,
  type JournalEntry,
  journalCheckpoint,
  journalNewestStart,
  journalStart,
  readJournal,
} from "./adapters/storage/read-journal.ts";
export { readWholeJournal } from "./adapters/storage/whole-journal.ts";
/** What operators' tools may ask of an engine: POST /admin/<verb> on its status port. */
export { type AdminAnswer, type AdminVerb, adminAnswer, adminRequests } from "./admin.ts";
export { decodeCommand } from "./codec/command-codec.ts";
/** A command, or a whole journal, read back and applied: for what is worked out from journals. */
export { decodeLines } from "./codec/lines-codec.ts";
/** Configuration of one exchange; see the schema for the laws between its fields. */
export {
  type EngineNode,
  type ExchangeConfig,
  exchangeSchema,
  type GatewayNode,
  type Keys,
  keysSchema,
  loadJson,
  parseWith,
} from "./config.ts";
export type { Command, PlaceOrder, RequestId, SequencedCommand } from "./core/command.ts";
export { Core } from "./core/core.ts";
export type { CoreReader } from "./core/core-reader.ts";
export type { Event, OrderView, Trade } from "./core/event.ts";
export type { Capacity } from "./core/instrument.ts";
/** Operating errors: branch on `code`. */
export { CastleError, type ErrorCode } from "./errors.ts";
/** What every node says of itself under GET /status. */
export {
  type Decision,
  decisionSchema,
  type EngineStatus,
  engineStatusSchema,
  type FollowerStatus,
  followerStatusSchema,
} from "./status.ts";
