// A gentle beginning: the flow's own time runs ever faster, from nothing to full speed, so that what
// is measured afterwards is an exchange at work and not one that starts up. Nothing is left out.

import type { FlowAction } from "./flow-action.ts";

/** The rate grows in a straight line for `rampMs`; later actions keep their distances. */
export function* ramped(actions: Iterable<FlowAction>, rampMs: number): Generator<FlowAction> {
  // Of the flow's own time, what has passed at the end of the ramp.
  const ownMs = rampMs / 2;
  for (const action of actions) {
    // The integral of t / rampMs is t² / 2 rampMs; solved for t.
    const atMs =
      action.atMs < ownMs ? Math.sqrt(2 * rampMs * action.atMs) : action.atMs - ownMs + rampMs;
    yield { ...action, atMs };
  }
}
