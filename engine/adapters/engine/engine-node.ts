// EngineNode: a replica with its disk, its Redis, the other engine and its followers around it.
// Wiring and scheduling only: one event, then a flush, then what became committed goes out.

import type { Logger } from "pino";
import type { EngineNode as EngineNodeConfig, ExchangeConfig, Keys } from "../../config.ts";
import { COMMAND_VERSION } from "../../core/command-layout.ts";
import type { CoreReader } from "../../core/core-reader.ts";
import { CastleError } from "../../errors.ts";
import type { DecisionCode, ReplicaDecision } from "../../replication/decision.ts";
import type { EngineId, PeerMessage } from "../../replication/messages.ts";
import { Replica } from "../../replication/replica.ts";
import type { EngineStatus } from "../../status.ts";
import { castleVersion } from "../../version.ts";
import type { Clock } from "../clock.ts";
import { CoreMachine } from "../core-machine.ts";
import { DecisionLog } from "../decision-log.ts";
import { encodeGenesis, isGenesisComplete } from "../genesis.ts";
import { BeatPort } from "../link/beat-port.ts";
import type { Connection } from "../link/connection.ts";
import { Dialer } from "../link/dialer.ts";
import {
  type Identity,
  isPeerMessage,
  type LinkMessage,
  linkVersion,
} from "../link/link-message.ts";
import { RedisVoter } from "../redis/redis-voter.ts";
import { ControlFile } from "../storage/control-file.ts";
import { type EngineStorage, openStorage } from "../storage/engine-storage.ts";
import { assertKnown, CommandVersions } from "./command-versions.ts";
import { DiskFeed } from "./disk-feed.ts";
import { engineStatus } from "./engine-status.ts";
import { Expectations } from "./expectations.ts";
import { FollowerSessions } from "./follower-sessions.ts";
import { LinkServer } from "./link-server.ts";
import { OpenReads } from "./open-reads.ts";
import { OperatorRoutes } from "./operator-routes.ts";
import { loadRegion, RegionSeat } from "./region-seat.ts";
import { Submissions } from "./submissions.ts";
import { turnsAway } from "./turn-away.ts";

/** Committed entries between two checkpoints on disk: about 50 MB of log to hold and to replay. */
const checkpointEntries = 500_000;
const messageBytesMax = 1 << 20;
/** 1 MiB of state: half a millisecond, ten times what a tick may take. */
const copyLinesMax = 4096;
/** For gateways that were away for moments; a history says itself what it still needs. */
const trim = { marginEntries: 20_000, intervalMs: 1_000 };
/** Longer than a stream is held up by a few lost segments; suspicion has a clock of its own. */
const redisTimeoutMs = 2_000;
/** Ten looks a heartbeat would be waste, one would add its whole length to a detection. */
const tickMs = 10;
/** After these followers hear at once who serves now. */
const announced: DecisionCode[] = ["SERVING", "DEPOSED", "REGION_FOLLOWING", "REGION_OPENED"];

export interface EngineNodeOptions {
  readonly config: ExchangeConfig;
  readonly keys: Keys;
  readonly node: EngineNodeConfig;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called with what no engine can go on from. */
  readonly onFatal: (error: unknown) => void;
}

export class EngineNode {
  readonly name: string;
  readonly directory: string;
  readonly submissions: Submissions;
  readonly followers: FollowerSessions;
  readonly replica: Replica;
  readonly operators: OperatorRoutes;
  /** `null` in an exchange of one region. */
  readonly region: RegionSeat | null;
  private readonly options: EngineNodeOptions;
  private readonly versions: CommandVersions;
  private readonly diskFeed: DiskFeed;
  private readonly machine: CoreMachine;
  readonly storage: EngineStorage;
  readonly redis: RedisVoter;
  readonly peer: Dialer;
  private readonly server: LinkServer;
  readonly beats: BeatPort;
  readonly decisions: DecisionLog;
  private readonly expectations: Expectations;
  private readonly startedMs: number;
  private readonly reads = new OpenReads();
  private isWorkDue = false;
  private announcedMs = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(options: EngineNodeOptions) {
    const { config, node, clock, log, directory } = options;
    this.options = options;
    this.directory = directory;
    this.name = `engine-${node.id}`;
    this.startedMs = clock.nowMs();
    this.machine = new CoreMachine(config.capacity);
    this.decisions = new DecisionLog(directory, this.name, clock);
    this.storage = openStorage(directory, {
      shard: config.shard,
      engineId: node.id,
      ...config.timing,
      log,
    });
    this.redis = new RedisVoter({
      url: config.redis.url,
      shard: config.shard,
      timeoutMs: redisTimeoutMs,
      log,
      onReply: (request, reply) => {
        this.work(() => this.replica.onRedisReply(request, reply, clock.nowMs()));
      },
    });
    const peerNode = config.engines.find((other) => other.id !== node.id);
    if (peerNode === undefined) throw new CastleError("CONFIG_INVALID", "engines: ids 1 and 2");
    this.replica = new Replica(
      {
        id: node.id as EngineId,
        timing: config.timing,
        startNonce: `${node.id}-${process.pid}-${Math.floor(clock.wallMs() * 1000)}`,
        checkpointEntries,
        copyLinesMax,
        messageBytesMax,
        trim,
        ...(config.region && { region: loadRegion(directory, config.region) }),
      },
      {
        peer: { send: (message) => this.peer.send(message) },
        redis: { call: (request) => this.redis.call(request) },
        storage: this.storage,
        control: new ControlFile(directory),
        machine: this.machine,
        decided: (decision) => this.onDecided(decision),
        committed: () => this.dueWork(),
        readConfirmed: (readId, position) => this.onReadConfirmed(readId, position),
      },
      clock.nowMs(),
    );
    this.versions = new CommandVersions({
      usedVersion: () => this.machine.usedVersion,
      hasMembers: () => this.replica.state.log.members !== "",
      followers: () => this.followers.all(),
    });
    const allowedVersion = () => this.versions.allowed;
    this.followers = new FollowerSessions(this.replica, allowedVersion);
    this.submissions = new Submissions(this.replica, clock, allowedVersion);
    this.expectations = new Expectations(clock.nowMs);
    this.region = this.openRegion();
    this.operators = new OperatorRoutes({
      replica: this.replica,
      core: this.machine.core,
      expectations: this.expectations,
      nowMs: clock.nowMs,
      submit: (command) => this.submitOwn(command),
      allowsMember: () => this.versions.allowsMember,
      region: this.region ?? undefined,
    });
    this.diskFeed = new DiskFeed({
      directory,
      replica: this.replica,
      followers: this.followers,
      log,
    });
    this.server = new LinkServer(
      {
        host: node.host,
        port: node.linkPort,
        shard: config.shard,
        layoutId: this.machine.core.layoutId,
        requiredVersion: () => this.versions.required,
        log,
        nowMs: clock.nowMs,
      },
      { onIdentified: (identity, connection) => this.onIdentified(identity, connection) },
    );
    this.peer = new Dialer(
      {
        host: peerNode.host,
        port: peerNode.linkPort,
        identity: this.identity(),
        log,
        nowMs: clock.nowMs,
      },
      {
        onUp: () => this.work(() => this.replica.onPeerConnected(clock.nowMs())),
        onDown: (isRefused) => this.work(() => this.replica.onPeerLost(isRefused, clock.nowMs())),
        onMessage: () => {},
        onTooOld: (reason) => this.options.onFatal(new CastleError("VERSION_MISMATCH", reason)),
        onReplaced: (incarnation) =>
          this.work(() => this.replica.onReplaced(incarnation, clock.nowMs())),
      },
    );
    this.beats = this.openBeats(peerNode);
  }

  private openRegion(): RegionSeat | null {
    const { config, directory, clock, log, onFatal } = this.options;
    if (config.region === undefined) return null;
    return new RegionSeat({
      ...{ config, region: config.region, directory, clock, log, onFatal },
      ...{ name: this.name, layoutId: this.machine.core.layoutId },
      ...{ replica: this.replica, expectations: this.expectations },
      onWork: () => this.dueWork(),
    });
  }

  private openBeats(peer: EngineNodeConfig): BeatPort {
    const { config, node, clock, log } = this.options;
    const { replica } = this;
    return new BeatPort({
      host: node.host,
      port: node.linkPort,
      peer: { host: peer.host, port: peer.linkPort, id: peer.id },
      shard: config.shard,
      engineId: node.id,
      startNonce: replica.state.options.startNonce,
      beatMs: config.timing.beatMs,
      log,
      nowMs: clock.nowMs,
      leadingEpoch: () => (replica.role === "primary" ? replica.state.epoch : null),
      peerNonce: () => replica.peer.startNonce,
      onBeat: (epoch) => this.work(() => replica.onPeerBeat(epoch, clock.nowMs())),
    });
  }

  private identity(): Identity {
    return {
      kind: "identify",
      name: this.name,
      purpose: "engine",
      shard: this.options.config.shard,
      version: linkVersion,
      castle: castleVersion,
      commandVersion: COMMAND_VERSION,
      layoutId: this.machine.core.layoutId,
      incarnation: this.storage.incarnation,
    };
  }

  /** @throws CastleError PORT_TAKEN, REDIS_TOO_OLD */
  async start(): Promise<void> {
    await this.server.listen();
    await this.beats.open();
    this.tick();
    await this.redis.connect().catch((error: unknown) => {
      // Without Redis the two engines go on; one of the wrong version must not be used at all.
      if (!(error instanceof CastleError) || error.code === "REDIS_TOO_OLD") throw error;
    });
  }

  private tick(): void {
    const { clock, config } = this.options;
    this.work(() => this.replica.tick(clock.nowMs()));
    this.region?.tick();
    if (clock.nowMs() - this.announcedMs >= config.timing.heartbeatMs) {
      this.announcedMs = clock.nowMs();
      this.followers.announce();
    }
    this.timer = setTimeout(() => this.tick(), tickMs);
  }

  /** Runs a step of the replica; what it throws is a bug or a broken disk: crash beats guess. */
  private work(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.options.onFatal(error);
    }
    this.expectations.check();
  }

  private onIdentified(identity: Identity, connection: Connection): (m: LinkMessage) => void {
    if (identity.purpose === "engine") {
      const caller = { identity, connection, log: this.options.log };
      const { incarnation = 1, commandVersion } = identity;
      this.peer.dialNow();
      return (message) => {
        if (!isPeerMessage(message) || turnsAway(this.replica, caller)) return;
        const isMember = incarnation === this.replica.state.peerIncarnation;
        if (isMember) this.versions.notePeer(commandVersion);
        this.work(() => {
          if ("batches" in message) assertKnown(message.batches);
          const nowMs = this.options.clock.nowMs();
          this.replica.onPeerMessage(message as PeerMessage, incarnation, nowMs);
        });
        this.dueWork();
      };
    }
    const session = this.followers.add(identity, connection);
    return (message) => {
      switch (message.kind) {
        case "subscribe":
          this.followers.subscribe(session, message.from);
          break;
        case "subscribeFromDisk":
          void this.diskFeed.give(session, message.from);
          break;
        case "submit":
          this.submissions.take(session, message);
          this.dueWork();
          break;
        case "read":
          this.onRead(connection, message.readId);
          break;
        case "regionAck":
          this.region?.onAnswer(message.position);
          break;
      }
    };
  }

  /** A command of the exchange itself. */
  private submitOwn(command: Uint8Array): boolean {
    this.dueWork();
    return this.submissions.submit(command);
  }

  private onRead(connection: Connection, readId: number): void {
    if (this.reads.add(connection, readId, (id) => this.replica.requestRead(id))) this.dueWork();
  }

  private onReadConfirmed(id: number, position: number): void {
    // What was committed before the query must be on its way before the answer is.
    this.followers.feedAll();
    this.reads.confirm(id, position);
  }

  /** At the end of this turn of the loop: one flush, one feed, however many events came. */
  private dueWork(): void {
    if (this.isWorkDue) return;
    this.isWorkDue = true;
    setImmediate(() => {
      this.isWorkDue = false;
      this.work(() => this.replica.flush(this.options.clock.nowMs()));
      this.followers.feedAll();
    });
  }

  private onDecided(decided: ReplicaDecision): void {
    const decision = this.decisions.add(decided);
    this.options.log.info(decision, "decision");
    if (decision.code === "SERVING") {
      this.followers.refuseUntilRestart();
      this.submissions.stampAfter(this.machine.core.timestampUs);
      this.ensureGenesis();
    }
    if (decision.code === "DEPOSED") this.reads.clear();
    if (announced.includes(decision.code)) {
      setImmediate(() => this.followers.announce());
    }
  }

  private ensureGenesis(): void {
    const { config, keys } = this.options;
    if (isGenesisComplete(this.machine.core, config, keys)) return;
    setImmediate(() => {
      for (const command of encodeGenesis(config, keys)) this.submissions.submit(command);
      this.dueWork();
    });
  }

  get core(): CoreReader {
    return this.machine.core;
  }

  status(): EngineStatus {
    const { node, clock } = this.options;
    return engineStatus({
      name: this.name,
      node,
      replica: this.replica,
      appliedPosition: this.machine.position,
      uptimeMs: clock.nowMs() - this.startedMs,
      instruments: this.machine.core.instruments(),
      decisions: this.decisions.recent,
      region: this.region?.status(),
    });
  }

  /** Takes no more and leaves a checkpoint; what was not committed stays in the log. */
  async stop(): Promise<void> {
    const { state } = this.replica;
    if (this.timer !== null) clearTimeout(this.timer);
    this.server.close();
    this.region?.close();
    this.beats.close();
    if (this.machine.position === state.committed && state.committed > state.log.base.position) {
      state.checkpoint(state.capture());
    }
    this.peer.close();
    this.redis.close();
    await this.storage.close();
  }
}
