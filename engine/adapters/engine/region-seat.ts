// RegionSeat: one engine's part in the play of regions: what it was last told (on its disk before it
// is done), the link to the active region while its own one follows, the other region's answers while
// its own one leads, and the lag between the two.

import type { Logger } from "pino";
import type { AdminAnswer } from "../../admin.ts";
import type { ExchangeConfig } from "../../config.ts";
import type { RegionOptions, RegionStanding } from "../../replication/region.ts";
import type { Replica } from "../../replication/replica.ts";
import type { EngineStatus } from "../../status.ts";
import type { Clock } from "../clock.ts";
import type { AdminRequest } from "../operator-gate.ts";
import { RegionFile } from "../storage/region-file.ts";
import type { Expectations } from "./expectations.ts";
import type { RegionRoutes } from "./operator-routes.ts";
import { RegionLag } from "./region-lag.ts";
import { RegionLink } from "./region-link.ts";

/** Below the patience of whoever asks (2 s). */
const drainTimeoutMs = 1_500;

type RegionConfig = NonNullable<ExchangeConfig["region"]>;

export interface RegionSeatOptions {
  readonly config: ExchangeConfig;
  readonly region: RegionConfig;
  readonly directory: string;
  readonly name: string;
  readonly layoutId: string;
  readonly replica: Replica;
  readonly expectations: Expectations;
  readonly clock: Clock;
  readonly log: Logger;
  /** The replica may have something to do or to say. */
  readonly onWork: () => void;
  readonly onFatal: (error: unknown) => void;
}

/** What the replica starts with. @throws CastleError CONFIG_INVALID where the file is damaged */
export function loadRegion(directory: string, region: RegionConfig): RegionOptions {
  const first: RegionStanding = {
    role: region.startsAs,
    term: 0,
    isDrained: false,
    isInSync: false,
  };
  return {
    ...(new RegionFile(directory).load() ?? first),
    name: region.name,
    isConfirmed: !region.hasRegister,
    isSync: region.durability === "region-sync",
  };
}

export class RegionSeat implements RegionRoutes {
  private readonly options: RegionSeatOptions;
  private readonly file: RegionFile;
  private readonly lag = new RegionLag();
  private isLagKnown = false;
  /** On the monotonic clock: the other region, over the link between the journals. */
  private heardMs: number | null = null;
  private link: RegionLink | null = null;

  constructor(options: RegionSeatOptions) {
    this.options = options;
    this.file = new RegionFile(options.directory);
    this.seat();
  }

  /** The link lives while the replica follows. */
  private seat(): void {
    const { replica } = this.options;
    const isFollower = replica.role === "dr";
    if (isFollower === (this.link !== null)) return;
    this.lag.forget();
    this.isLagKnown = false;
    this.heardMs = null;
    this.link?.close();
    this.link = isFollower ? this.dial() : null;
  }

  private dial(): RegionLink {
    const { replica, clock } = this.options;
    return new RegionLink({
      ...this.options,
      onHeard: () => {
        this.heardMs = clock.nowMs();
      },
      onTaken: (committed) => {
        this.isLagKnown = true;
        this.lag.answer(replica.state.committed);
        this.lag.advance(committed, clock.nowMs());
      },
    });
  }

  tick(): void {
    const { replica, clock } = this.options;
    if (replica.isServing) this.lag.advance(replica.state.committed, clock.nowMs());
  }

  /** An engine of the other region has everything up to `position`. */
  onAnswer(position: number): void {
    const { replica, region, clock } = this.options;
    const { state } = replica;
    if (state.region.role !== "active") return;
    this.heardMs = clock.nowMs();
    const known = Math.min(position, state.committed);
    this.isLagKnown ||= replica.isServing;
    this.lag.answer(known);
    state.answerOfRegion(known);
    const isLevel = known === state.committed && region.durability === "region-sync";
    if (!isLevel || state.region.standing.isInSync) return;
    const standing = { ...state.region.standing, isInSync: true };
    this.file.write(standing);
    state.region.standing = standing;
    state.decide("REGION_IN_SYNC");
  }

  async region(asked: AdminRequest<"region">): Promise<AdminAnswer> {
    const { replica, clock, onWork } = this.options;
    const held = replica.state.region.standing;
    if (asked.term < held.term) return oldTerm(held);
    if (asked.term === held.term && asked.role !== held.role) {
      return refused("TERM_TAKEN", `in term ${held.term} this region is ${held.role}`);
    }
    // However often a term is told again, what has come about in it stays.
    const isKnown = asked.term === held.term;
    const standing = {
      role: asked.role,
      term: asked.term,
      isDrained: isKnown && held.isDrained,
      isInSync: isKnown && held.isInSync,
    };
    this.keep(standing);
    const why = `${asked.by}: ${asked.reason}`;
    replica.state.awake.advanceTo(clock.nowMs());
    if (asked.role === "active") replica.regions.open(standing, sinceTermOf(asked), why);
    else replica.regions.follow(standing, why);
    this.seat();
    onWork();
    return this.done();
  }

  async drain(asked: AdminRequest<"drain">): Promise<AdminAnswer> {
    const { replica, clock, expectations, onWork } = this.options;
    const held = replica.state.region.standing;
    if (asked.term < held.term) return oldTerm(held);
    if (asked.term > held.term) {
      return refused("TERM_UNKNOWN", `this engine has heard of term ${held.term} only`);
    }
    if (held.role !== "active") return refused("NOT_ACTIVE", "this region does not lead");
    const standing = { ...held, isDrained: true };
    this.keep(standing);
    replica.state.awake.advanceTo(clock.nowMs());
    replica.regions.drain(standing, `${asked.by}: ${asked.reason}`);
    onWork();
    const isOver = () => !replica.isServing || replica.regions.drainedPosition >= 0;
    if (await expectations.wait(isOver, drainTimeoutMs)) return this.done();
    return refused("NOT_DRAINED", "what was taken is not committed yet: ask again");
  }

  /** On the disk before it is acted upon. */
  private keep(standing: RegionStanding): void {
    const { role, term, isDrained } = this.options.replica.state.region;
    const isKnown = role === standing.role && term === standing.term;
    if (!isKnown || isDrained !== standing.isDrained) this.file.write(standing);
  }

  private done(): AdminAnswer {
    const { committed, epoch } = this.options.replica.state;
    return { isDone: true, position: committed, epoch };
  }

  status(): NonNullable<EngineStatus["region"]> {
    const { region, replica, clock } = this.options;
    const { role, term } = replica.state.region;
    const nowMs = clock.nowMs();
    // An engine that stands by is told how far the other region is, and not how far its own one is.
    const isLagKnown = this.isLagKnown && (role === "dr" || replica.isServing);
    return {
      name: region.name,
      role,
      term,
      isConfirmed: replica.state.region.isConfirmed,
      durability: replica.state.region.isSync ? "region-sync" : "zone",
      lag: isLagKnown ? this.lag.at(nowMs) : null,
      heardAgoMs: this.heardMs === null ? null : Math.max(0, Math.round(nowMs - this.heardMs)),
      isDiverged: replica.regions.isDiverged,
    };
  }

  close(): void {
    this.link?.close();
  }
}

/**
 * Without a word of it: an engine that led in the term before knows so itself, and for one that has missed more
 * another region may have led.
 */
function sinceTermOf({ term, sinceTerm }: AdminRequest<"region">): number {
  return sinceTerm ?? term - 1;
}

function oldTerm(held: RegionStanding): AdminAnswer {
  return refused("OLD_TERM", `term ${held.term} has begun, with this region as ${held.role}`);
}

function refused(code: string, message: string): AdminAnswer {
  return { isDone: false, code, message };
}
