// Free ports: whether everything can listen where it is to, asked before anything starts.

import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ClusterError } from "../errors.ts";
import type { Listener } from "./zones.ts";

/**
 * `patienceMs`: a process that was just killed may be gone from the process table while its last
 * threads still hold its sockets.
 * @throws ClusterError PORT_TAKEN naming each port that is taken, and what to do.
 */
export async function assertPortsFree(
  listeners: readonly Listener[],
  host: string,
  patienceMs = 0,
): Promise<void> {
  const deadlineMs = performance.now() + patienceMs;
  let taken = await takenOf(listeners, host);
  while (taken.length > 0 && performance.now() < deadlineMs) {
    await sleep(20);
    taken = await takenOf(listeners, host);
  }
  if (taken.length === 0) return;
  const names = taken.map(({ port, name }) => `${port} (for ${name})`).join(", ");
  throw new ClusterError(
    "PORT_TAKEN",
    `port ${names} on ${host} is taken by another program: stop it, or choose other ports by --port-base`,
    { ports: taken.map(({ port }) => port) },
  );
}

async function takenOf(listeners: readonly Listener[], host: string): Promise<Listener[]> {
  const results = await Promise.all(
    listeners.map(async (listener) => ({ listener, isFree: await isFree(host, listener.port) })),
  );
  return results.filter(({ isFree }) => !isFree).map(({ listener }) => listener);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
