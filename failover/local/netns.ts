// Netns: each zone a network namespace on a common bridge, all of it inside of namespaces of our own.
// A zone falls silent by its port on the bridge: frames vanish there in both directions, the cable
// stays up, nothing is reset, nobody gets an ICMP. Healed, they pass again at once.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { addressOf, namespacePath, portOf } from "./netns-script.ts";
import type { Substrate } from "./substrate.ts";
import type { Zone } from "./zones.ts";

// Port states of the bridge (802.1D). Not 0, disabled: the kernel takes a disabled port whose cable
// is up for one that has just been plugged in, and enables it again.
const listening = 1;
const forwarding = 3;

/** Two milliseconds' work; a kernel that does not answer must not hang a drill. */
const timeoutMs = 5_000;

const run = promisify(execFile);

async function setPort(zone: Zone, state: number): Promise<void> {
  const args = ["link", "set", portOf(zone), "type", "bridge_slave", "state", String(state)];
  await run("ip", args, { timeout: timeoutMs });
}

/**
 * The namespaces must be there already (`netns-script.ts`). `outsidePid` is this process as the
 * machine knows it.
 */
export function netns(
  outsidePid: number,
  { hasUserNamespace }: { readonly hasUserNamespace: boolean },
): Substrate {
  const userFlags = hasUserNamespace ? " --user --preserve-credentials" : "";
  return {
    kind: "netns",
    reason: undefined,
    enterCommand: `nsenter --target ${outsidePid}${userFlags} --net --`,
    hostOf: addressOf,
    commandIn: (place, { command, args }) => ({
      // nsenter replaces itself by the command: the pid is the command's, signals reach it.
      command: "nsenter",
      args: [`--net=${namespacePath(place)}`, "--", command, ...args],
    }),
    isolate: (zone) => setPort(zone, listening),
    heal: (zone) => setPort(zone, forwarding),
  };
}
