// RegionEngine: one engine of one of two regions: the real replica on the real core, with a disk that outlives
// its process, what it was told of regions, and the link by which it follows or is followed. The seat and
// the link are models of engine/adapters/engine/region-{seat,link}.ts; all that they call is production code.

import { setTimestampUs } from "../../../engine/codec/command-codec.ts";
import type { ReplicaDecision } from "../../../engine/replication/decision.ts";
import { type LogBatch, lastOf } from "../../../engine/replication/log-batch.ts";
import { firstIncarnation } from "../../../engine/replication/members.ts";
import type { EngineId, Snapshot } from "../../../engine/replication/messages.ts";
import type { Ports } from "../../../engine/replication/ports.ts";
import type { RegionRole, RegionStanding } from "../../../engine/replication/region.ts";
import type { RegionFeed } from "../../../engine/replication/region-follower.ts";
import { Replica } from "../../../engine/replication/replica.ts";
import { SimDisk } from "../sim-disk.ts";
import { WatchedMachine } from "../watched-machine.ts";
import type { RegionOracle } from "./region-oracle.ts";
import type { Leadership } from "./region-register.ts";
import { capacity, settings } from "./region-settings.ts";
import type { RegionSite } from "./region-site.ts";
import type { RegionWorld } from "./region-world.ts";

const tickMs = 20;
const pollMs = 40;

/** Every entry that reaches a disk is told to the oracle. */
class WatchedDisk extends SimDisk {
  private readonly tell: (batch: LogBatch, before: number | null) => void;

  constructor(world: RegionWorld, tell: (batch: LogBatch, before: number | null) => void) {
    super(world.prng);
    this.tell = tell;
  }

  override appendLog(batch: LogBatch): void {
    this.tell(batch, null);
    super.appendLog(batch);
  }

  override replaceLog(snapshot: Snapshot | null, batches: readonly LogBatch[]): void {
    let before = snapshot?.epoch ?? 0;
    for (const batch of batches) {
      this.tell(batch, before);
      before = batch.epoch;
    }
    super.replaceLog(snapshot, batches);
  }
}

interface Feed extends RegionFeed {
  readonly epoch: number;
  readonly committed: number;
}

interface Process {
  readonly nonce: string;
  readonly replica: Replica;
  readonly machine: WatchedMachine;
  toldTo: number;
  /** Of the link to the region that leads: its primary's epoch, how far it is, what was taken of it. */
  link: { epoch: number; committed: number; answered: number };
}

const newLink = () => ({ epoch: 0, committed: 0, answered: 0 });

export class RegionEngine {
  readonly name: string;
  readonly id: EngineId;
  readonly site: RegionSite;
  process: Process | null = null;
  private readonly world: RegionWorld;
  private readonly disk: WatchedDisk;
  /** On the disk: region.json. */
  private standing: RegionStanding;
  private starts = 0;

  constructor(id: EngineId, site: RegionSite, world: RegionWorld) {
    this.id = id;
    this.site = site;
    this.world = world;
    this.name = `${site.name}${id}`;
    this.disk = new WatchedDisk(world, (batch, before) => {
      const behind = before ?? this.replica?.state.log.epochAt(batch.first - 1) ?? 0;
      this.oracle.written(this.name, batch, behind);
    });
    const role = site.name === "prod" ? "active" : "dr";
    this.standing = { role, term: 0, isDrained: false, isInSync: false };
  }

  private get oracle(): RegionOracle {
    return this.world.oracle;
  }

  private get other(): RegionEngine {
    return this.site.engines[this.id === 1 ? 1 : 0] as RegionEngine;
  }

  get replica(): Replica | null {
    return this.process?.replica ?? null;
  }

  /** The link to the region that leads has shown that the end of the log is a part of its. */
  get isMatched(): boolean {
    return (this.process?.link.answered ?? 0) > 0;
  }

  get term(): number {
    return this.standing.term;
  }

  start(): void {
    if (this.process !== null) return;
    this.starts++;
    const nonce = `${this.name}-${this.starts}`;
    const nothing = () => {};
    const machine = new WatchedMachine(capacity, {
      marked: (position, hash) => {
        const epoch = this.replica?.state.log.epochAt(position) ?? -1;
        if (epoch >= 0) this.oracle.hashed(this.name, position, epoch, hash);
      },
      ...{ restored: nothing, diverged: nothing },
    });
    const region = { ...this.standing, isConfirmed: false, isSync: this.world.isSync };
    const options = { ...settings, id: this.id, startNonce: nonce, region };
    const replica = new Replica(options, this.ports(nonce, machine), this.world.nowMs);
    this.process = { nonce, replica, machine, toldTo: 0, link: newLink() };
    this.planTick(nonce);
    this.planPoll(nonce);
    this.site.connectEngines();
  }

  connectPeer(): void {
    this.run(null, ({ replica }) => replica.onPeerConnected(this.world.nowMs));
  }

  crash(): void {
    if (this.process === null) return;
    this.world.trace(() => `${this.name} process died`);
    this.process = null;
    this.other.run(null, ({ replica }) => replica.onPeerLost(true, this.world.nowMs));
  }

  private ports(nonce: string, machine: WatchedMachine): Ports {
    const { world, site } = this;
    return {
      peer: {
        send: (message) => {
          site.network.send(this.name, this.other.name, () =>
            this.other.run(null, ({ replica }) =>
              replica.onPeerMessage(message, firstIncarnation, world.nowMs),
            ),
          );
        },
      },
      redis: {
        call: (request) =>
          site.redis.call(this.name, request, (reply) =>
            this.run(nonce, ({ replica }) => replica.onRedisReply(request, reply, world.nowMs)),
          ),
      },
      storage: this.disk,
      control: this.disk.control,
      machine,
      decided: (decision) => this.decided(decision),
      committed: () => this.release(),
      readConfirmed: () => {},
    };
  }

  private decided({ code, reason }: ReplicaDecision): void {
    const { world, replica } = this;
    world.trace(() => `${this.name} ${code} ${reason ?? ""}`);
    this.oracle.noted(code);
    if (replica === null) return;
    if (code === "LOG_CUT" && replica.role === "dr") {
      this.oracle.fail(`${this.name} follows another region and cut its log: ${reason}`);
    }
    if (code === "SERVING") this.oracle.serving(this.name, this.site.name, replica.state);
  }

  /** What may leave a primary goes to the world at once. */
  private release(): void {
    const { process } = this;
    if (process === null || !process.replica.isServing) return;
    const { state } = process.replica;
    const isBelow = process.toldTo < state.log.base.position;
    const epochs = isBelow ? this.oracle.epochsOf(state) : null;
    for (let at = process.toldTo + 1; at <= state.released; at++) {
      const epoch = epochs?.[at] ?? state.log.epochAt(at);
      this.oracle.released(this.name, { position: at, epoch }, state);
    }
    process.toldTo = Math.max(process.toldTo, state.released);
  }

  run(nonce: string | null, act: (process: Process) => void): void {
    const { process } = this;
    if (process === null || (nonce !== null && process.nonce !== nonce)) return;
    process.replica.state.awake.advanceTo(this.world.nowMs);
    act(process);
    if (this.process === process) this.release();
  }

  private planTick(nonce: string): void {
    this.world.schedule.after(tickMs, () => {
      if (this.process?.nonce !== nonce) return;
      this.run(nonce, ({ replica }) => replica.tick(this.world.nowMs));
      this.planTick(nonce);
    });
  }

  submit(command: Uint8Array): void {
    this.run(null, ({ replica, machine }) => {
      const stamped = command.slice();
      const nowUs = Math.floor(this.world.nowMs * 1000);
      setTimestampUs(stamped, Math.max(machine.core.timestampUs, nowUs));
      if (replica.submit(stamped)) replica.flush(this.world.nowMs);
    });
  }

  // ---- the seat: what it is told of regions

  /** The controller's word. Older terms are refused, as is another role in the same one. */
  tell(role: RegionRole, { term, sinceTerm }: Leadership): void {
    this.run(null, (process) => {
      const { replica } = process;
      const held = replica.state.region.standing;
      if (term < held.term || (term === held.term && role !== held.role)) return;
      const isKnown = term === held.term;
      this.standing = {
        ...{ role, term },
        isDrained: isKnown && held.isDrained,
        isInSync: isKnown && held.isInSync,
      };
      const wasFollower = replica.role === "dr";
      if (role === "active") replica.regions.open(this.standing, sinceTerm, "the register");
      else replica.regions.follow(this.standing, "the register");
      if (wasFollower !== (replica.role === "dr")) process.link = newLink();
    });
  }

  /** `false`: it has not taken it. */
  drain(term: number): boolean {
    let isTaken = false;
    this.run(null, ({ replica }) => {
      const held = replica.state.region.standing;
      if (held.term !== term || held.role !== "active") return;
      this.standing = { ...held, isDrained: true };
      replica.regions.drain(this.standing, "an operator");
      isTaken = true;
    });
    return isTaken;
  }

  /** An engine of the other region has everything up to `position`. */
  private onAnswer(position: number): void {
    this.run(null, ({ replica }) => {
      const { state } = replica;
      if (state.region.role !== "active") return;
      const known = Math.min(position, state.committed);
      state.answerOfRegion(known);
      const isLevel = known === state.committed && this.world.isSync;
      if (!isLevel || state.region.standing.isInSync) return;
      this.standing = { ...state.region.standing, isInSync: true };
      state.region.standing = this.standing;
      state.decide("REGION_IN_SYNC");
    });
  }

  // ---- the link: how it follows

  private planPoll(nonce: string): void {
    this.world.schedule.after(pollMs, () => {
      if (this.process?.nonce !== nonce) return;
      this.run(nonce, (process) => this.poll(process));
      this.planPoll(nonce);
    });
  }

  private poll({ replica, link }: Process): void {
    if (replica.role !== "dr" || replica.regions.isDiverged) return;
    const from = Math.max(1, Math.min(replica.state.log.lastPosition, link.committed));
    for (const remote of this.world.otherOf(this.site).engines) {
      this.world.border.send(this.name, remote.name, () => remote.onPoll(this, from));
    }
  }

  private onPoll(asker: RegionEngine, from: number): void {
    this.run(null, ({ replica }) => {
      if (!replica.isServing) return;
      const { state } = replica;
      const { epoch, committed, log, lastMark } = state;
      const isInMemory = from > log.base.position;
      const batches =
        from > committed
          ? []
          : isInMemory
            ? log.read(from, committed, settings.messageBytesMax)
            : this.olderEntries(from, committed);
      const marks = lastMark.position <= committed ? [lastMark] : [];
      const feed = { epoch, committed, batches, marks };
      this.world.border.send(this.name, asker.name, () => asker.onFeed(feed));
    });
  }

  /** What this primary's memory has no more: from its region's Redis, then from its own files. */
  private olderEntries(from: number, to: number): readonly LogBatch[] {
    const { batches } = this.site.redis.model.tail(from);
    return batches.length > 0 ? batches : (this.disk.readJournal(from, to) ?? []);
  }

  private onFeed(feed: Feed): void {
    this.run(null, (process) => {
      const { replica, link } = process;
      if (replica.role !== "dr" || feed.epoch < link.epoch) return;
      if (feed.epoch > link.epoch) {
        link.epoch = feed.epoch;
        replica.regions.onUp();
      }
      link.committed = Math.max(link.committed, feed.committed);
      const taken = replica.regions.onFeed(feed);
      const last = feed.batches.at(-1);
      if (taken !== "taken" || last === undefined) return;
      const position = lastOf(last);
      link.answered = position;
      for (const remote of this.world.otherOf(this.site).engines) {
        this.world.border.send(this.name, remote.name, () => remote.onAnswer(position));
      }
    });
  }
}
