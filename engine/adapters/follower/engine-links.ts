// EngineLinks: a follower's connections to all engines, of which it follows the serving primary of
// the highest epoch. An old primary that still thinks it serves has a lower epoch and is ignored.

import type { Logger } from "pino";
import type { ExchangeConfig } from "../../config.ts";
import type { Clock } from "../clock.ts";
import { Dialer } from "../link/dialer.ts";
import { type Identity, type LinkMessage, linkVersion } from "../link/link-message.ts";

/** Ten heartbeats without a word: the primary no longer counts as reachable. */
const silentHeartbeats = 10;

export interface EngineLinksEvents {
  /** Another primary, or the same one after its connection was lost: start over with it. */
  onPrimary(): void;
  onMessage(message: LinkMessage): void;
}

interface Link {
  readonly dialer: Dialer;
  epoch: number;
  isServing: boolean;
  heardMs: number;
}

export class EngineLinks {
  private readonly links: Link[] = [];
  private readonly events: EngineLinksEvents;
  private readonly clock: Clock;
  private readonly silentMs: number;
  private primary: Link | null = null;
  /** Highest epoch that was seen serving. */
  epoch = 0;

  constructor(
    options: {
      config: ExchangeConfig;
      name: string;
      layoutId: string;
      clock: Clock;
      log: Logger;
    },
    events: EngineLinksEvents,
  ) {
    const { config, clock, log } = options;
    this.events = events;
    this.clock = clock;
    this.silentMs = silentHeartbeats * config.timing.heartbeatMs;
    const identity: Identity = {
      kind: "identify",
      name: options.name,
      purpose: "follower",
      shard: config.shard,
      version: linkVersion,
      layoutId: options.layoutId,
    };
    for (const engine of config.engines) {
      const dialer = new Dialer(
        { host: engine.host, port: engine.linkPort, identity, log, nowMs: clock.nowMs },
        {
          onUp: () => {},
          onDown: () => this.onDown(link),
          onMessage: (message) => this.onMessage(link, message),
        },
      );
      const link: Link = { dialer, epoch: 0, isServing: false, heardMs: 0 };
      this.links.push(link);
    }
  }

  /** Whether a primary serves and was heard of lately. */
  get isServing(): boolean {
    return this.primary !== null && this.clock.nowMs() - this.primary.heardMs < this.silentMs;
  }

  /** To the primary; `false` where there is none now. */
  send(message: LinkMessage): boolean {
    if (this.primary === null || !this.primary.dialer.isUp) return false;
    this.primary.dialer.send(message);
    return true;
  }

  close(): void {
    for (const link of this.links) link.dialer.close();
  }

  private onDown(link: Link): void {
    link.isServing = false;
    if (this.primary === link) this.primary = null;
  }

  private onMessage(link: Link, message: LinkMessage): void {
    link.heardMs = this.clock.nowMs();
    if (message.kind !== "leader") {
      if (link === this.primary) this.events.onMessage(message);
      return;
    }
    const isNew = message.isServing && (!link.isServing || link.epoch !== message.epoch);
    link.epoch = message.epoch;
    link.isServing = message.isServing;
    if (!message.isServing && this.primary === link) this.primary = null;
    if (isNew && message.epoch >= this.epoch) {
      this.primary = link;
      this.epoch = message.epoch;
      this.events.onPrimary();
    }
    if (link === this.primary) this.events.onMessage(message);
  }
}
