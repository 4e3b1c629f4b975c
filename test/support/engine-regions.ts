// Two regions of real engines and a real Redis each, with a real border between them. Nobody but the
// test tells them who leads: what a register would say is said here.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { AdminAnswer } from "../../engine/admin.ts";
import { type EngineStatus, type JournalEntry, readJournal } from "../../engine/index.ts";
import { Border } from "../../failover/local/border.ts";
import { EngineCluster, type EngineNumber } from "./engine-cluster.ts";
import { freePort } from "./free-port.ts";

const host = "127.0.0.1";
const controllerMain = fileURLToPath(new URL("../../failover/controller-main.ts", import.meta.url));
const operatorToken = "operator-token-of-the-test";
const ids: readonly EngineNumber[] = [1, 2];

export interface EngineRegionsOptions {
  readonly durability: "zone" | "region-sync";
  readonly rttMs?: number;
}

type Said = NonNullable<EngineStatus["region"]>;

export class EngineRegions {
  readonly prod: EngineCluster;
  readonly dr: EngineCluster;
  readonly border: Border;
  private readonly controllers: ChildProcess[] = [];

  private constructor(prod: EngineCluster, dr: EngineCluster, border: Border) {
    this.prod = prod;
    this.dr = dr;
    this.border = border;
  }

  /** Prod leads in term 1, dr follows it; both are whole. */
  static async start({ durability, rttMs = 70 }: EngineRegionsOptions): Promise<EngineRegions> {
    const into = {
      prod: [await freePort(), await freePort(), await freePort()],
      dr: [await freePort(), await freePort(), await freePort()],
    } as { prod: [number, number, number]; dr: [number, number, number] };
    const prepare = (name: "prod" | "dr", peer: "prod" | "dr") =>
      EngineCluster.prepare({
        region: {
          name,
          startsAs: name === "prod" ? "active" : "dr",
          durability,
          hasRegister: true,
          peer: {
            name: peer,
            engines: [
              { host, linkPort: into[peer][0] },
              { host, linkPort: into[peer][1] },
            ],
            redisUrl: `redis://${host}:${into[peer][2]}`,
          },
        },
      });
    const prod = await prepare("prod", "dr");
    const dr = await prepare("dr", "prod");
    const links = ([prod, dr] as const).flatMap((cluster) => {
      const ports = into[cluster === prod ? "prod" : "dr"];
      const targets = [
        ...cluster.config.engines.map(({ linkPort }) => linkPort),
        cluster.redis.port,
      ];
      return targets.map((port, index) => ({
        host,
        port: ports[index] as number,
        target: { host, port },
      }));
    });
    const regions = new EngineRegions(prod, dr, await Border.open({ rttMs, links }));
    for (const cluster of [prod, dr]) for (const id of ids) cluster.run(id);
    await regions.lead(prod, 1);
    await regions.lead(dr, 1, "dr");
    await prod.whole();
    await regions.level(prod, dr);
    return regions;
  }

  /** Tells both engines of a region, until both have said yes. */
  async lead(
    cluster: EngineCluster,
    term: number,
    role: "active" | "dr" = "active",
  ): Promise<void> {
    for (const id of ids) {
      while (!(await this.ask(cluster, id, "region", { role, term }))?.isDone) await sleep(20);
    }
  }

  /** `null` where the engine does not answer. */
  async ask(
    cluster: EngineCluster,
    id: EngineNumber,
    verb: "region" | "drain",
    body: object,
  ): Promise<AdminAnswer | null> {
    const port = cluster.config.engines.find((engine) => engine.id === id)?.statusPort;
    try {
      const response = await fetch(`http://${host}:${port}/admin/${verb}`, {
        method: "POST",
        headers: { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" },
        body: JSON.stringify({ by: "test", reason: "the test says so", ...body }),
        signal: AbortSignal.timeout(2_000),
      });
      return (await response.json()) as AdminAnswer;
    } catch {
      return null;
    }
  }

  /** Waits until both engines of a region satisfy this. */
  async both(
    cluster: EngineCluster,
    isSo: (status: EngineStatus & { region: Said }) => boolean,
  ): Promise<void> {
    for (const id of ids) {
      for (;;) {
        const status = await cluster.status(id);
        if (status?.region !== undefined && isSo({ ...status, region: status.region })) break;
        await sleep(20);
      }
    }
  }

  /** Waits until the follower has all that the leader has committed, with the same state. */
  async level(leader: EngineCluster, follower: EngineCluster): Promise<EngineStatus> {
    const primary = await leader.until(
      ({ position, mark }) =>
        position.committed === position.appended && mark.position === position.applied,
    );
    await this.both(
      follower,
      ({ position, mark }) =>
        position.committed >= primary.position.committed && mark.position === position.applied,
    );
    return primary;
  }

  /** A controller in each region, over a register that lies there. */
  async control(registerEndpoint: string): Promise<void> {
    const deployment = join(this.prod.dir, "deployment.json");
    const sides = [
      { name: "prod", cluster: this.prod },
      { name: "dr", cluster: this.dr },
    ];
    const of = async ({ name, cluster }: (typeof sides)[number]) => ({
      name,
      exchange: join(cluster.dir, "exchange.json"),
      controller: { host, statusPort: await freePort() },
    });
    const plan = {
      shard: this.prod.config.shard,
      register: { endpoint: registerEndpoint, awsRegion: "us-east-1", table: "castle" },
      regions: await Promise.all(sides.map(of)),
    };
    writeFileSync(deployment, JSON.stringify(plan));
    for (const { name } of sides) {
      const args = [controllerMain, "--config", deployment, "--region", name];
      this.controllers.push(spawn(process.execPath, args, { stdio: "ignore" }));
    }
    for (const { controller } of plan.regions) {
      const url = `http://${host}:${controller.statusPort}/status`;
      while ((await fetch(url).catch(() => null))?.ok !== true) await sleep(50);
    }
  }

  /** Every process of a region at once. */
  async lose(cluster: EngineCluster): Promise<void> {
    for (const id of ids) cluster.signal(id, "SIGKILL");
    cluster.redis.signal("SIGKILL");
    for (const id of ids) await cluster.ended(id);
  }

  async revive(cluster: EngineCluster): Promise<void> {
    await cluster.redis.start();
    for (const id of ids) cluster.run(id);
  }

  /** What an operator does to a region that cannot follow: its engines' disks are put aside. */
  async archive(cluster: EngineCluster): Promise<string[]> {
    for (const id of ids) await cluster.end(id, "SIGTERM");
    return ids.map((id) => {
      const aside = `${cluster.engineDir(id)}.aside`;
      renameSync(cluster.engineDir(id), aside);
      return aside;
    });
  }

  async remove(): Promise<void> {
    for (const controller of this.controllers) {
      const gone = once(controller, "exit");
      controller.kill("SIGTERM");
      await gone;
    }
    await this.prod.remove();
    await this.dr.remove();
    await this.border.close();
  }
}

/** A stopped engine's entries, in order. */
export async function journalOf(dir: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of readJournal(dir)) entries.push(entry);
  return entries;
}
