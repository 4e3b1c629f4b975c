// SimEngine: one engine of a run: the real replica on the real core, with a disk that outlives its
// process, a clock of its own, and links that may fail. Its process dies, pauses and starts again.

import type { CoreMachine } from "../../engine/adapters/core-machine.ts";
import { setTimestampUs } from "../../engine/codec/command-codec.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import type { Control } from "../../engine/replication/control.ts";
import type { ReplicaDecision } from "../../engine/replication/decision.ts";
import { firstIncarnation } from "../../engine/replication/members.ts";
import type {
  EngineId,
  PeerMessage,
  RedisReply,
  RedisRequest,
} from "../../engine/replication/messages.ts";
import type { Ports } from "../../engine/replication/ports.ts";
import { Replica } from "../../engine/replication/replica.ts";
import type { ReplicationTiming, TrimPolicy } from "../../engine/replication/replica-options.ts";
import { Feeds } from "./feeds.ts";
import { operatorsReason } from "./oracle.ts";
import { ProcessDied, SimDisk } from "./sim-disk.ts";
import { WatchedMachine } from "./watched-machine.ts";
import type { World } from "./world.ts";

const tickMs = 20;
const restartMs = 100;

export interface EngineSettings {
  readonly capacity: Capacity;
  readonly timing: ReplicationTiming;
  readonly checkpointEntries: number;
  readonly copyLinesMax: number;
  readonly messageBytesMax: number;
  readonly trim: TrimPolicy;
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
  /** `wallMs`: how far the wall clock is ahead of the monotonic one. */
  private clock = { offsetMs: 0, rate: 1, wallMs: 0 };
  /** Its state is not that of its log. Only hashes can tell it. */
  isDiverged = false;
  /** What arrives during a pause. */
  private pausedBacklog: (() => void)[] | null = null;
  private lastUs = 0;
  private isFlushPlanned = false;

  constructor(
    id: EngineId,
    world: World,
    settings: EngineSettings,
    incarnation = firstIncarnation,
  ) {
    this.id = id;
    this.name = `engine${id}${incarnation === firstIncarnation ? "" : `.${incarnation}`}`;
    this.world = world;
    this.settings = settings;
    this.disk = new SimDisk(world.prng, incarnation);
  }

  get incarnation(): number {
    return this.disk.incarnation;
  }

  /** The next machine that takes this seat, with nothing on its disk. */
  successor(): SimEngine {
    return new SimEngine(this.id, this.world, this.settings, this.incarnation + 1);
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
    if (this.disk.isFull) {
      // A start writes too: it fails, and the supervisor tries again.
      world.schedule.after(restartMs, () => this.start());
      return;
    }
    this.starts++;
    const nonce = `${this.name}-${this.starts}`;
    const { prng } = world;
    const rate = prng.between(0.95, 1.05);
    this.clock = { offsetMs: prng.between(0, 500), rate, wallMs: prng.between(0, 200) };
    const machine = new WatchedMachine(settings.capacity, {
      marked: (position, hash) => this.marked(position, hash),
      restored: (position, hash) => this.judgeState(position, hash),
      diverged: () => {
        this.isDiverged = true;
      },
    });
    const { capacity: _, ...replication } = settings;
    const options = { ...replication, id: this.id, startNonce: nonce };
    world.oracle.started(this.name);
    const replica = new Replica(options, this.ports(nonce, machine), this.nowMs);
    this.process = { nonce, replica, machine, feeds: new Feeds(this, replica, world) };
    this.planTick(nonce);
    world.connectEngines();
  }

  private marked(position: number, hash: string): void {
    const { process, world } = this;
    if (this.isDiverged) this.judgeState(position, hash);
    if (!this.isDiverged) world.oracle.hashed(this.name, process?.replica ?? null, position, hash);
  }

  /** One that had diverged may have been brought back. */
  private judgeState(position: number, hash: string): void {
    const isTrue = position === 0 || this.world.oracle.isTrue(position, hash);
    if (isTrue) this.isDiverged = false;
  }

  private ports(nonce: string, machine: WatchedMachine): Ports {
    const { world } = this;
    const send = (message: PeerMessage) => {
      world.trace(() => `${this.name} -> ${this.other.name} ${describe(message)}`);
      this.whenWritten(() => {
        // An address that leads to two machines: whoever once had the seat may get it too.
        for (const other of world.everIn(this.other.id)) {
          const receive = () => other.receive(message, this);
          world.network.send(this.name, other.name, receive, message.kind);
        }
      });
    };
    const call = (request: RedisRequest) => {
      world.trace(() => `${this.name} -> redis ${describe(request)}`);
      const onReply = (reply: RedisReply) => {
        this.run(nonce, ({ replica }) => {
          world.trace(() => `${this.name} <- redis ${request.kind}: ${describe(reply)}`);
          replica.onRedisReply(request, reply, this.nowMs);
        });
      };
      this.whenWritten(() => world.redis.call(this.name, request, onReply));
    };
    return {
      peer: { send },
      redis: { call },
      storage: this.disk,
      control: this.disk.control,
      machine,
      decided: (decision) => this.decided(decision),
      committed: (position) => this.committed(position),
      readConfirmed: (readId, position) => {
        world.oracle.readConfirmed(readId, this.process?.replica ?? null, position);
      },
    };
  }

  /** What is sent after a write leaves when the write is done. */
  private whenWritten(send: () => void): void {
    const busyMs = this.disk.busyForMs;
    if (busyMs > 0) this.world.schedule.after(busyMs, send);
    else send();
  }

  private decided(decision: ReplicaDecision): void {
    const { world } = this;
    world.trace(() => `${this.name} ${decision.code} ${describe(decision)}`);
    world.oracle.decided(this.name, decision, this.process?.replica ?? null, this.isDiverged);
    world.faults.onDecided(this, decision.code);
    if (decision.code === "EPOCH_TAKEN" && this.process !== null) {
      this.process.machine.isToDiverge = false;
    }
    // That the primary goes before any mark has told the standby is a second fault: not asked for.
    if (decision.code === "EPOCH_TAKEN" && this.isDiverged) throw new ProcessDied();
  }

  private committed(position: number): void {
    const { process, world } = this;
    if (process === null) return;
    world.oracle.committed(this.name, process.nonce, process.replica, position);
    process.feeds.push();
  }

  receive(message: PeerMessage, sender: SimEngine): void {
    const { world } = this;
    this.run(null, ({ replica }) => {
      world.trace(() => `${this.name} <- ${sender.name} ${describe(message)}`);
      const replacer = replica.replacerOf(sender.incarnation);
      if (replacer === 0) replica.onPeerMessage(message, sender.incarnation, this.nowMs);
      else world.network.send(this.name, sender.name, () => sender.hearOfSuccessor(replacer));
    });
  }

  private hearOfSuccessor(incarnation: number): void {
    this.run(null, ({ replica }) => {
      this.world.trace(() => `${this.name} is told that incarnation ${incarnation} has its seat`);
      replica.onReplaced(incarnation, this.nowMs);
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
      // A state that is wrong may well contradict itself.
      const isExpected = error instanceof ProcessDied || this.isDiverged;
      if (!isExpected) throw error;
      this.crash();
      this.world.schedule.after(this.world.prng.between(20, 500), () => this.start());
      return;
    }
    if (this.disk.busyForMs > 0) this.stayBusy();
  }

  private stayBusy(): void {
    this.pause();
    this.world.schedule.after(this.disk.busyForMs, () => this.resume());
    this.disk.endEvent();
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
    const nowUs = Math.floor((this.nowMs + this.clock.wallMs) * 1000);
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
    this.disk.endEvent();
    const isSilent = this.world.network.isCut(this.name, this.other.name);
    if (!isSilent && this.world.engine(this.id) === this)
      this.other.losePeer(this.world.prng.chance(0.8));
  }

  /** An operator's word; one that is not heard is not repeated. */
  operate({ isPaused, isFenced }: Partial<Control>): void {
    this.run(null, ({ replica }) => {
      if (isPaused !== undefined) replica.operators.setPaused(isPaused, "asked");
      if (isFenced !== undefined) replica.operators.setFenced(isFenced, "asked");
    });
  }

  /** Rule 11: whether it did as it was told, at once. */
  force(): boolean {
    let isForced = false;
    this.run(null, ({ replica }) => {
      isForced = replica.operators.force(operatorsReason) === null;
    });
    return isForced;
  }

  /** The next command that it executes, it executes wrongly. */
  diverge(): void {
    if (this.process !== null) this.process.machine.isToDiverge = true;
  }

  leapClock(aheadMs: number, wallMs: number): void {
    this.clock = {
      ...this.clock,
      offsetMs: this.clock.offsetMs + aheadMs,
      wallMs: this.clock.wallMs + wallMs,
    };
  }

  bendClock(rate: number): void {
    const offsetMs = this.nowMs - this.world.schedule.nowMs * rate;
    this.clock = { ...this.clock, offsetMs, rate };
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
