// No fault, but the operator's planned act: the primary hands over to its standby. In a drill it shows
// what clients notice of it.

import type { Exchange } from "../../failover/index.ts";
import { ChaosError } from "../errors.ts";
import type { Fault } from "./fault.ts";

const timeoutMs = 2_000;

export function switchover(exchange: Exchange, engine: string): Fault {
  const node = exchange.nodes.find(({ name }) => name === engine);
  return {
    kind: "switchover",
    title: `${engine} hands over to the other engine`,
    reach: { zones: node === undefined ? [] : [node.zone], processes: [engine] },
    begin: async () => {
      const response = await fetch(`${node?.statusUrl}/admin/switchover`, {
        method: "POST",
        headers: { authorization: `Bearer ${exchange.keys.operatorToken ?? ""}` },
        body: JSON.stringify({ by: "castle drill", reason: "drill of a planned switchover" }),
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.ok) return;
      const text = `${engine} does not hand over: ${await response.text()}`;
      throw new ChaosError("NO_TARGET", text, { engine });
    },
    // What was planned stays: nothing is to be mended.
    end: async () => {},
  };
}
