// A zone falls silent: no packet leaves or reaches it, and nobody is told.

import type { Exchange, Zone } from "../../failover/index.ts";
import type { Fault } from "./fault.ts";

export function zoneSilent(exchange: Exchange, zone: Zone): Fault {
  let isOn = false;
  return {
    kind: "zone-silent",
    title: `zone ${zone} falls silent`,
    reach: {
      zones: [zone],
      processes: exchange
        .processes()
        .filter((process) => process.zone === zone)
        .map((process) => process.name),
    },
    begin: async () => {
      isOn = true;
      await exchange.isolateZone(zone);
    },
    end: async () => {
      if (!isOn) return;
      isOn = false;
      await exchange.healZone(zone);
    },
  };
}
