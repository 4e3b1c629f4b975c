// Runs in a network namespace of its own: an exchange under 10 % packet loss on every link, and one
// engine after the other stopped for 100 ms, once a second. Prints what came of it as JSON.
//   node packet-loss-program.ts SECONDS BEAT_MS

import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineCluster, type EngineNumber } from "../../../support/engine-cluster.ts";
import { LedgerClient } from "../../../support/ledger-client.ts";

const [seconds = 10, beatMs = 15] = process.argv.slice(2).map(Number);
const nft = (command: string) => execFileSync("nft", [command]);

nft("add table inet loss");
nft("add chain inet loss arriving { type filter hook input priority 0; }");
const cluster = await EngineCluster.start({ timing: { beatMs } });
const client = await LedgerClient.connect(cluster.config);
const trading = setInterval(() => client.deposit(5), 10);
const before = await cluster.whole();
const startMs = performance.timeOrigin + performance.now();
nft("add rule inet loss arriving numgen random mod 100 < 10 drop");
for (let second = 0; second < seconds; second++) {
  const id: EngineNumber = second % 2 === 0 ? 1 : 2;
  cluster.signal(id, "SIGSTOP");
  await sleep(100);
  cluster.signal(id, "SIGCONT");
  await sleep(900);
}
nft("flush chain inet loss arriving");
clearInterval(trading);
await client.settled();
const after = await cluster.until(() => true);
const statuses = [await cluster.status(1), await cluster.status(2)];
const suspicions = statuses.flatMap((status) =>
  (status?.decisions ?? []).filter(({ code, atMs }) => code === "SUSPECTED" && atMs > startMs),
);
const outcome = {
  suspicions: suspicions.length,
  switches: after.epoch === before.epoch ? 0 : 1,
  submitted: client.submitted,
  acknowledged: client.acknowledged,
  balance: client.balance,
};
process.stdout.write(`${JSON.stringify(outcome)}\n`);
client.close();
await cluster.remove();
process.exit(0);
