// All tasks of a zone run the gateway of that zone: one name, several processes. What tells them apart towards
// engines and core is each process's own session, so commands, answers and repeats of one are not the other's.

import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { EngineCluster, type EngineNumber } from "../../../support/engine-cluster.ts";
import { freePort } from "../../../support/free-port.ts";
import { read, sign, type Trader } from "./harness.ts";

const gatewayMain = fileURLToPath(new URL("../../../../engine/gateway-main.ts", import.meta.url));
const ordersEach = 150;

const traders: readonly Trader[] = ["alice", "bobby"].map((name, index) => ({
  accountId: index + 1,
  apiKey: `${name}Key`.padEnd(32, "0"),
  secretKey: `${name}-secret-0123456789`,
}));

describe("Two gateways of one name", function () {
  // Five processes and a failover.
  this.timeout(60_000);

  let cluster: EngineCluster;
  const gateways: { readonly url: string; readonly child: ChildProcess }[] = [];

  before(async () => {
    cluster = await EngineCluster.prepare();
    const accounts = traders.map((trader) => ({
      ...trader,
      name: "test",
      deposits: { CASH: "1000000" },
    }));
    writeFileSync(join(cluster.dir, "keys.json"), JSON.stringify({ accounts }));
    cluster.run(1);
    cluster.run(2);
    await cluster.whole();
    for (const number of [1, 2]) gateways.push(await startGateway(number));
  });

  after(async () => {
    for (const { child } of gateways) child.kill("SIGKILL");
    await cluster.remove();
  });

  async function startGateway(number: number) {
    const [node] = cluster.config.gateways;
    const httpPort = await freePort();
    const config = {
      ...cluster.config,
      gateways: [{ ...node, httpPort, statusPort: await freePort() }],
      limits: { ordersPer10Seconds: 1_000_000, ordersPerDay: 10_000_000 },
    };
    const file = join(cluster.dir, `exchange-gateway-${number}.json`);
    writeFileSync(file, JSON.stringify(config));
    const args = [gatewayMain, "--config", file, "--node", "gateway-a"];
    const child = spawn(process.execPath, args, { stdio: "ignore" });
    const url = `http://127.0.0.1:${httpPort}`;
    const isHealthy = () =>
      fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isHealthy())) await sleep(20);
    return { url, child };
  }

  async function ask(url: string, trader: Trader, request: string, params: object) {
    const [method = "", path = ""] = request.split(" ");
    const query = new URLSearchParams({ ...params, timestamp: String(Date.now()) }).toString();
    const headers = { "X-MBX-APIKEY": trader.apiKey };
    const signature = sign(query, trader);
    return read(await fetch(`${url}${path}?${query}&signature=${signature}`, { method, headers }));
  }

  async function place(url: string, trader: Trader, newClientOrderId: string) {
    const order = { side: "BUY", type: "LIMIT", timeInForce: "GTC", price: "1.00", quantity: "1" };
    const params = { symbol: "COINCASH", ...order, newClientOrderId };
    const { status, body } = await ask(url, trader, "POST /api/v3/order", params);
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body.clientOrderId).to.equal(newClientOrderId);
  }

  it("each answer their own clients, once, and send again what a lost primary left open", async () => {
    const placed = gateways.map(async ({ url }, index) => {
      const trader = traders[index] as Trader;
      const all: Promise<void>[] = [];
      for (let order = 0; order < ordersEach; order++) {
        all.push(place(url, trader, `${index}-${order}`));
        await sleep(3);
      }
      await Promise.all(all);
    });
    const primary = await cluster.until(({ isServing }) => isServing);
    await sleep(150);
    const lost: EngineNumber = primary.node === "engine-1" ? 1 : 2;
    await cluster.end(lost, "SIGKILL");
    await Promise.all(placed);
    for (const [index, trader] of traders.entries()) {
      // Through the other gateway: both follow one journal.
      const { url } = gateways[1 - index] as (typeof gateways)[number];
      const { body } = await ask(url, trader, "GET /api/v3/openOrders", { symbol: "COINCASH" });
      const ids = body.map(({ clientOrderId }: { clientOrderId: string }) => clientOrderId);
      expect(ids).to.have.members(
        Array.from({ length: ordersEach }, (_, order) => `${index}-${order}`),
      );
    }
  });
});
