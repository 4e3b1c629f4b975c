import { createServer } from "node:net";

/**
 * Above what local exchanges take (test/support/regions-ports.ts) and below what the system gives to outgoing
 * connections, one of which could have the port before its owner listens.
 */
const [lowest, highest] = [31_200, 32_700] as const;
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < highest - lowest; attempt += 1) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  return systemsChoice();
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Where a long run has used all of those up. */
async function systemsChoice(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}
