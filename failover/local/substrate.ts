// Substrate: what zones are made of. Network namespaces where the machine allows (a lost zone is
// perfectly silent), else plain processes on the loopback network.

import type { Place, Zone } from "./zones.ts";

export interface Commandline {
  readonly command: string;
  readonly args: readonly string[];
}

export interface Substrate {
  readonly kind: "netns" | "loopback";
  /** Loopback only: why there are no namespaces. */
  readonly reason: string | undefined;
  /** What to put before a command to run it where the zones can be reached; empty for loopback. */
  readonly enterCommand: string;
  /** The address of a zone's machine. */
  hostOf(zone: Zone): string;
  /** The same command, run in a zone. It replaces itself, so that its pid is the command's. */
  commandIn(place: Place, commandline: Commandline): Commandline;
  /** No packet leaves or reaches the zone from now on, and nobody is told. */
  isolate(zone: Zone, pids: readonly number[]): Promise<void>;
  heal(zone: Zone, pids: readonly number[]): Promise<void>;
}
