// A share of all packets between the zones is lost, in both directions: each zone drops what comes
// from the others, by nftables inside of its own network. Clients' packets pass. Needs network
// namespaces and `nft`; the rules die with the namespaces at the latest.

import { once } from "node:events";
import type { Exchange, Zone } from "../../failover/index.ts";
import { ChaosError } from "../errors.ts";
import type { Fault } from "./fault.ts";

/** A table of our own: removing it removes everything that was added. */
const table = "inet castle_loss";
const zones: readonly Zone[] = ["a", "b", "c"];
const nftTimeoutMs = 5_000;

/** @throws ChaosError FAULT_UNSUPPORTED where zones are no network namespaces. */
export function packetLoss(exchange: Exchange, percent: number): Fault {
  if (exchange.substrate.kind !== "netns") {
    const why = exchange.substrate.reason ?? "zones on loopback were asked for";
    throw new ChaosError(
      "FAULT_UNSUPPORTED",
      `packets can be lost between namespaces only: ${why}`,
    );
  }
  const hosts = [...new Set(exchange.config.gateways.map(({ host }) => host))];
  const isOn = new Set<Zone>();
  return {
    kind: "packet-loss",
    title: `${percent} % of all packets between the zones are lost`,
    reach: { zones, processes: exchange.processes().map(({ name }) => name) },
    begin: async () => {
      for (const zone of zones) {
        isOn.add(zone);
        await nft(exchange, zone, lossScript(hosts, percent));
      }
    },
    end: async () => {
      for (const zone of isOn) {
        // Declared first, so that deleting one that never came to be is no error.
        await nft(exchange, zone, `table ${table} {}\ndelete table ${table}\n`);
        isOn.delete(zone);
      }
    },
  };
}

/** Per mille, since a share below one percent is of interest too. */
export function lossScript(hosts: readonly string[], percent: number): string {
  const perMille = Math.round(percent * 10);
  return [
    `table ${table} {`,
    "  chain input {",
    "    type filter hook input priority 0; policy accept;",
    `    ip saddr { ${hosts.join(", ")} } numgen random mod 1000 < ${perMille} drop`,
    "  }",
    "}",
    "",
  ].join("\n");
}

async function nft(exchange: Exchange, zone: Zone, script: string): Promise<void> {
  const child = exchange.spawnIn(zone, "nft", ["-f", "-"], { stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  child.stderr?.on("data", (piece) => {
    said += piece;
  });
  // One that cannot be started closes its pipe, and says so by its exit.
  child.stdin?.on("error", () => {});
  const timer = setTimeout(() => child.kill("SIGKILL"), nftTimeoutMs);
  child.stdin?.end(script);
  const [code] = await once(child, "close").catch((error: Error) => [error.message]);
  clearTimeout(timer);
  if (code === 0) return;
  const words = said.trim().split("\n")[0] || `exit code ${code}`;
  throw new ChaosError(
    "FAULT_UNSUPPORTED",
    `nft does not work in zone ${zone}: ${words}; install the package nftables`,
  );
}
