// What travels on links besides the replication's own messages, and the schema of every header.
// Batches travel beside the header in binary form; `withBatches` puts them back in their place.

import { z } from "zod";
import { CastleError } from "../../errors.ts";
import type { LogBatch } from "../../replication/log-batch.ts";
import type { PeerMessage } from "../../replication/messages.ts";
import { encodeFrame, type Frame } from "./frame.ts";

/** Raised when frames change so that older nodes cannot follow; commands have a version of their own. */
export const linkVersion = 1;

const count = z.int().min(0);
const epoch = count;
const mark = z.strictObject({ position: count, hash: z.string().max(64) });
const runs = z.array(z.strictObject({ epoch, first: count })).max(10_000);
const role = z.enum(["primary", "candidate", "standby", "recovering", "dr", "replaced"]);
const batches = z.array(z.custom<LogBatch>()).default([]);

const schema = z.discriminatedUnion("kind", [
  /** First on every connection, from the side that dials. */
  // Not strict: what a newer node says of itself besides must not keep it out.
  z.object({
    kind: z.literal("identify"),
    name: z.string().max(64),
    /** `region`: an engine of the region that follows this one. */
    purpose: z.enum(["engine", "follower", "region"]),
    shard: z.string().max(64),
    version: z.int(),
    layoutId: z.string().max(256),
    castle: z.string().max(32),
    /** Newest command that it can execute. */
    commandVersion: count,
    /** Of an engine: which one of those that have had its seat. The first where it does not say. */
    incarnation: z.int().min(1).optional(),
  }),
  z.strictObject({
    kind: z.literal("rejected"),
    reason: z.string().max(500),
    /**
     * `TOO_OLD`: the journal holds commands that the other side does not know. `REPLACED`: a newer
     * incarnation has its seat.
     */
    code: z.enum(["REFUSED", "TOO_OLD", "REPLACED"]),
    incarnation: z.int().min(1).optional(),
  }),
  z.strictObject({ kind: z.literal("ping") }),
  z.strictObject({ kind: z.literal("pong") }),
  /** Engine to follower, at least every heartbeat: who it is, and how far the journal goes. */
  z.strictObject({
    kind: z.literal("leader"),
    epoch,
    /** It gives the journal; and takes commands, where it is not of a region that only follows. */
    isServing: z.boolean(),
    isReadOnly: z.boolean(),
    committed: count,
    /** Commands up to this version may be submitted: every member knows them. */
    commandVersion: count,
  }),
  /** Follower to a serving primary: everything committed from `from` on. */
  z.strictObject({ kind: z.literal("subscribe"), from: count }),
  /** As `subscribe`, from the engine's files where its memory and Redis begin later. */
  z.strictObject({ kind: z.literal("subscribeFromDisk"), from: count }),
  z.strictObject({
    kind: z.literal("feed"),
    epoch,
    committed: count,
    marks: z.array(mark),
    batches,
  }),
  /** Of an engine of the other region: it has everything up to here. */
  z.strictObject({ kind: z.literal("regionAck"), position: count }),
  /** What was asked for has left the engine's memory: Redis has it. */
  z.strictObject({ kind: z.literal("tooOld"), basePosition: count }),
  /** Gateway to primary: commands in order. `isRestart`: from the first unanswered one again. */
  z.strictObject({ kind: z.literal("submit"), isRestart: z.boolean(), batches }),
  /** The primary takes no commands of this connection until the next restart. */
  z.strictObject({ kind: z.literal("busy") }),
  z.strictObject({ kind: z.literal("read"), readId: count }),
  z.strictObject({ kind: z.literal("readConfirmed"), readId: count, position: count }),
  // The replication's own messages (engine/replication/messages.ts).
  z.strictObject({
    kind: z.literal("hello"),
    startNonce: z.string().max(64),
    role,
    isPaused: z.boolean(),
    isFenced: z.boolean(),
    forcedEpoch: epoch,
    epoch,
    lastEpoch: count,
    lastPosition: count,
  }),
  z.strictObject({
    kind: z.literal("append"),
    epoch,
    forcedEpoch: epoch,
    previousPosition: count,
    previousEpoch: count,
    batches,
    committed: count,
    round: count,
    marks: z.array(mark),
  }),
  z.strictObject({
    kind: z.literal("appendAccepted"),
    epoch,
    startNonce: z.string().max(64),
    position: count,
    round: count,
  }),
  z.strictObject({
    kind: z.literal("appendRefused"),
    epoch,
    reason: z.enum(["OLD_EPOCH", "GAP"]),
    retryAfter: count,
  }),
  z.strictObject({
    kind: z.literal("tooFarBehind"),
    epoch,
    forcedEpoch: epoch,
    basePosition: count,
  }),
  z.strictObject({ kind: z.literal("voteRequest"), epoch, forcedEpoch: epoch }),
  z.strictObject({
    kind: z.literal("voteGranted"),
    epoch,
    forcedEpoch: epoch,
    lastEpoch: count,
    lastPosition: count,
    runs,
  }),
  z.strictObject({ kind: z.literal("voteRefused"), epoch }),
  z.strictObject({ kind: z.literal("readLog"), epoch, from: count }),
  z.strictObject({
    kind: z.literal("logPart"),
    epoch,
    from: count,
    batches,
    lastPosition: count,
    isTrimmed: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("recoverRequest"),
    nonce: z.string().max(64),
    epoch,
    afterPosition: count,
    afterEpoch: count,
  }),
  z.strictObject({
    kind: z.literal("recoverReply"),
    nonce: z.string().max(64),
    epoch,
    outcome: z.enum(["ENTRIES", "SNAPSHOT_NEEDED"]),
    afterPosition: count,
    batches,
    lastPosition: count,
    committed: count,
    instance: z.string().max(200),
  }),
  z.strictObject({ kind: z.literal("takeOver"), epoch }),
]);

export type LinkMessage = z.infer<typeof schema>;
export type Identity = Extract<LinkMessage, { kind: "identify" }>;

const peerKinds: ReadonlySet<string> = new Set<PeerMessage["kind"]>([
  "hello",
  "append",
  "appendAccepted",
  "appendRefused",
  "tooFarBehind",
  "voteRequest",
  "voteGranted",
  "voteRefused",
  "readLog",
  "logPart",
  "recoverRequest",
  "recoverReply",
  "takeOver",
]);

export function isPeerMessage(message: LinkMessage): message is LinkMessage & PeerMessage {
  return peerKinds.has(message.kind);
}

export function encodeMessage(message: LinkMessage | PeerMessage): Buffer[] {
  if (!("batches" in message)) return encodeFrame(message, []);
  const { batches: carried, ...header } = message;
  return encodeFrame(header, carried);
}

/** @throws CastleError FRAME_MALFORMED where the header is none of ours. */
export function decodeMessage(frame: Frame): LinkMessage {
  const parsed = schema.safeParse(frame.header);
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error).slice(0, 300);
    throw new CastleError("FRAME_MALFORMED", `a frame is of no known kind: ${why}`);
  }
  if (!("batches" in parsed.data)) return parsed.data;
  return { ...parsed.data, batches: [...frame.batches] };
}
