// Free ports: whether everything can listen where it is to, asked before anything starts.

import { createServer } from "node:net";
import { ClusterError } from "../errors.ts";
import type { Listener } from "./zones.ts";

/** @throws ClusterError PORT_TAKEN naming each port that is taken, and what to do. */
export async function assertPortsFree(listeners: readonly Listener[], host: string): Promise<void> {
  const results = await Promise.all(
    listeners.map(async (listener) => ({ listener, isFree: await isFree(host, listener.port) })),
  );
  const taken = results.filter(({ isFree }) => !isFree).map(({ listener }) => listener);
  if (taken.length === 0) return;
  const names = taken.map(({ port, name }) => `${port} (for ${name})`).join(", ");
  throw new ClusterError(
    "PORT_TAKEN",
    `port ${names} on ${host} is taken by another program: stop it, or choose other ports by --port-base`,
    { ports: taken.map(({ port }) => port) },
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
