// One cluster from its start to its end, and what was measured on it: the most orders a second on shared
// cores, the same with a core for the primary, and latencies. A run that a switch of the primary
// came into says nothing: it is told, and made again.

import { type Cluster, type ClusterOptions, startCluster } from "./cluster.ts";
import { Cores } from "./cores.ts";
import { Driver } from "./driver.ts";
import { type Distance, Echo } from "./echo.ts";
import type { Round, Split } from "./price.ts";

export interface Load {
  /**
   * The first orders of a process are its compiler's. And from 500,000 on the core forgets an ended order
   * with each new one: so it goes on for ever, and so it is measured.
   */
  readonly warmOrders: number;
  /** Orders under way for the most that is possible. */
  readonly window: number;
  /** With shared cores, and of latencies. */
  readonly seconds: number;
  /** With a core for the primary: checkpoints come every so many, so each measurement holds one. */
  readonly orders: number;
  /** For latencies, each second. */
  readonly rate: number;
}

export interface Measured extends Round {
  /** `null` where there is none. */
  readonly distance: Distance | null;
}

const warmSecondsMax = 30;
/** A machine that is too slow for all orders is measured for so long. */
const splitSecondsMax = 30;
const attemptsMax = 2;

export class Bench {
  private readonly load: Load;
  private readonly say: (line: string) => void;
  private running: Cluster | undefined;
  private readonly cores = new Cores();

  constructor(load: Load, say: (line: string) => void) {
    this.load = load;
    this.say = say;
  }

  /** For an end that comes early. */
  async stop(): Promise<void> {
    await this.cores.release();
    await this.running?.stop();
    this.running = undefined;
  }

  /** Throughput and latency; over a distance latency alone. */
  async measure(options: ClusterOptions): Promise<Measured> {
    for (let attempt = 1; ; attempt++) {
      const cluster = await startCluster(options);
      this.running = cluster;
      const { links, layoutShard: shard } = cluster;
      const driver = new Driver({ links, shard, enginesMin: links.length });
      try {
        await driver.ready();
        if (options.rttMs > 0) return await this.distant(cluster, driver);
        return await this.near(cluster, driver);
      } catch (error) {
        if (attempt === attemptsMax) throw error;
        this.say(`again, as ${(error as Error).message}`);
      } finally {
        driver.close();
        await this.stop();
      }
    }
  }

  private async near(cluster: Cluster, driver: Driver): Promise<Measured> {
    const { window, seconds, warmOrders } = this.load;
    await driver.throughput(window, { orders: warmOrders, seconds: warmSecondsMax });
    const sharedPerSecond = await driver.throughput(window, { seconds });
    const split = Cores.areSplittable ? await this.split(cluster, driver) : null;
    const latencyMs = await this.latency(driver);
    return { sharedPerSecond, split, latencyMs, distance: null };
  }

  private async distant(cluster: Cluster, driver: Driver): Promise<Measured> {
    await driver.throughput(this.load.window, { seconds: 1 });
    const echo = new Echo(cluster.echoPorts);
    await echo.listen();
    const measuring = echo.measure();
    try {
      const latencyMs = await this.latency(driver);
      echo.end();
      return { sharedPerSecond: 0, split: null, latencyMs, distance: await measuring };
    } finally {
      echo.end();
      measuring.catch(() => undefined);
    }
  }

  private async latency(driver: Driver) {
    await driver.latency(this.load.rate, 1);
    return driver.latency(this.load.rate, this.load.seconds);
  }

  private async split(cluster: Cluster, driver: Driver): Promise<Split> {
    const { window, orders } = this.load;
    const primary = `engine-${driver.primaryLink + 1}`;
    const processes = cluster.processes();
    const others = [...processes].filter(([name]) => name !== primary).map(([, pid]) => pid);
    this.cores.split(processes.get(primary) as number, [...others, process.pid]);
    await driver.throughput(window, { seconds: 1 });
    const before = await usageOf(cluster, driver);
    const perSecond = await driver.throughput(window, { orders, seconds: splitSecondsMax });
    const after = await usageOf(cluster, driver);
    await this.cores.release();
    const wallS = (after.nowMs - before.nowMs) / 1000;
    const usedS = new Map<string, number>();
    for (const [name, cpuS] of Object.entries(after.cpuS)) {
      usedS.set(name, cpuS - (before.cpuS[name] ?? 0));
    }
    const primaryS = usedS.get(primary) ?? 0;
    const allS = [...usedS.values()].reduce((sum, cpuS) => sum + cpuS, 0);
    const count = after.answered - before.answered;
    return {
      perSecond,
      primaryUse: primaryS / wallS,
      othersUse: (allS - primaryS) / wallS / this.cores.otherCount,
      cpuUsPerOrder: Object.fromEntries(
        [...usedS].map(([name, cpuS]) => [roleOf(name, primary), (1e6 * cpuS) / count]),
      ),
    };
  }
}

function roleOf(name: string, primary: string): string {
  if (name === primary) return "primary";
  return name.startsWith("engine") ? "standby" : name;
}

async function usageOf(cluster: Cluster, driver: Driver) {
  const own = process.cpuUsage();
  const cpuS: Record<string, number> = {
    ...(await cluster.cpuSeconds()),
    driver: (own.user + own.system) / 1e6,
  };
  return { nowMs: performance.now(), answered: driver.answered, cpuS };
}
