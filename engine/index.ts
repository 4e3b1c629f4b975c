// The engine's public surface: what other programs of Castle may use of it.

/** Is PostgreSQL equal to the journal? */
export { type AuditOptions, type AuditReport, auditHistory } from "./adapters/history/audit.ts";
export { type JournalOrder, journalOrders } from "./adapters/history/journal-orders.ts";
/** An engine's disk: made once for a new exchange, and read while no engine uses it. */
export { type EngineIdentity, formatEngine } from "./adapters/storage/identity.ts";
export { type JournalEntry, readJournal } from "./adapters/storage/read-journal.ts";
/** What operators' tools may ask of an engine: POST /admin/<verb> on its status port. */
export { type AdminAnswer, type AdminVerb, adminAnswer, adminRequests } from "./admin.ts";
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
