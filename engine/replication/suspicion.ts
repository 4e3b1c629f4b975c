// Suspicion: when does a standby stop believing in its primary? Pure: what was heard, and when,
// comes in; a verdict goes out. Times are of the engine's *awake* clock, which stands still while
// the engine itself is paused: a sleeper must not take its own sleep for the primary's silence.
// Invariants: silence on one path alone is never enough; datagrams alone are not trusted for ever.
// A wrong verdict costs a switch, never an order (rule 3); so that one does not follow another, an
// engine that was primary a moment ago asks for more silence (anti-flap).

import { assert } from "../core/assert.ts";

export interface Heard {
  /** Last message of the primary on the direct stream. */
  readonly onStreamMs: number;
  /** Last sign of it in Redis: a beat that was not there before. */
  readonly inJournalMs: number;
  /** Last datagram that said that it lives: lost ones hold nothing up, as lost segments do. */
  readonly onBeatMs: number;
  /** The primary's process is gone: its machine refused a connection after a reset. */
  readonly isRefused: boolean;
  /** The other engine itself says that it is not primary. */
  readonly isDisowned: boolean;
  /** When this engine was last deposed, without having handed over. */
  readonly deposedMs: number;
}

export interface Patience {
  readonly failureTimeoutMs: number;
  /** After a switch, silence has to last longer for so long. */
  readonly antiFlapMs: number;
}

export type Suspicion =
  | { readonly kind: "trusted" }
  | {
      readonly kind: "suspected";
      readonly reason: "SILENT" | "STREAM_DEAD" | "PROCESS_DIED" | "DISOWNED";
    };

/**
 * Failure timeouts without anything on stream and journal before beats no longer help: 3 s by
 * default. Packet loss holds a stream up for 200, 400, 800 ms, and after 2 s a link is replaced; a
 * primary that gets nothing but datagrams through for longer can commit nothing either.
 */
const streamDeadTimeouts = 15;

/**
 * Failure timeouts of silence that one engine needs to take the primary's place back: 1 s by default.
 * What made it fall silent itself, a hung machine or a bad network, is then most often over.
 */
const antiFlapTimeouts = 5;

/** How long the primary may be silent now. */
export function silenceMsMax(heard: Heard, nowMs: number, patience: Patience): number {
  const isCalm = nowMs - heard.deposedMs >= patience.antiFlapMs;
  return (isCalm ? 1 : antiFlapTimeouts) * patience.failureTimeoutMs;
}

export function suspect(heard: Heard, nowMs: number, patience: Patience): Suspicion {
  // Reset and then refused: the machine is alive and says that the process is not. No need to wait.
  if (heard.isRefused) return { kind: "suspected", reason: "PROCESS_DIED" };
  if (heard.isDisowned) return { kind: "suspected", reason: "DISOWNED" };
  const lastTrafficMs = Math.max(heard.onStreamMs, heard.inJournalMs);
  const lastHeardMs = Math.max(lastTrafficMs, heard.onBeatMs);
  assert(lastHeardMs <= nowMs, "nothing is heard in the future");
  const silenceMs = silenceMsMax(heard, nowMs, patience);
  if (nowMs - lastHeardMs >= silenceMs) return { kind: "suspected", reason: "SILENT" };
  if (nowMs - lastTrafficMs >= streamDeadTimeouts * patience.failureTimeoutMs) {
    return { kind: "suspected", reason: "STREAM_DEAD" };
  }
  return { kind: "trusted" };
}

/** A clock that advances by at most `stepMsMax` between two looks at it. */
export class AwakeClock {
  private lastMs: number;
  private readonly stepMsMax: number;
  nowMs = 0;

  constructor(startMs: number, stepMsMax: number) {
    this.lastMs = startMs;
    this.stepMsMax = stepMsMax;
  }

  advanceTo(wallMs: number): void {
    const step = Math.max(0, wallMs - this.lastMs);
    this.lastMs = Math.max(this.lastMs, wallMs);
    this.nowMs += Math.min(step, this.stepMsMax);
  }
}
