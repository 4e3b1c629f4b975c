// SimEngine: one engine of a run: the real replica on the real core, with a disk that outlives its
// process, a clock of its own, and links that may fail. Its process dies, pauses and starts again.

import { CoreMachine } from "../../engine/adapters/core-machine.ts";
import { setTimestampUs } from "../../engine/codec/command-codec.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import type { ReplicaDecision } from "../../engine/replication/decision.ts";
import type { EngineId, PeerMessage, RedisRequest } from "../../engine/replication/messages.ts";
import type { Ports } from "../../engine/replication/ports.ts";
import { Replica } from "../../engine/replication/replica.ts";
import type { ReplicationTiming } from "../../engine/replication/state.ts";
import { Feeds } from "./feeds.ts";
import { ProcessDied, SimDisk } from "./sim-disk.ts";
import type { World } from "./world.ts";

const tickMs = 20;

export interface EngineSettings {
  readonly capacity: Capacity;
  readonly timing: ReplicationTiming;
  readonly checkpointEntries: number;
  readonly messageBytesMax: number;
}

/** The core, telling the oracle of each hash that the replica computes. */
class WatchedMachine extends CoreMachine {
  onMark: (position: number, hash: string) => void = () => {};

  override mark(): { hash: string; changedLines: Uint32Array } {
    const mark = super.mark();
    this.onMark(this.position, mark.hash);
    return mark;
  }
}

interface Process {
  readonly nonce: string;
  readonly replica: Replica;
  readonly machine: WatchedMachine;
  readonly feeds: Feeds;
}

export class SimEngine {
  readonly name: string;
  readonly id: EngineId;
  readonly disk: SimDisk;
  private readonly world: World;
  private readonly settings: EngineSettings;
  process: Process | null = null;
  private starts = 0;
  private clock = { offsetMs: 0, rate: 1 };
  /** What arrives during a pause. */
  private pausedBacklog: (() => void)[] | null = null;
  private lastUs = 0;
  private isFlushPlanned = false;

  constructor(id: EngineId, world: World, settings: EngineSettings) {
    this.id = id;
    this.name = `engine${id}`;
    this.world = world;
    this.settings = settings;
    this.disk = new SimDisk(world.prng);
  }

  private get other(): SimEngine {
    return this.world.engines[this.id === 1 ? 1 : 0] as SimEngine;
  }

  get nowMs(): number {
    return this.clock.offsetMs + this.world.schedule.nowMs * this.clock.rate;
  }

  get isRecovering(): boolean {
    return this.process === null ? !this.disk.hasLog : this.process.replica.role === "recovering";
  }

  start(): void {
    if (this.process !== null) return;
    const { world, settings } = this;
    this.starts++;
    const nonce = `${this.name}-${this.starts}`;
    this.clock = { offsetMs: world.prng.between(0, 500), rate: world.prng.between(0.95, 1.05) };
    const machine = new WatchedMachine(settings.capacity);
    const { capacity: _, ...replication } = settings;
    const options = { ...replication, id: this.id, startNonce: nonce };
    world.oracle.started(this.name);
    const replica = new Replica(options, this.ports(nonce, machine), this.nowMs);
    machine.onMark = (position, hash) => {
      world.oracle.hashed(this.name, position, replica.state.log.epochAt(position), hash);
    };
    this.process = { nonce, replica, machine, feeds: new Feeds(this, replica, world) };
    this.planTick(nonce);
    world.connectEngines();
  }

  private ports(nonce: string, machine: WatchedMachine): Ports {
    const { world } = this;
    const send = (message: PeerMessage) => {
      world.trace(() => `${this.name} -> ${this.other.name} ${describe(message)}`);
      const receive = () => this.other.receive(message);
      world.network.send(this.name, this.other.name, receive, message.kind);
    };
    const call = (request: RedisRequest) => {
      world.trace(() => `${this.name} -> redis ${describe(request)}`);
      world.redis.call(this.name, request, (reply) => {
        this.run(nonce, ({ replica }) => {
          world.trace(() => `${this.name} <- redis ${request.kind}: ${describe(reply)}`);
          replica.onRedisReply(request, reply, this.nowMs);
        });
      });
    };
    return {
      peer: { send },
      redis: { call },
      storage: this.disk,
      machine,
      decided: (decision) => this.decided(decision),
      committed: (position) => this.committed(position),
      readConfirmed: (readId, position) => world.oracle.readConfirmed(readId, position),
    };
  }

  private decided(decision: ReplicaDecision): void {
    const { world } = this;
    world.trace(() => `${this.name} ${decision.code} ${describe(decision)}`);
    world.oracle.decided(this.name, decision, this.process?.replica ?? null);
    if (decision.code === "SERVING") world.faults.onServing(this);
  }

  private committed(position: number): void {
    const { process, world } = this;
    if (process === null) return;
    world.oracle.committed(this.name, process.nonce, process.replica, position);
    process.feeds.push();
  }

  receive(message: PeerMessage): void {
    this.run(null, ({ replica }) => {
      this.world.trace(() => `${this.name} <- ${this.other.name} ${describe(message)}`);
      replica.onPeerMessage(message, this.nowMs);
    });
  }

  /** Runs in the process: now, after its pause, or never where that process is gone. */
  run(nonce: string | null, act: (process: Process) => void): void {
    const { process } = this;
    if (process === null || (nonce !== null && process.nonce !== nonce)) return;
    if (this.pausedBacklog !== null) {
      this.pausedBacklog.push(() => this.run(process.nonce, act));
      return;
    }
    try {
      act(process);
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
      this.crash();
      this.world.schedule.after(this.world.prng.between(20, 500), () => this.start());
    }
  }

  private planTick(nonce: string): void {
    this.world.schedule.after(tickMs / this.clock.rate, () => {
      if (this.process?.nonce !== nonce) return;
      if (this.pausedBacklog === null) this.run(nonce, ({ replica }) => replica.tick(this.nowMs));
      this.planTick(nonce);
    });
  }

  /** Stamps a command and queues it; the batch is closed a little later. */
  submit(replica: Replica, machine: CoreMachine, command: Uint8Array): boolean {
    const nowUs = Math.floor(this.nowMs * 1000);
    const stampUs = Math.max(this.lastUs, machine.core.timestampUs, nowUs);
    const stamped = command.slice();
    setTimestampUs(stamped, stampUs);
    if (!replica.submit(stamped)) return false;
    this.lastUs = stampUs;
    this.planFlush();
    return true;
  }

  private planFlush(): void {
    if (this.isFlushPlanned) return;
    this.isFlushPlanned = true;
    this.world.schedule.after(this.world.prng.between(0, 2), () => {
      this.isFlushPlanned = false;
      this.run(null, ({ replica }) => replica.flush(this.nowMs));
    });
  }

  crash(): void {
    if (this.process === null) return;
    this.world.trace(() => `${this.name} process died`);
    this.process = null;
    this.pausedBacklog = null;
    this.disk.callsToDeath = 0;
    const isSilent = this.world.network.isCut(this.name, this.other.name);
    if (!isSilent) this.other.losePeer(this.world.prng.chance(0.8));
  }

  pause(): void {
    this.pausedBacklog ??= [];
  }

  resume(): void {
    const waiting = this.pausedBacklog ?? [];
    this.pausedBacklog = null;
    for (const run of waiting) run();
  }

  connectPeer(): void {
    this.run(null, ({ replica }) => replica.onPeerConnected(this.nowMs));
  }

  losePeer(isRefused: boolean): void {
    this.run(null, ({ replica }) => replica.onPeerLost(isRefused, this.nowMs));
  }
}

function describe(value: object): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array ? `${item.length} bytes` : item,
  );
}
