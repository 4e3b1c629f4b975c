// Two machines in two zones talk over TCP while one zone falls silent and comes back. Runs inside of
// its own namespaces and prints what was seen as one JSON object.

import { once } from "node:events";
import { openSubstrate } from "../../failover/index.ts";
import { spawnBound } from "../../failover/local/spawn.ts";

const substrate = await openSubstrate({ wanted: "auto", dataDir: process.argv[2] ?? "" });
if (substrate.kind === "loopback") {
  process.stdout.write(JSON.stringify({ reason: substrate.reason }));
  process.exit(0);
}

const port = 9_000;
const echo = `require("node:net").createServer((socket) => socket.pipe(socket)).listen(${port},
  "${substrate.hostOf("b")}", () => console.log("listening"))`;
// Sends a byte every 5 ms; tells of every byte that came back, and of whatever happens to the socket.
const talk = `const socket = require("node:net").connect(${port}, "${substrate.hostOf("b")}");
  const tell = (what) => process.send(what);
  socket.on("data", () => tell("data"));
  for (const event of ["error", "close", "end"]) socket.on(event, () => tell(event));
  setInterval(() => socket.write("."), 5);`;

const server = spawnBound(substrate, "b", process.execPath, ["-e", echo], {
  stdio: ["ignore", "pipe", "inherit"],
});
if (server.stdout !== null) await once(server.stdout, "data");
const talker = spawnBound(substrate, "a", process.execPath, ["-e", talk], {
  stdio: ["ignore", "inherit", "inherit", "ipc"],
});
const seen: string[] = [];
talker.on("message", (what: string) => seen.push(what));
const count = (what: string) => seen.filter((one) => one === what).length;
const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));
const moreData = async () => {
  const before = count("data");
  while (count("data") < before + 5) await pause(5);
};

await moreData();
await substrate.isolate("b", []);
// What was under way when the port closed may still be on its way to us.
await pause(50);
const atSilence = count("data");
await pause(600);
const duringSilence = count("data") - atSilence;
await substrate.heal("b", []);
await moreData();
const broken = seen.filter((what) => what !== "data");
process.stdout.write(JSON.stringify({ duringSilence, broken, healed: true }));
talker.kill();
server.kill();
process.exit(0);
