// World: one run. Nodes, network, clients, faults and oracle over one clock and one source of chance.

import type { Capacity } from "../../engine/core/instrument.ts";
import type { EngineId } from "../../engine/replication/messages.ts";
import { Faults } from "./faults/faults.ts";
import { Network } from "./network.ts";
import { Oracle } from "./oracle.ts";
import { Prng } from "./prng.ts";
import { Schedule } from "./schedule.ts";
import { SimEngine } from "./sim-engine.ts";
import { SimGateway } from "./sim-gateway.ts";
import { SimHistory } from "./sim-history.ts";
import { SimRedis } from "./sim-redis.ts";
import { Traffic } from "./traffic.ts";

/** Small, so that a run is fast; larger than all that a run can ask for. */
const capacity: Capacity = {
  orders: 1_100,
  rememberedOrders: 1_000,
  accounts: 4,
  assets: 2,
  symbols: 1,
  levels: 64,
  sessions: 32,
};

const timing = {
  heartbeatMs: 50,
  failureTimeoutMs: 200,
  snapshotIntervalMs: 50,
  antiFlapMs: 2_000,
};

export interface WorldOptions {
  /** Gets a line for everything that happens. */
  readonly print?: ((line: string) => void) | null;
  /** The strikes of faults that are carried out; `null` = all. */
  readonly only?: ReadonlySet<string> | null;
}

export class World {
  readonly prng: Prng;
  readonly schedule = new Schedule();
  readonly network: Network;
  readonly redis: SimRedis;
  readonly oracle = new Oracle(capacity);
  /** Who has the two seats now. */
  readonly engines: readonly SimEngine[];
  /** Machines that had one before: they may run on, and come back with their disks. */
  readonly formerEngines: SimEngine[] = [];
  readonly gateways: readonly SimGateway[];
  readonly history: SimHistory;
  readonly traffic: Traffic;
  readonly faults: Faults;
  private readonly print: ((line: string) => void) | null;
  private sessions = 0;

  constructor(seed: number, { print = null, only = null }: WorldOptions) {
    this.print = print;
    this.prng = new Prng(seed);
    this.network = new Network(this.schedule, this.prng);
    // Small logs in memory reach snapshots and checkpoints within a short run; large ones never do.
    const checkpointEntries = this.prng.pick([8, 20, 10_000]);
    // And small messages are read and sent in parts.
    const messageBytesMax = this.prng.pick([1, 500, 1 << 20]);
    const trim = { marginEntries: this.prng.pick([0, 30, 20_000]), intervalMs: 100 };
    // Copies of the state that take many ticks, and such that take a few.
    const copyLinesMax = messageBytesMax === 500 ? 64 : 4096;
    const replication = { checkpointEntries, copyLinesMax, messageBytesMax, trim };
    const settings = { capacity, timing, ...replication };
    this.redis = new SimRedis(this.schedule, this.network, this.prng, this.oracle, messageBytesMax);
    this.engines = [new SimEngine(1, this, settings), new SimEngine(2, this, settings)];
    this.gateways = [1, 2, 3].map((number) => new SimGateway(number, this, capacity));
    this.traffic = new Traffic(this);
    this.history = new SimHistory(this, capacity);
    this.faults = new Faults(this, seed, only);
  }

  trace(line: () => string): void {
    if (this.print !== null) this.print(`${this.schedule.nowMs.toFixed(2).padStart(9)} ${line()}`);
  }

  newSessionId(): number {
    this.sessions++;
    return this.sessions;
  }

  engine(id: EngineId): SimEngine {
    return this.engines[id - 1] as SimEngine;
  }

  /** Everybody who has had the seat, the present engine first. */
  everIn(id: EngineId): SimEngine[] {
    return [this.engine(id), ...this.formerEngines.filter((engine) => engine.id === id)];
  }

  get everyEngine(): SimEngine[] {
    return [...this.engines, ...this.formerEngines];
  }

  /** Another machine takes the seat; its process is not started yet. */
  replaceEngine(old: SimEngine): SimEngine {
    const next = old.successor();
    (this.engines as SimEngine[])[old.id - 1] = next;
    this.formerEngines.push(old);
    return next;
  }

  gateway(name: string): SimGateway {
    return this.gateways.find((gateway) => gateway.name === name) as SimGateway;
  }

  /** Both ends see a new connection, where both live and nothing is cut. */
  connectEngines(): void {
    for (const former of this.formerEngines) former.connectPeer();
    const [first, second] = this.engines as [SimEngine, SimEngine];
    if (first.process === null || second.process === null) return;
    const isCut =
      this.network.isCut(first.name, second.name) || this.network.isCut(second.name, first.name);
    if (isCut) return;
    first.connectPeer();
    second.connectPeer();
  }

  /** An operator asks whoever is primary to hand over. */
  switchOver(): void {
    for (const engine of this.engines) {
      engine.run(null, ({ replica }) => {
        replica.switchOver(engine.nowMs);
      });
    }
  }

  runUntil(untilMs: number): void {
    while (this.schedule.step(untilMs));
    this.schedule.nowMs = untilMs;
  }
}
