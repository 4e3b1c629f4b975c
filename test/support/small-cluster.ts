// Two replicas and a Redis model on one virtual clock, without faults of their own: for tests that lead
// them into one situation. Messages take a millisecond; who is cut off from whom is the test's to say.

import { CoreMachine } from "../../engine/adapters/core-machine.ts";
import { encodeCommand } from "../../engine/codec/command-codec.ts";
import type { ReplicaDecision } from "../../engine/replication/decision.ts";
import type { EngineId } from "../../engine/replication/messages.ts";
import { Replica } from "../../engine/replication/replica.ts";
import type { ReplicaOptions } from "../../engine/replication/replica-options.ts";
import { Prng } from "../sim/prng.ts";
import { RedisModel } from "../sim/redis-model.ts";
import { SimDisk } from "../sim/sim-disk.ts";

type Name = "engine1" | "engine2" | "redis";

const capacity = {
  orders: 64,
  rememberedOrders: 32,
  accounts: 4,
  assets: 2,
  symbols: 1,
  levels: 64,
  sessions: 16,
};

export class SmallMember {
  readonly id: EngineId;
  readonly name: Name;
  readonly disk: SimDisk;
  readonly incarnation: number;
  readonly decisions: ReplicaDecision[] = [];
  private readonly cluster: SmallCluster;
  private starts = 0;
  replica: Replica | null = null;
  machine = new CoreMachine(capacity);

  constructor(id: EngineId, cluster: SmallCluster, incarnation = 1) {
    this.id = id;
    this.incarnation = incarnation;
    this.disk = new SimDisk(new Prng(1), incarnation);
    this.name = `engine${id}`;
    this.cluster = cluster;
  }

  /** The replica of the process that runs. */
  get live(): Replica {
    if (this.replica === null) throw new Error(`${this.name} does not run`);
    return this.replica;
  }

  get codes(): string[] {
    return this.decisions.map(({ code }) => code);
  }

  start(): void {
    const { cluster } = this;
    this.starts++;
    this.machine = new CoreMachine(capacity);
    const start = this.starts;
    const isSame = () => this.starts === start && this.replica !== null;
    const options = { ...cluster.options, id: this.id, startNonce: `${this.name}-${start}` };
    this.replica = new Replica(
      options,
      {
        peer: {
          send: (message) => {
            const other = cluster.other(this);
            cluster.deliver(this.name, other.name, () => {
              const replacer = other.replica?.replacerOf(this.incarnation) ?? 0;
              if (replacer > 0) this.replica?.onReplaced(replacer, cluster.nowMs);
              else other.replica?.onPeerMessage(message, this.incarnation, cluster.nowMs);
            });
          },
        },
        redis: {
          call: (request) => {
            const answer = (reply: Parameters<Replica["onRedisReply"]>[1]) => {
              if (isSame()) this.live.onRedisReply(request, reply, cluster.nowMs);
            };
            const fail = () => cluster.after(100, () => answer({ kind: "failed" }));
            const isSent = cluster.deliver(this.name, "redis", () => {
              const reply = cluster.redis.call(request);
              if (!cluster.deliver("redis", this.name, () => answer(reply))) fail();
            });
            if (!isSent) fail();
          },
        },
        storage: this.disk,
        control: this.disk.control,
        machine: this.machine,
        decided: (decision) => this.decisions.push(decision),
        committed: () => {},
        readConfirmed: () => {},
      },
      cluster.nowMs,
    );
    cluster.connect();
  }

  /** Its machine says so to the other engine, unless that is cut off. */
  crash(): void {
    this.replica = null;
    const other = this.cluster.other(this);
    if (!this.cluster.isCut(this.name, other.name)) {
      other.replica?.onPeerLost(true, this.cluster.nowMs);
    }
  }

  /** A command of the exchange, which differs from all others by its time. */
  submit(): boolean {
    const request = { sessionId: 0, requestSeq: 0 };
    const timestampUs = Math.floor(this.cluster.nowMs * 1000) + this.live.state.log.lastPosition;
    const command = { kind: "tick" } as const;
    const isTaken = this.live.submit(encodeCommand({ request, timestampUs, command }));
    this.live.flush(this.cluster.nowMs);
    return isTaken;
  }
}

export class SmallCluster {
  nowMs = 0;
  readonly options: Omit<ReplicaOptions, "id" | "startNonce">;
  readonly members: [SmallMember, SmallMember];
  /** Machines that had a seat, and run on. */
  private readonly former: SmallMember[] = [];
  redis: RedisModel;
  delayMs: (from: Name, to: Name) => number = () => 1;
  private redisStarts = 0;
  private readonly cuts = new Set<string>();
  private queue: { atMs: number; act: () => void }[] = [];

  constructor(options: Partial<ReplicaOptions> = {}) {
    this.options = {
      timing: {
        heartbeatMs: 50,
        failureTimeoutMs: 200,
        snapshotIntervalMs: 50,
        antiFlapMs: 10_000,
      },
      checkpointEntries: 10_000,
      copyLinesMax: 16,
      messageBytesMax: 1 << 20,
      trim: { marginEntries: 20_000, intervalMs: 1_000 },
      ...options,
    };
    this.redis = this.newRedis();
    this.members = [new SmallMember(1, this), new SmallMember(2, this)];
  }

  /** Both run, one serves, and both others are in sync. */
  static whole(options?: Partial<ReplicaOptions>): SmallCluster {
    const cluster = new SmallCluster(options);
    for (const member of cluster.members) member.start();
    cluster.until(() => cluster.serving[0]?.live.inSync().length === 2);
    return cluster;
  }

  private newRedis(): RedisModel {
    const run = ++this.redisStarts;
    return new RedisModel({
      runId: `run${run}`,
      replicationId: `replication${run}`,
      readBytesMax: this.options.messageBytesMax,
    });
  }

  /** Another server, with nothing in it. */
  replaceRedis(): void {
    this.redis = this.newRedis();
  }

  other(member: SmallMember): SmallMember {
    return this.members[member.id === 1 ? 1 : 0];
  }

  /** Another machine takes its place; the old one still reaches the other two. */
  replace(old: SmallMember): SmallMember {
    const next = new SmallMember(old.id, this, old.incarnation + 1);
    this.members[old.id - 1] = next;
    this.former.push(old);
    return next;
  }

  get serving(): SmallMember[] {
    return this.members.filter(({ replica }) => replica?.isServing === true);
  }

  /** The one that serves, and the other one. */
  get roles(): { primary: SmallMember; standby: SmallMember } {
    const [primary] = this.serving;
    if (primary === undefined) throw new Error("nobody serves");
    return { primary, standby: this.other(primary) };
  }

  isCut(a: Name, b: Name): boolean {
    return this.cuts.has(`${a} ${b}`) || this.cuts.has(`${b} ${a}`);
  }

  /** As a cut, but no connection is seen to end. */
  silence(a: Name, b: Name): void {
    this.cuts.add(`${a} ${b}`);
  }

  /** Both ways, until it is joined. */
  cut(a: Name, b: Name): void {
    this.silence(a, b);
    if (a === "redis" || b === "redis") return;
    for (const { replica } of this.members) replica?.onPeerLost(false, this.nowMs);
  }

  /** One cut ends, or all. */
  join(a?: Name, b?: Name): void {
    if (a === undefined) this.cuts.clear();
    this.cuts.delete(`${a} ${b}`);
    this.connect();
  }

  connect(): void {
    const [first, second] = this.members ?? [];
    if (first?.replica == null || second?.replica == null || this.isCut("engine1", "engine2")) {
      return;
    }
    first.replica.onPeerConnected(this.nowMs);
    second.replica.onPeerConnected(this.nowMs);
  }

  deliver(from: Name, to: Name, act: () => void): boolean {
    if (this.isCut(from, to)) return false;
    this.after(this.delayMs(from, to), () => {
      if (!this.isCut(from, to)) act();
    });
    return true;
  }

  after(ms: number, act: () => void): void {
    this.queue.push({ atMs: this.nowMs + ms, act });
  }

  run(ms: number): void {
    for (const endMs = this.nowMs + ms; this.nowMs < endMs; ) this.step();
  }

  /** Within a bound that no situation should need. */
  until(isMet: () => boolean, withinMs = 10_000): void {
    for (const endMs = this.nowMs + withinMs; !isMet(); ) {
      if (this.nowMs >= endMs) throw new Error(`not met within ${withinMs} ms`);
      this.step();
    }
  }

  private step(): void {
    this.nowMs++;
    const due = this.queue.filter(({ atMs }) => atMs <= this.nowMs);
    this.queue = this.queue.filter(({ atMs }) => atMs > this.nowMs);
    for (const { act } of due) act();
    if (this.nowMs % 10 !== 0) return;
    for (const { replica } of [...this.members, ...this.former]) replica?.tick(this.nowMs);
  }
}
