// CommandVersions: which commands may enter the journal while members run different versions of the
// code. A command carries the version from which on the code knows it; the primary sequences only
// what every member and follower knows, so that a newer version can join, take over, and use what is
// new to it once all have it. An engine that meets a command that it does not know ends before it
// answers for it: it stays out until it is upgraded, rather than diverge.

import { commandVersionAt, commandVersionOf } from "../../codec/command-codec.ts";
import { COMMAND_VERSION, COMMAND_VERSION_MIN } from "../../core/command-layout.ts";
import { CastleError } from "../../errors.ts";
import { type LogBatch, visitPlaces } from "../../replication/log-batch.ts";

export interface VersionedFollower {
  readonly commandVersion: number;
}

export interface CommandVersionsOptions {
  /** Of the newest command that this engine's core has applied. */
  readonly usedVersion: () => number;
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
    return Math.max(COMMAND_VERSION_MIN, this.options.usedVersion());
  }

  /** Commands up to this version may be sequenced. */
  get allowed(): number {
    let common = Math.min(COMMAND_VERSION, this.peerVersion);
    for (const { commandVersion } of this.options.followers()) {
      common = Math.min(common, commandVersion);
    }
    return Math.max(this.required, common);
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
