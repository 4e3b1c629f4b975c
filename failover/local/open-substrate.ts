// Which substrate this program gets: network namespaces where asked for and permitted, else
// loopback, with the reason.

import { ClusterError } from "../errors.ts";
import { insideVariable, runInsideZones } from "./enter-zones.ts";
import { loopback } from "./loopback.ts";
import { netns } from "./netns.ts";
import { stopOrphans } from "./orphans.ts";
import type { Substrate } from "./substrate.ts";

export interface SubstrateOptions {
  /** `auto`: namespaces where the machine permits them. */
  readonly wanted: "auto" | "netns" | "loopback";
  /** Of the exchange that is to be started. */
  readonly dataDir: string;
}

/**
 * For namespaces the program is started again inside of them with the same arguments; the call
 * returns in there only, and out here the process ends when the one inside does. So it must come
 * first, before anything is opened or printed.
 */
export async function openSubstrate({ wanted, dataDir }: SubstrateOptions): Promise<Substrate> {
  if (wanted === "loopback") return loopback(undefined);
  if (process.env[insideVariable] !== undefined) {
    delete process.env[insideVariable];
    return netns();
  }
  // Processes of an earlier run on loopback could not be seen from inside.
  await stopOrphans(dataDir);
  const entered = await runInsideZones();
  if (entered.kind === "ran") process.exit(entered.exitCode);
  if (wanted === "auto") return loopback(entered.reason);
  throw new ClusterError(
    "ZONES_UNSUPPORTED",
    `this machine permits no network namespaces (${entered.reason}): leave out --zones netns`,
  );
}

/** When the user's command began, in milliseconds since the epoch: also from inside of zones. */
export const beganAtMs = Number(process.env[insideVariable] ?? performance.timeOrigin);
