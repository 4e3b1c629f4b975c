// Regions: two exchanges on this machine with a border between them, a register, and a controller each,
// as production has them in two regions. Everything ends with this process.
// What it cannot show: zones as namespaces (both regions' zones are processes on loopback here).

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDbRegister } from "../adapters/dynamodb-register.ts";
import { ClusterError } from "../errors.ts";
import type { Register } from "../register.ts";
import { Border } from "./border.ts";
import type { Overrides } from "./cluster-files.ts";
import type { Exchange } from "./exchange.ts";
import { type Tell, until } from "./progress.ts";
import {
  borderLinks,
  type RegionName,
  type RegionsPorts,
  regionConfig,
  regionNames,
  shareKeys,
  type TakeoverPolicy,
  writeDeployment,
} from "./region-files.ts";
import { type RegisterServer, startRegisterServer } from "./register-server.ts";
import { startExchange } from "./start.ts";

export interface RegionsOptions extends Omit<Overrides, "region">, TakeoverPolicy {
  /** `prod`, `dr` and `register` lie below it, and deployment.json. */
  readonly dataDir: string;
  readonly ports: RegionsPorts;
  /** Round trip between the regions. */
  readonly rttMs?: number;
  readonly durability?: "zone" | "region-sync";
  /** `false`: whoever calls this tells the engines himself. */
  readonly hasControllers?: boolean;
  readonly tell?: Tell | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Between Frankfurt and Virginia it is 90 ms, between Dublin and Virginia 70 ms. */
const defaultRttMs = 70;
const table = "castle-register";
const registerTimeoutMs = 10_000;
/** A controller looks once a second; then the engines elect. On a busy machine it is long in starting. */
const servingTimeoutMs = 60_000;
const controllerMain = fileURLToPath(new URL("../controller-main.ts", import.meta.url));

interface Parts {
  readonly prod: Exchange;
  readonly dr: Exchange;
  readonly border: Border;
  readonly register: Register;
  readonly server: RegisterServer;
  readonly deploymentFile: string;
}

export class Regions {
  readonly prod: Exchange;
  readonly dr: Exchange;
  readonly border: Border;
  readonly register: Register;
  /** For `castle … --config`. */
  readonly deploymentFile: string;
  private readonly server: RegisterServer;

  constructor(parts: Parts) {
    this.prod = parts.prod;
    this.dr = parts.dr;
    this.border = parts.border;
    this.register = parts.register;
    this.server = parts.server;
    this.deploymentFile = parts.deploymentFile;
  }

  /** Nobody reaches the register any more. */
  loseRegister(): Promise<void> {
    return this.server.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([this.prod.stop(), this.dr.stop()]);
    await this.border.close();
    await this.server.stop();
  }
}

/**
 * Resolves when both regions run and, with controllers, one of them serves. Rejects as `startExchange`
 * does; then nothing runs any more.
 */
export async function startRegions(options: RegionsOptions): Promise<Regions> {
  const { ports, rttMs = defaultRttMs } = options;
  const dataDir = resolve(options.dataDir);
  shareKeys(dataDir);
  const undo: (() => Promise<unknown>)[] = [];
  try {
    const dir = join(dataDir, "register");
    const server = await startRegisterServer({ port: ports.register, dir });
    undo.unshift(() => server.stop());
    const { endpoint } = server;
    const register = new DynamoDbRegister({ region: "us-east-1", endpoint, table });
    await register.createTable(AbortSignal.timeout(registerTimeoutMs));
    const border = await Border.open({ rttMs, links: borderLinks(ports) });
    undo.unshift(() => border.close());
    const { approval } = options;
    const deploymentFile = writeDeployment(dataDir, ports, {
      ...{ endpoint, table },
      ...(approval && { approval }),
    });
    const starting = await Promise.allSettled(
      regionNames.map((name) => startRegion(name, dataDir, options)),
    );
    const exchanges = starting.filter((one) => one.status === "fulfilled");
    for (const { value } of exchanges) undo.unshift(() => value.stop());
    for (const one of starting) if (one.status === "rejected") throw one.reason;
    const [prod, dr] = exchanges.map(({ value }) => value) as [Exchange, Exchange];
    if (options.hasControllers !== false) await control({ prod, dr }, deploymentFile, options);
    return new Regions({ prod, dr, border, register, server, deploymentFile });
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** Each in its region, so that it is lost with it. */
async function control(
  exchanges: Readonly<Record<RegionName, Exchange>>,
  deploymentFile: string,
  { tell = () => {} }: RegionsOptions,
): Promise<void> {
  for (const name of regionNames) {
    const args = [controllerMain, "--config", deploymentFile, "--region", name];
    await exchanges[name].supervise("controller", "c", args);
  }
  const serves = async (exchange: Exchange) => (await exchange.status()).isServing;
  await until(async () => (await Promise.all(Object.values(exchanges).map(serves))).some(Boolean), {
    label: "a region to serve",
    timeoutMs: servingTimeoutMs,
    tell,
    failure: () =>
      new ClusterError("START_FAILED", "no region serves; see logs/controller.log of each"),
  });
}

function startRegion(
  name: RegionName,
  dataDir: string,
  { ports, durability = "zone", tell, ...rest }: RegionsOptions,
): Promise<Exchange> {
  const { timing, capacity, limits, signal } = rest;
  return startExchange({
    dataDir: join(dataDir, name),
    ports: ports.exchange[name],
    region: regionConfig(name, ports, durability),
    ...(timing && { timing }),
    ...(capacity && { capacity }),
    ...(limits && { limits }),
    // Who leads is the register's to say: a start may find either of them leading.
    awaits: "following",
    tell: (line) => tell?.(`${name}: ${line}`),
    signal,
  });
}
