// A process stands still (SIGSTOP) with all its connections open, and later goes on.

import type { Exchange } from "../../failover/index.ts";
import { ChaosError } from "../errors.ts";
import type { Fault } from "./fault.ts";

export function processPause(exchange: Exchange, name: string): Fault {
  const found = exchange.processes().find((process) => process.name === name);
  let isOn = false;
  return {
    kind: "process-pause",
    title: `${name} stands still`,
    reach: { zones: found === undefined ? [] : [found.zone], processes: [name] },
    begin: async () => {
      isOn = exchange.killProcess(name, "SIGSTOP");
      if (!isOn) {
        throw new ChaosError("NO_TARGET", `${name} does not run, so it cannot be paused`, { name });
      }
    },
    end: async () => {
      if (isOn) exchange.killProcess(name, "SIGCONT");
      isOn = false;
    },
  };
}
