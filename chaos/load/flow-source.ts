// Where the load's actions come from: the generator, or a recorded file at a multiple of its speed.

import { withBeats } from "../../flow/beats.ts";
import type { FlowAction } from "../../flow/flow-action.ts";
import { FlowUnreadable } from "../../flow/flow-unreadable.ts";
import { readLobsterFlow } from "../../flow/lobster.ts";
import { ramped } from "../../flow/ramp.ts";
import { syntheticFlow } from "../../flow/synthetic.ts";
import type { LoadOptions } from "./load-protocol.ts";
import type { Market } from "./market.ts";

export function openFlow(
  options: Pick<LoadOptions, "flow" | "seed" | "rampMs" | "durationMs" | "beatsPerS">,
  markets: readonly Market[],
): Iterator<FlowAction> {
  const { flow, seed, rampMs, beatsPerS } = options;
  const durationMs = rampMs + options.durationMs;
  const flowActions =
    flow.kind === "synthetic"
      ? syntheticFlow({ seed, ratePerS: flow.ratePerS, durationMs, instruments: markets })
      : atSpeed(readLobsterFlow(flow.file), flow.speed);
  const actions = rampMs > 0 ? ramped(flowActions, rampMs) : flowActions;
  if (beatsPerS === 0) return actions;
  const midTicks = markets[0]?.midTicks ?? 1;
  return withBeats(actions, { everyMs: 1000 / beatsPerS, durationMs, midTicks });
}

/** The price at which a recorded flow begins. @throws FlowUnreadable, also where it has no order. */
export function firstPriceTicks(file: string): number {
  for (const action of readLobsterFlow(file)) {
    if (action.kind === "add") return action.priceTicks;
  }
  throw new FlowUnreadable("no order is in it", file, 1);
}

function* atSpeed(actions: Iterable<FlowAction>, speed: number): Generator<FlowAction> {
  for (const action of actions) yield { ...action, atMs: action.atMs / speed };
}
