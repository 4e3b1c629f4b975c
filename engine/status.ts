// What every node says of itself under GET /status on its status port (JSON). Operators' tools
// (`castle status`, drills) read nothing else.

import { z } from "zod";
import { TRADING_STATUSES } from "./core/command-layout.ts";
import { decisionCodes } from "./replication/decision.ts";

/** A step on the way from one primary to the next; also one line each in `decisions.jsonl`. */
export const decisionSchema = z.object({
  /** Milliseconds since the epoch, with a fraction. */
  atMs: z.number(),
  node: z.string(),
  code: z.enum(decisionCodes),
  epoch: z.number(),
  position: z.number(),
  reason: z.string().optional(),
});
export type Decision = z.infer<typeof decisionSchema>;

const versionSchema = z
  .object({ castle: z.string(), commandVersion: z.int() })
  .default({ castle: "unknown", commandVersion: 0 });

export const engineStatusSchema = z.object({
  node: z.string(),
  zone: z.string(),
  kind: z.literal("engine"),
  pid: z.number(),
  uptimeMs: z.number(),
  /**
   * `candidate`: on its way to primary, not serving yet. `recovering`: has lost its log (rule 9).
   * `replaced`: a newer incarnation has its seat, and it takes part in nothing any more (rule 14).
   */
  role: z.enum(["primary", "candidate", "standby", "recovering", "dr", "replaced"]),
  isServing: z.boolean(),
  epoch: z.number(),
  position: z.object({ appended: z.number(), committed: z.number(), applied: z.number() }),
  /** Voters that have answered lately and hold all that is committed. */
  inSync: z.array(z.enum(["peer", "redis"])),
  peer: z.object({ isConnected: z.boolean(), position: z.number() }),
  redis: z.object({ isReachable: z.boolean(), instance: z.string(), isAgreed: z.boolean() }),
  /** State hash at the last snapshot mark that this engine passed. */
  mark: z.object({ position: z.number(), hash: z.string() }),
  /** Which of those that have had its seat this engine is, and which one has taken its place; 0 = none. */
  incarnation: z.int().default(1),
  replacedBy: z.int().default(0),
  /** The incarnation of the other engine that takes part, and whether that is committed as far as is known. */
  peerMember: z
    .object({ incarnation: z.int(), isCommitted: z.boolean() })
    .default({ incarnation: 1, isCommitted: true }),
  /** Hands off: no automatic promotion (operators still may). */
  isPaused: z.boolean().default(false),
  /** Told to serve nobody until it is told otherwise. */
  isFenced: z.boolean().default(false),
  /** Forced: it commits with its own copy alone until another member has everything (rule 11). */
  isAlone: z.boolean().optional(),
  version: versionSchema,
  /** Absent in an exchange of one region. */
  region: z
    .object({
      name: z.string(),
      role: z.enum(["active", "dr"]),
      /** Leaderships of regions so far; the fencing token between regions. */
      term: z.int(),
      /** The controller has confirmed the term since the start. */
      isConfirmed: z.boolean(),
      /** In force now: `region-sync` from when the other region has caught up in this term. */
      durability: z.enum(["zone", "region-sync"]),
      /**
       * Of a `dr` engine behind the active region; of the one that serves: how far the other region is. As far as
       * it was heard: over a link that is silent nothing is counted any more (`heardAgoMs`).
       */
      lag: z.object({ entries: z.number(), ms: z.number() }).nullable(),
      /** Since the other region was last heard over the link between the journals; `null`: not in this role. */
      heardAgoMs: z.number().nullable().default(null),
      /** The other region's journal is not a continuation of this one: see castle reconcile. */
      isDiverged: z.boolean().default(false),
    })
    .optional(),
  /** Trading status of each symbol, as applied here; absent where the node's version does not tell. */
  symbols: z.array(z.object({ name: z.string(), status: z.enum(TRADING_STATUSES) })).optional(),
  /** Newest last, bounded. */
  decisions: z.array(decisionSchema),
});
export type EngineStatus = z.infer<typeof engineStatusSchema>;

export const followerStatusSchema = z.object({
  node: z.string(),
  zone: z.string(),
  kind: z.enum(["gateway", "history"]),
  pid: z.number(),
  uptimeMs: z.number(),
  isServing: z.boolean(),
  epoch: z.number(),
  /** Last journal position applied (gateway) or durable in PostgreSQL (history). */
  position: z.number(),
  lagEntries: z.number(),
  mark: z.object({ position: z.number(), hash: z.string() }),
  version: versionSchema,
  /** Gateways: commands that wait for their answer. */
  pending: z.number().optional(),
  /** Gateways: the primary that they follow is of their own region. */
  isPrimaryHere: z.boolean().optional(),
  /** Gateways with TLS: when the certificate of the public port expires. */
  certificateExpiresMs: z.number().optional(),
});
export type FollowerStatus = z.infer<typeof followerStatusSchema>;
