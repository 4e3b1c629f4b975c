// Turns an experiment's fault into one aimed at the exchange as it is now.

import type { Exchange } from "../../failover/index.ts";
import { ChaosError } from "../errors.ts";
import type { Experiment } from "../experiment.ts";
import type { Fault } from "./fault.ts";
import { processKill } from "./process-kill.ts";
import { processPause } from "./process-pause.ts";
import { switchover } from "./switchover.ts";
import { zoneSilent } from "./zone-silent.ts";

export async function aim(exchange: Exchange, wanted: Experiment["fault"]): Promise<Fault> {
  const zone = await exchange.zoneOf(wanted.target);
  const engine = exchange.config.engines.find((one) => one.zone === zone);
  if (zone === undefined || engine === undefined) {
    throw new ChaosError("NO_TARGET", `no engine says that it is the ${wanted.target}`);
  }
  if (wanted.kind === "zone-silent") return zoneSilent(exchange, zone);
  const name = `engine-${engine.id}`;
  if (wanted.kind === "switchover") return switchover(exchange, name);
  return wanted.kind === "process-kill"
    ? processKill(exchange, name)
    : processPause(exchange, name);
}
