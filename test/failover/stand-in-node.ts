// A stand-in for a node of the exchange: serves /status and /health, and ends on SIGTERM, so that the
// supervisor can be tested without the exchange.

import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { exchangeSchema, loadJson } from "../../engine/index.ts";

const [, , , configFile = "", , name = ""] = process.argv;
const config = loadJson(exchangeSchema, configFile);
const engine = config.engines.find(({ id }) => `engine-${id}` === name);
const gateway = config.gateways.find(({ id }) => id === name);
const { host, statusPort, zone } = engine ?? gateway ?? config.history;
const shared = { node: name, zone, pid: process.pid, uptimeMs: 1, isServing: true, epoch: 1 };
const mark = { position: 0, hash: "" };
const status = engine
  ? {
      ...shared,
      kind: "engine",
      role: engine.id === 1 ? "primary" : "standby",
      position: { appended: 7, committed: 7, applied: 7 },
      inSync: ["peer", "redis"],
      peer: { isConnected: true, position: 7 },
      redis: { isReachable: true, instance: "x", isAgreed: true },
      mark,
      decisions: [],
    }
  : { ...shared, kind: gateway ? "gateway" : "history", position: 7, lagEntries: 0, mark };

// How the tests learn in which order processes began and ended.
const note = (what: string) =>
  appendFileSync(join(config.dataDir, "order.log"), `${what} ${name}\n`);

const server = createServer((request, response) => {
  if (request.url === "/status") response.end(JSON.stringify(status));
  else response.writeHead(request.url === "/health" ? 200 : 404).end();
});
server.listen(statusPort, host, () => note("began"));
process.on("SIGTERM", () => {
  note("ended");
  process.exit(0);
});
