// Exchange: a whole exchange on this machine, started and supervised by this process. What dies is
// started again; everything ends with this process, in order where it can.
// Invariant: at most one exchange on a data directory (the control socket is the proof).

import type { ChildProcess, SpawnOptions } from "node:child_process";
import { EventEmitter } from "node:events";
import type { EngineStatus, ExchangeConfig, Keys } from "../../engine/index.ts";
import type { Crew } from "./crew.ts";
import { askNode, type ExchangeStatus, type NodeStatus } from "./exchange-status.ts";
import type { NodePlan } from "./nodes.ts";
import { sendSignal, treeOf } from "./process-tree.ts";
import { running, spawnBound } from "./spawn.ts";
import type { Substrate } from "./substrate.ts";
import type { Exit, Supervised } from "./supervised.ts";
import type { Place, Zone } from "./zones.ts";

export interface GatewayUrls {
  readonly zone: Zone;
  /** `http://host:port`, and `ws://host:port`. */
  readonly http: string;
  readonly ws: string;
}

export interface ProcessExit extends Exit {
  readonly name: string;
  readonly zone: Zone;
  readonly restartInMs: number;
}

interface ExchangeEvents {
  start: [{ readonly name: string; readonly zone: Zone; readonly pid: number }];
  exit: [ProcessExit];
  stopped: [];
}

export interface Parts {
  readonly substrate: Substrate;
  readonly config: ExchangeConfig;
  readonly keys: Keys;
  readonly dataDir: string;
  readonly nodes: readonly NodePlan[];
  readonly crew: Crew;
}

/** Who takes orders first, who keeps them last; Redis and PostgreSQL after all of them. */
const stopOrder = ["gateway", "history", "engine"] as const;

/** Then it is killed. */
const processStopTimeoutMs = 5_000;

export class Exchange extends EventEmitter<ExchangeEvents> {
  readonly config: ExchangeConfig;
  readonly keys: Keys;
  readonly dataDir: string;
  /** Every engine, gateway and follower, with the address of its /status. */
  readonly nodes: readonly NodePlan[];
  readonly #substrate: Substrate;
  readonly #crew: Crew;
  readonly #guests = new Set<ChildProcess>();
  readonly #isolated = new Set<Zone>();
  #stopping: Promise<void> | undefined;

  constructor(parts: Parts) {
    super();
    this.config = parts.config;
    this.keys = parts.keys;
    this.dataDir = parts.dataDir;
    this.nodes = parts.nodes;
    this.#substrate = parts.substrate;
    this.#crew = parts.crew;
    this.#crew.listener = {
      started: (process) => this.emit("start", process),
      died: (exit) => this.emit("exit", exit),
    };
  }

  /** What the zones are made of, and for loopback why. */
  get substrate(): Pick<Substrate, "kind" | "reason" | "enterCommand"> {
    const { kind, reason, enterCommand } = this.#substrate;
    return { kind, reason, enterCommand };
  }

  /** By zone: a, b, c. */
  get gatewayUrls(): readonly GatewayUrls[] {
    return this.config.gateways.map(({ zone, host, httpPort }) => ({
      zone: zone as Zone,
      http: `http://${host}:${httpPort}`,
      ws: `ws://${host}:${httpPort}`,
    }));
  }

  /** Asks every node, each for at most 500 ms. */
  async status(): Promise<ExchangeStatus> {
    const nodes = await Promise.all(this.nodes.map(askNode));
    return {
      substrate: this.#substrate.kind,
      substrateReason: this.#substrate.reason,
      dataDir: this.dataDir,
      isServing: nodes.some(({ kind, status }) => kind === "gateway" && status?.isServing === true),
      isolatedZones: [...this.#isolated],
      nodes,
      processes: this.#crew.members.map(({ name, zone, pid, restarts }) => ({
        name,
        zone,
        pid,
        restarts,
      })),
    };
  }

  /** One node's own word; cheap enough to ask every few milliseconds. */
  async nodeStatus(name: string): Promise<NodeStatus> {
    const node = this.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new RangeError(`no node is named ${name}`);
    return askNode(node);
  }

  /** Where an engine of this role is now; `undefined` while no engine says that it has it. */
  async zoneOf(role: "primary" | "standby"): Promise<Zone | undefined> {
    const engines = await Promise.all(
      this.nodes.filter(({ kind }) => kind === "engine").map(askNode),
    );
    // A primary that was replaced may not know it yet: the higher epoch is right.
    return engines
      .map(({ status }) => status as EngineStatus | undefined)
      .filter((status) => status !== undefined)
      .filter((status) => status.role === role)
      .sort((left, right) => right.epoch - left.epoch)
      .map(({ zone }) => zone as Zone)[0];
  }

  processes(): { name: string; zone: Zone; pid: number | undefined; restarts: number }[] {
    return this.#crew.members.map(({ name, zone, pid, restarts }) => ({
      name,
      zone,
      pid,
      restarts,
    }));
  }

  /** `false` where it does not run at this moment. It is started again if it dies of it. */
  killProcess(name: string, signal: NodeJS.Signals): boolean {
    const found = this.#crew.members.find((candidate) => candidate.name === name);
    if (found === undefined) throw new RangeError(`no process is named ${name}`);
    return found.signal(signal);
  }

  /** Stops a process on purpose: it stays down until it is started. `false`: there is none of this name. */
  async stopProcess(name: string): Promise<boolean> {
    const found = this.#crew.members.find((candidate) => candidate.name === name);
    await found?.stop(processStopTimeoutMs);
    return found !== undefined;
  }

  /** Starts what was stopped on purpose; what runs already is left alone. */
  async startProcess(name: string): Promise<boolean> {
    const found = this.#crew.members.find((candidate) => candidate.name === name);
    if (found !== undefined && found.pid === undefined) await found.start();
    return found !== undefined;
  }

  /** Silence: nothing leaves or reaches the zone, and nobody is told. Resolves when it holds. */
  async isolateZone(zone: Zone): Promise<void> {
    this.#isolated.add(zone);
    // Stopped processes that die of something else must not come back before their zone does.
    if (this.#substrate.kind === "loopback") for (const one of this.#in(zone)) one.hold();
    await this.#substrate.isolate(zone, this.#pidsIn(zone));
  }

  async healZone(zone: Zone): Promise<void> {
    await this.#substrate.heal(zone, this.#pidsIn(zone));
    this.#isolated.delete(zone);
    for (const one of this.#in(zone)) one.release();
  }

  /** One more program beside the nodes, started again when it dies. It ends with the exchange. */
  async supervise(name: string, zone: Zone, args: readonly string[]): Promise<void> {
    const log = this.#crew.logOf(name);
    const stdio = ["ignore", log.fd, log.fd] as const;
    const launch = () =>
      running(spawnBound(this.#substrate, zone, process.execPath, args, { stdio: [...stdio] }));
    await this.#crew.start({ name, zone, stopSignal: "SIGTERM", launch });
  }

  /** Every process at once, as when the lights go out. None comes back before `revive`. */
  killAll(): void {
    for (const member of this.#crew.members) member.hold();
    const pids = this.#crew.members.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    for (const pid of pids.flatMap(treeOf)) sendSignal(pid, "SIGKILL");
  }

  revive(): void {
    for (const member of this.#crew.members) member.release();
  }

  /** Runs a command in a zone, or where clients are; it ends with the exchange at the latest. */
  spawnIn(
    place: Place,
    command: string,
    args: readonly string[],
    options: SpawnOptions,
  ): ChildProcess {
    const child = spawnBound(this.#substrate, place, command, args, options);
    this.#guests.add(child);
    child.once("exit", () => this.#guests.delete(child));
    child.once("error", () => this.#guests.delete(child));
    return child;
  }

  /** In the order in which nothing is lost. Resolves when no process is left. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const guest of this.#guests) guest.kill("SIGTERM");
    for (const zone of [...this.#isolated]) await this.healZone(zone);
    const kindOf = new Map(this.nodes.map(({ name, kind }) => [name, kind]));
    await this.#crew.stop(stopOrder.map((kind) => (member) => kindOf.get(member.name) === kind));
    for (const { pid } of this.#guests) if (pid !== undefined) sendSignal(pid, "SIGKILL");
    this.emit("stopped");
  }

  #in(zone: Zone): Supervised[] {
    return this.#crew.members.filter((process) => process.zone === zone);
  }

  #pidsIn(zone: Zone): number[] {
    return this.#in(zone).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }
}
