// A process dies at once (kill -9). Its supervisor ends the fault by starting it again.

import type { Exchange } from "../../failover/index.ts";
import { ChaosError } from "../errors.ts";
import type { Fault } from "./fault.ts";

export function processKill(exchange: Exchange, name: string): Fault {
  const found = exchange.processes().find((process) => process.name === name);
  return {
    kind: "process-kill",
    title: `${name} is killed`,
    reach: { zones: found === undefined ? [] : [found.zone], processes: [name] },
    begin: async () => {
      if (!exchange.killProcess(name, "SIGKILL")) {
        throw new ChaosError("NO_TARGET", `${name} does not run, so it cannot be killed`, { name });
      }
    },
    end: async () => {},
  };
}
