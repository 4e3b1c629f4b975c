// What an engine's directory says of itself, each in a small file: that it was formatted for this
// engine, which incarnation of its seat it is, whether its log was lost, and how its last run began and ended.

import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CastleError } from "../../errors.ts";
import { firstIncarnation } from "../../replication/members.ts";
import { removeDurably, syncFolder, writeDurably } from "./durable-file.ts";
import { EpochFile } from "./epoch-file.ts";

export interface EngineIdentity {
  readonly shard: string;
  readonly engineId: 1 | 2;
}

/** An incarnation of an engine's seat (docs/replication.md, rule 14). */
export interface SeatedIdentity extends EngineIdentity {
  readonly incarnation: number;
}

/** How the last run used the disk. */
export interface Session {
  readonly bootId: string;
  readonly fsync: "batch" | "interval" | "never";
  /** Everything was fsynced at the end, and nothing was written after that. */
  readonly isClean: boolean;
}

const formatVersion = 1;

function writeText(path: string, text: string): void {
  writeDurably(path, [Buffer.from(text)]);
}

/** `null` where there is none or it is not whole. */
function readJson(path: string): Record<string, unknown> | null {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

/**
 * Makes a directory an engine's disk, once, before the exchange opens for the first time. From then
 * on a directory without the mark is a lost disk, and never an empty new one (rule 9).
 */
export function formatEngine(dir: string, identity: EngineIdentity): void {
  mkdirSync(dir, { recursive: true });
  const seated = { ...identity, incarnation: firstIncarnation };
  if (isFormatted(dir, seated)) return;
  new EpochFile(dir).write(0);
  writeFormat(dir, seated);
}

/**
 * Whether the directory is the disk of that incarnation already; where not, it may become it. Touches nothing.
 * @throws CastleError VERSION_MISMATCH where the directory is another engine's, or another incarnation's
 */
export function isSeated(dir: string, { shard, engineId, incarnation }: SeatedIdentity): boolean {
  if (existsSync(join(dir, "seat.json"))) {
    const held = readIncarnation(dir, { shard, engineId });
    if (held === incarnation) return true;
    throw notOf(dir, `incarnation ${held} of its seat, and not of ${incarnation}`);
  }
  // A log of an earlier incarnation must not come back under a newer one's name.
  if (existsSync(join(dir, "format.json")) || existsSync(join(dir, "epoch"))) {
    throw notOf(dir, "an earlier incarnation: put it away first");
  }
  return false;
}

/**
 * Makes an empty directory the disk of a new incarnation of an engine's seat. It is no formatted disk: the
 * engine starts without log and epoch, and recovers from a primary that knows the incarnation (rule 9).
 * Asked again for the same, it changes nothing.
 * @throws CastleError VERSION_MISMATCH where the directory is another engine's, or another incarnation's
 */
export function seatEngine(dir: string, identity: SeatedIdentity): void {
  if (isSeated(dir, identity)) return;
  mkdirSync(dir, { recursive: true });
  const { shard, engineId, incarnation } = identity;
  const seat = { version: formatVersion, shard, engineId, incarnation };
  writeText(join(dir, "seat.json"), `${JSON.stringify(seat)}\n`);
}

/** The first one where nothing is said. @throws CastleError VERSION_MISMATCH */
export function readIncarnation(dir: string, identity: EngineIdentity): number {
  const path = join(dir, "seat.json");
  if (!existsSync(path)) return firstIncarnation;
  const { version, shard, engineId, incarnation } = readJson(path) ?? {};
  const isOwn = shard === identity.shard && engineId === identity.engineId;
  if (version !== formatVersion || !isOwn || !Number.isSafeInteger(incarnation)) {
    throw notOf(dir, `engine ${engineId} of shard ${shard}: see its seat.json`);
  }
  return incarnation as number;
}

function notOf(dir: string, what: string): CastleError {
  return new CastleError("VERSION_MISMATCH", `${dir} is the disk of ${what}`, { dir });
}

export function writeFormat(dir: string, { shard, engineId, incarnation }: SeatedIdentity): void {
  writeText(
    join(dir, "format.json"),
    `${JSON.stringify({ version: formatVersion, shard, engineId, incarnation })}\n`,
  );
}

/** @throws CastleError VERSION_MISMATCH where the directory is another engine's, or another incarnation's */
export function isFormatted(dir: string, identity: SeatedIdentity): boolean {
  const format = readJson(join(dir, "format.json"));
  if (format === null) return false;
  const { version, shard, engineId, incarnation = firstIncarnation } = format;
  if (version !== formatVersion || shard !== identity.shard || engineId !== identity.engineId) {
    throw new CastleError(
      "VERSION_MISMATCH",
      `${dir} belongs to engine ${engineId} of shard ${shard}, format ${version}; this is engine ${identity.engineId} of shard ${identity.shard}, format ${formatVersion}`,
      { dir },
    );
  }
  if (incarnation !== identity.incarnation) {
    throw notOf(dir, `incarnation ${incarnation} of its seat, and not of ${identity.incarnation}`);
  }
  return true;
}

export function removeFormat(dir: string): void {
  removeDurably(join(dir, "format.json"));
}

/** Stays until a whole log is there again, however often the engine starts meanwhile. */
export function markLogLost(dir: string, reason: string): void {
  writeText(join(dir, "log-lost"), `${reason}\n`);
}

export function isLogLost(dir: string): boolean {
  return existsSync(join(dir, "log-lost"));
}

export function unmarkLogLost(dir: string): void {
  removeDurably(join(dir, "log-lost"));
}

export function writeSession(dir: string, session: Session): void {
  writeText(join(dir, "session.json"), `${JSON.stringify(session)}\n`);
}

export function readSession(dir: string): Session | null {
  return readJson(join(dir, "session.json")) as Session | null;
}

/** Differs after every start of the machine. */
export function currentBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
  } catch {
    // Not Linux: no start of the machine is noticed, so `fsync: batch` is the safe policy there.
    return "unknown";
  }
}

export function prepareFolders(dir: string): string {
  const logDir = join(dir, "log");
  mkdirSync(logDir, { recursive: true });
  syncFolder(dir);
  return logDir;
}
