// Which substrate this program gets: network namespaces where asked for and permitted, else
// loopback, with the reason.

import { ClusterError } from "../errors.ts";
import { insideVariable, runInsideZones } from "./enter-zones.ts";
import { loopback } from "./loopback.ts";
import { netns } from "./netns.ts";
import { stopOrphans } from "./orphans.ts";
import type { Tell } from "./progress.ts";
import { ensureRedis } from "./redis-binary.ts";
import type { Substrate } from "./substrate.ts";

export interface SubstrateOptions {
  /** `auto`: namespaces where the machine permits them. */
  readonly wanted: "auto" | "netns" | "loopback";
  /** Of the exchange that is to be started. */
  readonly dataDir: string;
  /** Servers of somebody else's are used, which zones of namespaces could not reach. */
  readonly needsOutside?: boolean;
  readonly tell?: Tell;
}

/** What the program outside hands to the one inside. */
const [givenBeganAtMs, owner, outsidePid] = (process.env[insideVariable] ?? "").split(" ");

/** When the user's command began, in milliseconds since the epoch: also from inside of zones. */
export const beganAtMs = Number(givenBeganAtMs || performance.timeOrigin);

/**
 * For namespaces the program is started again inside of them with the same arguments; the call
 * returns in there only, and out here the process ends when the one inside does. So it must come
 * first, before anything is opened or printed.
 */
export async function openSubstrate(options: SubstrateOptions): Promise<Substrate> {
  const { wanted, dataDir, needsOutside = false, tell = () => {} } = options;
  if (wanted === "loopback") return loopback(undefined);
  if (outsidePid !== undefined) {
    // For this process alone: one that it starts is not what was started inside.
    delete process.env[insideVariable];
    return netns(Number(outsidePid), { hasUserNamespace: owner === "user" });
  }
  if (needsOutside) {
    return unsupported(wanted, "servers outside of the zones were given, and cannot be reached");
  }
  // In there is no way to the package manager's servers.
  await ensureRedis(tell);
  // Processes of an earlier run on loopback could not be seen from inside.
  await stopOrphans(dataDir);
  const entered = await runInsideZones();
  if (entered.kind === "ran") process.exit(entered.exitCode);
  return unsupported(wanted, entered.reason);
}

function unsupported(wanted: "auto" | "netns", reason: string): Substrate {
  if (wanted === "auto") return loopback(reason);
  throw new ClusterError(
    "ZONES_UNSUPPORTED",
    `no zones of network namespaces: ${reason}; leave out --zones netns`,
  );
}
