// Where the load's actions come from: the generator, or a recorded file at a multiple of its speed.

import type { FlowAction } from "../../flow/flow-action.ts";
import { syntheticFlow } from "../../flow/synthetic.ts";
import type { LoadOptions } from "./load-protocol.ts";
import type { Market } from "./market.ts";

export async function openFlow(
  options: Pick<LoadOptions, "flow" | "seed" | "durationMs">,
  markets: readonly Market[],
): Promise<Iterator<FlowAction>> {
  const { flow, seed, durationMs } = options;
  if (flow.kind === "synthetic") {
    return syntheticFlow({ seed, ratePerS: flow.ratePerS, durationMs, instruments: markets });
  }
  const file: string = "../../flow/lobster.ts";
  const { readLobsterFlow } = (await import(file)) as {
    readLobsterFlow: (file: string) => Iterable<FlowAction>;
  };
  return scaled(readLobsterFlow(flow.file), flow.speed);
}

function* scaled(actions: Iterable<FlowAction>, speed: number): Generator<FlowAction> {
  for (const action of actions) yield { ...action, atMs: action.atMs / speed };
}
