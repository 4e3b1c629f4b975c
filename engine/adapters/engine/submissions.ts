// Submissions: commands from gateways on their way into the journal. Validated here, once, since a
// command that the core cannot read would stop every engine in turn; stamped with the time; turned
// away as a whole from the first that finds no room, so that a session's commands keep their order.

import { commandVersionOf, decodeCommand, setTimestampUs } from "../../codec/command-codec.ts";
import { CastleError } from "../../errors.ts";
import { visitEntries } from "../../replication/log-batch.ts";
import type { Replica } from "../../replication/replica.ts";
import type { Clock } from "../clock.ts";
import type { LinkMessage } from "../link/link-message.ts";
import type { FollowerSession } from "./follower-sessions.ts";

type Submit = Extract<LinkMessage, { kind: "submit" }>;

export class Submissions {
  /** Commands taken and turned away since the start. */
  readonly counts = { taken: 0, refused: 0 };
  private readonly replica: Replica;
  private readonly clock: Clock;
  private readonly allowedVersion: () => number;
  private lastUs = 0;

  constructor(replica: Replica, clock: Clock, allowedVersion: () => number) {
    this.replica = replica;
    this.clock = clock;
    this.allowedVersion = allowedVersion;
  }

  /** The journal's time never falls, not even where the wall clock of a new primary is behind. */
  stampAfter(timestampUs: number): void {
    this.lastUs = Math.max(this.lastUs, timestampUs);
  }

  /** @throws CastleError FRAME_MALFORMED for a command that is none: its connection must end. */
  take(session: FollowerSession, message: Submit): void {
    if (message.isRestart) session.isRefusing = false;
    for (const batch of message.batches) {
      visitEntries(batch, batch.first, (_position, kind, command) => {
        if (kind !== "command")
          throw new CastleError("FRAME_MALFORMED", "only commands are submitted");
        if (session.isRefusing) return;
        // Gateways are told what may be sent; what crossed that word on the way is left out.
        if (commandVersionOf(command) > this.allowedVersion()) {
          this.counts.refused++;
          return;
        }
        if (this.submit(command)) return;
        session.isRefusing = true;
        this.counts.refused++;
        session.connection.send({ kind: "busy" });
      });
    }
  }

  submit(command: Uint8Array): boolean {
    try {
      decodeCommand(command);
    } catch (cause) {
      const text = `a command cannot be read: ${(cause as Error).message}`;
      throw new CastleError("FRAME_MALFORMED", text, {}, { cause });
    }
    this.lastUs = Math.max(this.lastUs, Math.floor(this.clock.wallMs() * 1000));
    setTimestampUs(command, this.lastUs);
    const isTaken = this.replica.submit(command);
    if (isTaken) this.counts.taken++;
    return isTaken;
  }
}
