// A deployment in memory: two regions of two engines and a gateway each, a register, traffic, a database, and a
// supervisor. It behaves as the contracts say (engine/admin.ts), and moves on whenever somebody waits.

import { setImmediate } from "node:timers/promises";
import { type AdminVerb, type EngineStatus, engineStatusSchema } from "../../../engine/index.ts";
import type {
  AdminResult,
  EnginePort,
  FollowerPort,
  Ports,
  RegionPorts,
} from "../../../failover/ports.ts";
import { MemoryRegister } from "../../support/memory-register.ts";

interface EngineState {
  role: EngineStatus["role"];
  isServing: boolean;
  epoch: number;
  position: number;
  isPaused: boolean;
  isFenced: boolean;
  isDiverged: boolean;
  isDrained: boolean;
  isUp: boolean;
  hasLog: boolean;
  /** Of its disk, and the one that the journal names. */
  incarnation: number;
  named: number;
  region: { role: "active" | "dr"; term: number; sinceTerm: number };
  isLagKnown: boolean;
  /** Over the link between the journals. */
  heardAgoMs: number | null;
  /** Told since its start that its region leads. */
  isConfirmed: boolean;
}

interface RegionState {
  readonly name: string;
  /** A region that was just opened has a Redis that no log names: its engines need each other's vote. */
  isRedisAgreed: boolean;
  isRedisReachable: boolean;
  readonly engines: Record<string, EngineState>;
}

const engineNames = ["engine-1", "engine-2"] as const;
const shard = "demo";

export class MemoryWorld {
  readonly register = new MemoryRegister(() => 0);
  readonly regions: RegionState[];
  readonly archived = new Set<string>();
  readonly statuses = new Map<string, string>();
  trafficRegion = "home";
  writerRegion = "home";
  /** No engine takes this word. */
  refuses: AdminVerb | undefined;
  /** Everything that was asked, for tests that nothing was. */
  readonly asked: string[] = [];

  constructor() {
    this.regions = ["home", "dr"].map((name) => ({
      name,
      isRedisAgreed: name !== "dr",
      isRedisReachable: true,
      engines: Object.fromEntries(engineNames.map((engine) => [engine, newEngine(name === "dr")])),
    }));
    this.elect();
  }

  static async opened(): Promise<MemoryWorld> {
    const world = new MemoryWorld();
    const first = { shard, region: "home", by: "test", reason: "first" };
    await world.register.open(first, new AbortController().signal);
    return world;
  }

  /** Everything that must be the same in the end, however the plan was interrupted. */
  async state(): Promise<object> {
    const { regions, archived, statuses, trafficRegion, writerRegion } = this;
    const leadership = await this.register.read(shard, new AbortController().signal);
    const members = await this.register.readMembers(shard, "home", new AbortController().signal);
    return structuredClone({
      members,
      regions,
      archived: [...archived],
      statuses: [...statuses],
      trafficRegion,
      writerRegion,
      leadership,
    });
  }

  lose(region: string, engine?: string): void {
    for (const [name, state] of Object.entries(this.regionState(region).engines)) {
      if (engine === undefined || name === engine) Object.assign(state, stopped);
    }
    this.elect();
  }

  loseRedis(region: string): void {
    this.regionState(region).isRedisReachable = false;
  }

  ports(): Ports {
    return {
      shard,
      regions: this.regions.map((region) => this.regionPorts(region)),
      register: this.register,
      membership: this.register,
      traffic: [
        {
          name: "Test router",
          describe: (to) => `clients go to ${to}`,
          current: async () => this.trafficRegion,
          moveTo: async (to) => {
            this.trafficRegion = to;
          },
        },
      ],
      database: {
        name: "test",
        writerRegion: async () => this.writerRegion,
        writerEndpoint: async () => `${this.writerRegion}.example`,
        promote: async ({ region }) => {
          this.writerRegion = region;
        },
      },
      processes: {
        stop: async (name) => {
          Object.assign(this.engine("home", name), stopped);
        },
        start: async (name) => {
          const engine = this.engine("home", name);
          Object.assign(engine, { isUp: true, role: engine.hasLog ? "standby" : "recovering" });
        },
        isRunning: async (name) => this.engine("home", name).isUp,
        archive: async (name, label) => {
          this.archived.add(`${name}-${label}`);
          this.engine("home", name).hasLog = false;
          return label;
        },
        isArchived: async (name, label) => this.archived.has(`${name}-${label}`),
        seat: async (name, incarnation) => {
          this.engine("home", name).incarnation = incarnation;
        },
        isSeated: async (name, incarnation) =>
          this.engine("home", name).incarnation === incarnation,
      },
      pause: async (_ms, signal) => {
        // Whatever is waited for in vain must run into its limit.
        await setImmediate();
        signal.throwIfAborted();
        this.elect();
      },
    };
  }

  engine(region: string, name: string): EngineState {
    const state = this.regionState(region).engines[name];
    if (state === undefined) throw new RangeError(name);
    return state;
  }

  private regionState(name: string): RegionState {
    const region = this.regions.find((candidate) => candidate.name === name);
    if (region === undefined) throw new RangeError(name);
    return region;
  }

  /** What the protocol does by itself: recover, follow, elect. */
  private elect(): void {
    for (const region of this.regions) {
      const all = Object.values(region.engines);
      const isTaken = all.some(({ isServing, isDrained }) => isServing || isDrained);
      const candidate = all.find(
        (engine) => engine.isUp && engine.hasLog && !engine.isFenced && !engine.isPaused,
      );
      if (candidate === undefined || candidate.region.role === "dr" || isTaken) continue;
      if (!region.isRedisAgreed && !all.every(({ isUp }) => isUp)) continue;
      region.isRedisAgreed = true;
      const epoch = Math.max(...all.map((engine) => engine.epoch)) + 1;
      Object.assign(candidate, { role: "primary", isServing: true, epoch });
    }
    for (const { engines } of this.regions) {
      const all = Object.values(engines);
      const primary = all.find(({ isServing }) => isServing);
      for (const engine of all) {
        if (!engine.isUp || engine.isServing || engine.isDrained) continue;
        // A primary lets in only whom the journal names.
        if (engine.incarnation !== engine.named) continue;
        if (engine.region.role === "dr") engine.role = "dr";
        else if (primary !== undefined) {
          Object.assign(engine, { role: "standby", hasLog: true, epoch: primary.epoch });
        }
      }
    }
  }

  private regionPorts(region: RegionState): RegionPorts {
    return {
      name: region.name,
      symbols: ["BTCUSDT"],
      engines: engineNames.map((name) => this.enginePort(region, name)),
      followers: [this.gateway(region)],
      seats: engineNames.map((node) => ({ node, kind: "engine", zone: "a", address: node })),
    };
  }

  private gateway(region: RegionState): FollowerPort {
    const serving = () => Object.values(region.engines).find(({ isServing }) => isServing);
    return {
      name: "gateway-a",
      zone: "a",
      kind: "gateway",
      isPrimary: async () => serving() !== undefined,
      status: async () => ({
        kind: "answered",
        value: {
          node: "gateway-a",
          zone: "a",
          kind: "gateway",
          pid: 1,
          uptimeMs: 1,
          isServing: serving() !== undefined,
          epoch: serving()?.epoch ?? 0,
          position: 7,
          lagEntries: 0,
          mark: { position: 0, hash: "" },
          version: { castle: "unknown", commandVersion: 0 },
        },
      }),
    };
  }

  private enginePort(region: RegionState, name: string): EnginePort {
    return {
      name,
      zone: name === "engine-1" ? "a" : "b",
      status: async () => {
        const engine = this.engine(region.name, name);
        if (!engine.isUp) return { kind: "unreachable", problem: "connection refused" };
        return { kind: "answered", value: this.statusOf(region, name) };
      },
      ask: async (verb, body) => {
        const engine = this.engine(region.name, name);
        if (!engine.isUp) return { kind: "unreachable", problem: "connection refused" };
        this.asked.push(`${region.name}/${name} ${verb}`);
        const result = this.carryOut(region, name, verb, body as Record<string, unknown>);
        this.elect();
        return result;
      },
    };
  }

  private statusOf(region: RegionState, name: string): EngineStatus {
    const engine = this.engine(region.name, name);
    const other = Object.entries(region.engines).find(([key]) => key !== name)?.[1];
    const isPeerThere = other?.isUp === true && other.hasLog && !other.isFenced;
    return engineStatusSchema.parse({
      node: name,
      zone: "a",
      kind: "engine",
      pid: 1,
      uptimeMs: 1,
      role: engine.role,
      isServing: engine.isServing,
      epoch: engine.epoch,
      position: { appended: 7, committed: engine.position, applied: 7 },
      inSync: engine.isServing ? ["redis", ...(isPeerThere ? ["peer"] : [])] : [],
      peer: { isConnected: other?.isUp === true, position: 7 },
      redis: { isReachable: region.isRedisReachable, instance: "x", isAgreed: true },
      mark: { position: 0, hash: "" },
      incarnation: engine.incarnation,
      peerMember: { incarnation: other?.named ?? 1, isCommitted: true },
      isPaused: engine.isPaused,
      isFenced: engine.isFenced,
      region: {
        name: region.name,
        ...engine.region,
        isConfirmed: engine.isConfirmed,
        isDiverged: engine.isDiverged,
        durability: "zone",
        lag:
          engine.isLagKnown && (engine.role === "dr" || engine.isServing)
            ? { entries: 0, ms: 1 }
            : null,
        heardAgoMs: engine.heardAgoMs,
      },
      symbols: [...this.statuses].map(([name, status]) => ({ name, status })),
      decisions: [],
    });
  }

  private carryOut(
    region: RegionState,
    name: string,
    verb: AdminVerb,
    body: Record<string, unknown>,
  ): AdminResult {
    const engine = this.engine(region.name, name);
    const done: AdminResult = { kind: "done", answer: { isDone: true, position: 7 } };
    const refused = (code: string): AdminResult => ({ kind: "refused", code, message: code });
    if (verb === this.refuses) return refused("NOT_NOW");
    switch (verb) {
      case "pause":
      case "resume":
        engine.isPaused = verb === "pause";
        return done;
      case "fence":
      case "unfence":
        engine.isFenced = verb === "fence";
        if (engine.isFenced) Object.assign(engine, { isServing: false, role: "standby" });
        return done;
      case "stand": {
        const isTaken = Object.values(region.engines).some(({ isServing }) => isServing);
        if (engine.isServing) return done;
        if (isTaken) return refused("PRIMARY_ALIVE");
        if (engine.isFenced || engine.region.role === "dr") return refused("FENCED");
        Object.assign(engine, { isServing: true, role: "primary", epoch: engine.epoch + 1 });
        return done;
      }
      case "switchover": {
        const other = Object.entries(region.engines).find(([key]) => key !== name)?.[1];
        if (!engine.isServing || other === undefined) return refused("NOT_SERVING");
        Object.assign(engine, { isServing: false, role: "standby" });
        Object.assign(other, { isServing: true, role: "primary", epoch: engine.epoch + 1 });
        return done;
      }
      case "replaceMember":
        if (!engine.isServing) return refused("NOT_SERVING");
        this.engine(region.name, String(body.engine)).named = Number(body.incarnation);
        return done;
      case "force":
        if (engine.region.role === "dr") return refused("REGION_NOT_ACTIVE");
        if (body.acceptLoss !== true) return refused("NOT_NEEDED");
        Object.assign(engine, { isServing: true, role: "primary", epoch: engine.epoch + 2 });
        return done;
      case "drain":
        // A standby takes it too, for when it is elected.
        if (engine.region.role === "dr") return refused("NOT_ACTIVE");
        Object.assign(engine, { isServing: false, isDrained: true });
        return done;
      case "region": {
        const term = Number(body.term);
        if (term < engine.region.term) return refused("OLD_TERM");
        const role = body.role === "dr" ? "dr" : "active";
        const { region } = engine;
        const isNext = role === region.role && term <= region.term + 1;
        const sinceTerm = Number(body.sinceTerm ?? (isNext ? region.sinceTerm : term));
        // The other region led in terms that this engine has not heard of: what it leads is over.
        if (role === "active" && engine.isServing && sinceTerm > engine.region.term) {
          Object.assign(engine, { isServing: false, role: "standby" });
        }
        if (role === "dr")
          Object.assign(engine, { isServing: false, isDrained: false, role: "dr" });
        // A drain is of its term.
        if (term > engine.region.term) engine.isDrained = false;
        engine.region = { role, term, sinceTerm };
        engine.isConfirmed ||= role === "active";
        return done;
      }
      case "tradingStatus":
        this.statuses.set(String(body.symbol), String(body.status));
        return done;
    }
  }
}

const stopped = { isUp: false, isServing: false, role: "standby", isDrained: false } as const;

const newEngine = (isDr: boolean): EngineState => ({
  role: isDr ? "dr" : "standby",
  isServing: false,
  epoch: 0,
  position: 7,
  isPaused: false,
  isFenced: false,
  isDiverged: false,
  isDrained: false,
  isUp: true,
  hasLog: true,
  incarnation: 1,
  named: 1,
  region: { role: isDr ? "dr" : "active", term: 1, sinceTerm: 1 },
  isLagKnown: true,
  heardAgoMs: 20,
  isConfirmed: !isDr,
});
