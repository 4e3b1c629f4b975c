// CommandVersions: which commands may enter the journal while members run different versions of the
// code. A command carries the version from which on the code knows it; the primary sequences only
// what every member and follower knows, so that a newer version can join, take over, and use what is
// new to it once all have it. An engine that meets a command that it does not know ends before it
// answers for it: it stays out until it is upgraded, rather than diverge.

import { commandVersionAt, commandVersionOf } from "../../codec/command-codec.ts";
import { COMMAND_VERSION, COMMAND_VERSION_MIN } from "../../core/command-layout.ts";
import { CastleError } from "../../errors.ts";
import { type LogBatch, visitPlaces } from "../../replication/log-batch.ts";

/** Of code that knows Member entries. */
const MEMBER_VERSION = 3;

export interface VersionedFollower {
  readonly commandVersion: number;
}

export interface CommandVersionsOptions {
  /** Of the newest command that this engine's core has applied. */
  readonly usedVersion: () => number;
  /** Whether its log, or what lies before it, names members. */
  readonly hasMembers: () => boolean;
  readonly followers: () => Iterable<VersionedFollower>;
}

export class CommandVersions {
  private readonly options: CommandVersionsOptions;
  /** Of the other engine, as it last said; what it may know before that is not assumed. */
  private peerVersion = COMMAND_VERSION_MIN;

  constructor(options: CommandVersionsOptions) {
    this.options = options;
  }

  notePeer(commandVersion: number): void {
    this.peerVersion = commandVersion;
  }

  /** What is in the journal must be known by whoever joins; it is never taken back. */
  get required(): number {
    const { usedVersion, hasMembers } = this.options;
    return Math.max(COMMAND_VERSION_MIN, usedVersion(), hasMembers() ? MEMBER_VERSION : 0);
  }

  /** Commands up to this version may be sequenced. */
  get allowed(): number {
    return Math.max(this.required, Math.min(this.peerVersion, this.knownByFollowers));
  }

  /** A Member entry may be: the engine that it replaces takes nothing more, whatever it knows. */
  get allowsMember(): boolean {
    return this.knownByFollowers >= MEMBER_VERSION;
  }

  private get knownByFollowers(): number {
    let common = COMMAND_VERSION;
    for (const { commandVersion } of this.options.followers()) {
      common = Math.min(common, commandVersion);
    }
    return common;
  }
}

/** @throws CastleError VERSION_MISMATCH for entries that this code cannot execute */
export function assertKnown(batches: readonly LogBatch[]): void {
  for (const batch of batches) {
    visitPlaces(batch, (position, kind, start) => {
      if (kind === "command") assertKnownVersion(position, commandVersionAt(batch.bytes, start));
    });
  }
}

/** @throws CastleError VERSION_MISMATCH */
export function assertKnownCommand(position: number, command: Uint8Array): void {
  assertKnownVersion(position, commandVersionOf(command));
}

function assertKnownVersion(position: number, version: number): void {
  if (version <= COMMAND_VERSION) return;
  const text = `the journal holds a command of version ${version} at ${position}, and this code knows up to ${COMMAND_VERSION}: upgrade this node`;
  throw new CastleError("VERSION_MISMATCH", text, { position, version });
}
