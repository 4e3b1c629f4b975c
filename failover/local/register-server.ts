// Register server: a stand-in for DynamoDB on loopback (dynalite), in this process. The adapter of the
// register speaks to it as it does to AWS. Its conditional writes are atomic; it is one server where
// AWS has three regions, so its loss here is the loss of all of them.

import type { AddressInfo, Socket } from "node:net";
import dynalite from "dynalite";

export interface RegisterServer {
  readonly endpoint: string;
  /** Cuts open connections and ends. */
  stop(): Promise<void>;
}

/** @param dir where it keeps its data; in memory where absent. */
export async function startRegisterServer(
  options: { readonly port?: number; readonly dir?: string } = {},
): Promise<RegisterServer> {
  const { port = 0, dir } = options;
  const server = dynalite({ createTableMs: 0, ...(dir === undefined ? {} : { path: dir }) });
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", listening);
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((closed) => {
        server.close(() => closed());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
