// EngineLinks: a follower's connections to all engines, of which it follows the serving primary of
// the highest epoch. An old primary that still thinks it serves has a lower epoch and is ignored, one
// of another region too: epochs of a later term are higher. Gateways follow whichever region leads.

import type { Logger } from "pino";
import type { ExchangeConfig } from "../../config.ts";
import { COMMAND_VERSION, COMMAND_VERSION_MIN } from "../../core/command-layout.ts";
import { castleVersion } from "../../version.ts";
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

type Endpoint = Pick<ExchangeConfig["engines"][number], "host" | "linkPort">;

interface Link {
  readonly dialer: Dialer;
  /** An engine of this exchange's own region. */
  readonly isHere: boolean;
  epoch: number;
  isServing: boolean;
  isReadOnly: boolean;
  heardMs: number;
}

export class EngineLinks {
  private readonly links: Link[] = [];
  private readonly events: EngineLinksEvents;
  private readonly clock: Clock;
  private readonly silentMs: number;
  private primary: Link | null = null;
  private lastCommandVersion = COMMAND_VERSION_MIN;
  /** Highest epoch that was seen serving. */
  epoch = 0;

  constructor(
    options: {
      config: Pick<ExchangeConfig, "shard" | "timing" | "region"> & {
        readonly engines: readonly Endpoint[];
      };
      name: string;
      purpose?: "follower" | "region";
      layoutId: string;
      clock: Clock;
      log: Logger;
      /** Also follows the primary of the other region, where there is one. */
      isAcrossRegions?: boolean;
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
      purpose: options.purpose ?? "follower",
      shard: config.shard,
      version: linkVersion,
      castle: castleVersion,
      commandVersion: COMMAND_VERSION,
      layoutId: options.layoutId,
    };
    const here = config.engines.map((engine) => ({ ...engine, isHere: true }));
    const peers = options.isAcrossRegions === true ? (config.region?.peer.engines ?? []) : [];
    const there = peers.map((engine) => ({ ...engine, isHere: false }));
    for (const engine of [...here, ...there]) {
      const dialer = new Dialer(
        { host: engine.host, port: engine.linkPort, identity, log, nowMs: clock.nowMs },
        {
          onUp: () => {},
          onDown: () => this.onDown(link),
          onMessage: (message) => this.onMessage(link, message),
        },
      );
      const link: Link = {
        dialer,
        isHere: engine.isHere,
        epoch: 0,
        isServing: false,
        isReadOnly: false,
        heardMs: 0,
      };
      this.links.push(link);
    }
  }

  /** Whether a primary serves and was heard of lately. */
  get isServing(): boolean {
    return this.primary !== null && this.clock.nowMs() - this.primary.heardMs < this.silentMs;
  }

  /** Whether that is a primary of this region. */
  get isPrimaryHere(): boolean {
    return this.isServing && this.primary?.isHere === true;
  }

  /** What gives the journal follows another region: it takes no commands and confirms no query. */
  get isReadOnly(): boolean {
    return this.primary?.isReadOnly ?? false;
  }

  /** Commands up to this version may be sent: what the last primary said. */
  get commandVersion(): number {
    return this.lastCommandVersion;
  }

  /** To the primary; `false` where there is none now. */
  send(message: LinkMessage): boolean {
    if (this.primary === null || !this.primary.dialer.isUp) return false;
    this.primary.dialer.send(message);
    return true;
  }

  /** Also to those that do not serve now. */
  sendAll(message: LinkMessage): void {
    for (const { dialer } of this.links) dialer.send(message);
  }

  close(): void {
    for (const link of this.links) link.dialer.close();
  }

  /** Of a region that follows: only where no primary is in reach, until one is. */
  private isBetterThanNone(link: Link): boolean {
    const { primary } = this;
    if (!link.isServing || link === primary) return false;
    return primary === null || (primary.isReadOnly && primary.epoch < link.epoch);
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
    const wasReadOnly = link.isReadOnly;
    const isNew =
      message.isServing &&
      (!link.isServing || link.epoch !== message.epoch || wasReadOnly !== message.isReadOnly);
    link.epoch = message.epoch;
    link.isServing = message.isServing;
    link.isReadOnly = message.isReadOnly;
    if (!message.isServing && this.primary === link) this.primary = null;
    if (message.isReadOnly ? this.isBetterThanNone(link) : isNew && message.epoch >= this.epoch) {
      this.primary = link;
      if (!message.isReadOnly) this.epoch = message.epoch;
      this.events.onPrimary();
    }
    if (link !== this.primary) return;
    this.lastCommandVersion = message.commandVersion;
    this.events.onMessage(message);
  }
}
