// RegionLink: how an engine of a region that follows gets the active region's journal: what is
// committed there, from the memory of its primary; where that begins too late from its Redis, then
// from its disk, and then by a snapshot, where the log is known to be a part of the active region's: else
// it must be held against that one entry by entry. An empty log starts from a snapshot.
// Fails into waiting: the link dials again for ever, and what is received twice changes nothing.

import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { ExchangeConfig } from "../../config.ts";
import { lastOf } from "../../replication/log-batch.ts";
import type { RegionFeed } from "../../replication/region-follower.ts";
import type { Replica } from "../../replication/replica.ts";
import type { Clock } from "../clock.ts";
import { EngineLinks } from "../follower/engine-links.ts";
import type { LinkMessage } from "../link/link-message.ts";
import { RedisJournal } from "../redis/redis-journal.ts";

/** A journal read from Redis at a time. */
const readBytesMax = 1 << 20;
const retryMs = 500;
/** Over a border: a round trip is 70 ms and more. */
const redisTimeoutMs = 3_000;
/** Subscribed, and behind, and nothing came: ask again. */
const patienceMs = 5_000;

export interface RegionLinkOptions {
  readonly config: ExchangeConfig;
  readonly region: NonNullable<ExchangeConfig["region"]>;
  readonly name: string;
  readonly layoutId: string;
  readonly replica: Replica;
  readonly clock: Clock;
  readonly log: Logger;
  /** After entries were taken, with how far the active region was then. */
  readonly onTaken: (committed: number) => void;
  /** The active region's primary has said something: what is behind it was known until now. */
  readonly onHeard: () => void;
  readonly onFatal: (error: unknown) => void;
}

export class RegionLink {
  private readonly options: RegionLinkOptions;
  private readonly links: EngineLinks;
  private journal: RedisJournal | null = null;
  private committed = 0;
  /** End of what was taken of the active region's journal: never what only this log has. */
  private answered = 0;
  private isCatchingUp = false;
  /** The primary was last asked for what its files have. */
  private isFromDisk = false;
  private isClosed = false;
  private subscribedMs = 0;
  private progressMs: number;

  constructor(options: RegionLinkOptions) {
    const { config, region, name, layoutId, clock, log } = options;
    this.options = options;
    this.progressMs = clock.nowMs();
    this.links = new EngineLinks(
      {
        config: { ...config, engines: region.peer.engines },
        name: `${region.name}-${name}`,
        purpose: "region",
        layoutId,
        clock,
        log,
      },
      {
        onPrimary: () => this.subscribe(),
        onMessage: (message) => this.onMessage(message),
      },
    );
  }

  /** A primary of the active region serves and was heard of lately. */
  get isUp(): boolean {
    return this.links.isServing;
  }

  close(): void {
    this.isClosed = true;
    this.links.close();
    this.journal?.close();
  }

  /**
   * From the last entry of the own log on, so that both can be held against each other; from behind it where a
   * snapshot of the active region has just shown that.
   */
  private subscribe(isEndKnown = false): void {
    if (this.isCatchingUp || this.isClosed) return;
    const { replica, clock } = this.options;
    if (replica.regions.isDiverged) return;
    this.subscribedMs = clock.nowMs();
    this.progressMs = this.subscribedMs;
    this.isFromDisk = false;
    this.work(() => replica.regions.onUp(isEndKnown));
    const from = isEndKnown ? replica.state.log.lastPosition + 1 : this.overlap;
    this.links.send({ kind: "subscribe", from });
  }

  /** The last entry that both may have; 1 = everything. */
  private get overlap(): number {
    const { lastPosition } = this.options.replica.state.log;
    return Math.max(1, Math.min(lastPosition, this.committed));
  }

  private onMessage(message: LinkMessage): void {
    this.options.onHeard();
    switch (message.kind) {
      case "leader":
        this.committed = Math.max(this.committed, message.committed);
        this.noteProgress();
        break;
      case "feed":
        this.committed = Math.max(this.committed, message.committed);
        this.take(message);
        break;
      case "tooOld":
        void this.catchUp();
        break;
    }
  }

  private take(feed: RegionFeed): void {
    const { replica, clock } = this.options;
    this.work(() => {
      replica.state.awake.advanceTo(clock.nowMs());
      const taken = replica.regions.onFeed(feed);
      const last = feed.batches.at(-1);
      if (taken === "taken" && last !== undefined) this.acknowledge(lastOf(last));
      // What was on its way before the last subscription may be refused too.
      const isStale = clock.nowMs() - this.subscribedMs >= retryMs;
      if (taken === "gap" && isStale) this.subscribe();
    });
  }

  private acknowledge(position: number): void {
    const { clock, onTaken } = this.options;
    this.progressMs = clock.nowMs();
    this.answered = position;
    this.answer();
    onTaken(this.committed);
  }

  /** To both engines there: who stands by knows what it may say when it is primary. */
  private answer(): void {
    if (this.answered > 0) this.links.sendAll({ kind: "regionAck", position: this.answered });
  }

  private noteProgress(): void {
    this.answer();
    const { replica, clock, onTaken } = this.options;
    const isLevel = replica.state.committed >= this.committed;
    if (this.answered > 0) onTaken(this.committed);
    if (isLevel) this.progressMs = clock.nowMs();
    else if (clock.nowMs() - this.progressMs >= patienceMs) this.subscribe();
  }

  private work(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.options.onFatal(error);
    }
  }

  /** What the primary's memory no longer has, nor its files where those were asked. */
  private async catchUp(): Promise<void> {
    if (this.isCatchingUp) return;
    this.isCatchingUp = true;
    const wasFromDisk = this.isFromDisk;
    let isTaken = true;
    try {
      isTaken = wasFromDisk ? await this.takeSnapshot() : await this.readJournal();
    } catch (error) {
      this.options.log.warn({ code: "CATCH_UP_FAILED", error: String(error) }, "trying again");
      await sleep(retryMs);
    }
    this.isCatchingUp = false;
    if (isTaken) this.subscribe(wasFromDisk);
    else if (!wasFromDisk) {
      this.isFromDisk = true;
      this.links.send({ kind: "subscribeFromDisk", from: this.overlap });
    }
  }

  /** `false`: nothing can be taken; it is tried again while the active region goes on. */
  private async takeSnapshot(): Promise<boolean> {
    const snapshot = await (await this.openJournal()).loadSnapshot();
    const { replica, log } = this.options;
    if (snapshot !== null && replica.regions.onSnapshot(snapshot)) return true;
    const { lastPosition } = replica.state.log;
    const facts = { code: "SEED_ANEW", lastPosition, snapshotPosition: snapshot?.position ?? null };
    log.warn(
      facts,
      "the active region's journal no longer reaches this log: if it stays so, seed it anew",
    );
    return false;
  }

  /** `false`: Redis does not reach back to the end of this log. */
  private async readJournal(): Promise<boolean> {
    const journal = await this.openJournal();
    const { replica } = this.options;
    let isRead = false;
    while (!this.isClosed && replica.role === "dr") {
      const from = this.overlap;
      const part = await journal.read(from, readBytesMax);
      if (part.firstAvailable > from) {
        if (isRead || replica.state.log.lastPosition > 0) return isRead;
        const snapshot = await journal.loadSnapshot();
        if (snapshot === null || !replica.regions.onSnapshot(snapshot)) return false;
        continue;
      }
      const before = replica.state.log.lastPosition;
      this.take({ epoch: null, batches: part.batches, marks: [] });
      if (replica.state.log.lastPosition === before) return isRead;
      isRead = true;
    }
    return true;
  }

  private async openJournal(): Promise<RedisJournal> {
    if (this.journal !== null) return this.journal;
    const { config, region, log } = this.options;
    const journal = new RedisJournal({
      url: region.peer.redisUrl,
      shard: config.shard,
      timeoutMs: redisTimeoutMs,
      log,
    });
    this.journal = journal;
    await journal.connect();
    return journal;
  }
}
