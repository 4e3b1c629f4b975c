// The processes of the replication bench: one engine that commits alone, or two engines and a Redis of
// their own, with a given round trip between the zones. Real processes, real sockets, own folders.

import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatEngine } from "../../engine/adapters/storage/identity.ts";
import { exchangeSchema } from "../../engine/config.ts";
import { makeDemoKeys } from "../../failover/local/demo-keys.ts";
import { genesis } from "../../failover/local/genesis.ts";
import { findRedis } from "../../failover/local/redis-binary.ts";
import { answersPing, redisArguments } from "../../failover/local/redis-server.ts";
import { freePort } from "../../test/support/free-port.ts";

const host = "127.0.0.1";
const shard = "bench";
const startTimeoutMs = 20_000;
const niceness = -10;
/**
 * On two cores that five processes share, the default would now and then take a queue for a death, and
 * a switch ends a measurement. What is sent, and when, does not depend on it.
 */
const failureTimeoutMs = 3_000;

export interface Cluster {
  /** Of the engines, as clients next to each of them reach them. */
  readonly links: readonly { readonly host: string; readonly port: number }[];
  readonly layoutShard: string;
  /** Of a server that echoes, and of the way to it that is as long as all others. */
  readonly echoPorts: { readonly near: number; readonly far: number };
  /** Process ids, by name. */
  processes(): ReadonlyMap<string, number>;
  /** Processor time of each process so far, in seconds. */
  cpuSeconds(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  readonly isSingle: boolean;
  /** Between any two of the three zones; 0 for none. */
  readonly rttMs: number;
}

export async function startCluster({ isSingle, rttMs }: ClusterOptions): Promise<Cluster> {
  const dataDir = mkdtempSync(join(tmpdir(), "castle-bench-"));
  favour(process.pid);
  const children = new Map<string, ChildProcess>();
  const run = (name: string, program: string, args: readonly string[]) => {
    const log = openSync(join(dataDir, `${name}.log`), "a");
    const isScript = program.endsWith(".ts");
    const options = { stdio: ["ignore", log, log] as ["ignore", number, number] };
    const child = isScript
      ? spawn(process.execPath, [program, ...args], options)
      : spawn(program, [...args], options);
    children.set(name, child);
    favour(child.pid);
  };
  const ports = await freePorts();
  const config = configOf(dataDir, ports);
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(config.keysFile, JSON.stringify(makeDemoKeys()), { mode: 0o600 });
  for (const engineId of [1, 2] as const) {
    formatEngine(join(dataDir, `engine-${engineId}`), { shard, engineId });
  }
  if (!isSingle) {
    await startRedis(run, dataDir, ports.redis);
    if (rttMs > 0) children.set("distance", await startDistance(ports, rttMs));
  }
  for (const id of isSingle ? [1] : [1, 2]) {
    const file = join(dataDir, `exchange-${id}.json`);
    writeFileSync(file, JSON.stringify(rttMs > 0 ? seenFrom(config, id, ports) : config));
    const main = isSingle ? "./single-main.ts" : "../../engine/engine-main.ts";
    const program = fileURLToPath(new URL(main, import.meta.url));
    run(`engine-${id}`, program, ["--config", file, "--node", `engine-${id}`]);
  }
  const links = (isSingle ? [ports.link1] : [ports.link1, ports.link2]).map((port) => ({
    host,
    port,
  }));
  return {
    links,
    layoutShard: shard,
    echoPorts: { near: ports.echoNear, far: ports.echoFar },
    processes: () => new Map([...children].map(([name, { pid }]) => [name, pid as number])),
    cpuSeconds: () => cpuSecondsOf(children),
    stop: async () => {
      for (const child of [...children.values()].reverse()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill("SIGKILL");
        await once(child, "exit");
      }
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** As a local exchange favours its engines; a user without the right measures without it. */
export function favour(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // No such right: all are equal.
  }
}

type Ports = Awaited<ReturnType<typeof freePorts>>;

async function freePorts() {
  const names = ["link1", "link2", "status1", "status2", "redis"] as const;
  const beyond = ["link1FromB", "link2FromA", "redisFromA", "redisFromB", "other"] as const;
  const echo = ["echoNear", "echoFar"] as const;
  type Name = (typeof names)[number] | (typeof beyond)[number] | (typeof echo)[number];
  const ports = {} as Record<Name, number>;
  for (const name of [...names, ...beyond, ...echo]) ports[name] = await freePort();
  return ports;
}

function configOf(dataDir: string, ports: Ports) {
  return exchangeSchema.parse({
    shard,
    engines: [
      { id: 1, zone: "a", host, linkPort: ports.link1, statusPort: ports.status1 },
      { id: 2, zone: "b", host, linkPort: ports.link2, statusPort: ports.status2 },
    ],
    gateways: [{ id: "g", zone: "a", host, httpPort: ports.other, statusPort: ports.other }],
    history: { zone: "c", host, statusPort: ports.other },
    redis: { zone: "c", url: `redis://${host}:${ports.redis}` },
    postgres: { zone: "c", url: "postgres://nobody" },
    dataDir,
    keysFile: join(dataDir, "keys.json"),
    timing: { failureTimeoutMs },
    genesis,
  });
}

/** The same configuration, with all that lies in other zones behind the distance. */
function seenFrom(config: ReturnType<typeof configOf>, id: number, ports: Ports) {
  const linkPort = id === 1 ? ports.link2FromA : ports.link1FromB;
  const redisPort = id === 1 ? ports.redisFromA : ports.redisFromB;
  return {
    ...config,
    engines: config.engines.map((one) => (one.id === id ? one : { ...one, linkPort })),
    redis: { ...config.redis, url: `redis://${host}:${redisPort}` },
  };
}

async function startRedis(
  run: (name: string, program: string, args: readonly string[]) => void,
  dataDir: string,
  port: number,
): Promise<void> {
  const binary = findRedis();
  if (binary === undefined) throw new Error("there is no redis-server 7 on the PATH");
  const dir = join(dataDir, "redis");
  mkdirSync(dir);
  run("redis", binary.command, redisArguments({ host, port, dir }));
  const untilMs = performance.now() + startTimeoutMs;
  while (!(await answersPing(host, port, 500))) {
    if (performance.now() > untilMs) throw new Error("Redis did not start");
  }
}

async function startDistance(ports: Ports, rttMs: number): Promise<ChildProcess> {
  const far = (port: number, target: number) => ({ host, port, target: { host, port: target } });
  const child = fork(fileURLToPath(new URL("distance-main.ts", import.meta.url)), { execArgv: [] });
  child.send({
    rttMs,
    links: [
      far(ports.link1FromB, ports.link1),
      far(ports.link2FromA, ports.link2),
      far(ports.redisFromA, ports.redis),
      far(ports.redisFromB, ports.redis),
      far(ports.echoFar, ports.echoNear),
    ],
  });
  await once(child, "message");
  favour(child.pid);
  return child;
}

async function cpuSecondsOf(children: ReadonlyMap<string, ChildProcess>) {
  const seconds: Record<string, number> = {};
  for (const [name, { pid }] of children) {
    // Fields 14 to 17: user and system, own and of children (Redis rewrites its file in one), in
    // hundredths; the second field may hold spaces.
    const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    seconds[name] = ticks / 100;
  }
  return seconds;
}
