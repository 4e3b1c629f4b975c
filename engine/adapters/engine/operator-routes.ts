// OperatorRoutes: the operators' verbs (engine/admin.ts) on one engine. Each may be asked twice; none
// answers before what it did is true, or is known not to become true.

import type { AdminAnswer, AdminVerb } from "../../admin.ts";
import { encodeCommand } from "../../codec/command-codec.ts";
import type { Core } from "../../core/core.ts";
import type { ForceRefusal, ReplaceRefusal, StandRefusal } from "../../replication/operators.ts";
import type { Replica } from "../../replication/replica.ts";
import type { AdminRequest } from "../operator-gate.ts";
import type { Expectations } from "./expectations.ts";

/** Below the patience of whoever asks (2 s). */
const patienceMs = 1_500;
/** The exchange's own commands come through no gateway: they are of session 0. */
const request = { sessionId: 0, requestSeq: 0 };

/** What an engine of an exchange of several regions does besides. */
export interface RegionRoutes {
  region(asked: AdminRequest<"region">): Promise<AdminAnswer>;
  drain(asked: AdminRequest<"drain">): Promise<AdminAnswer>;
}

export interface OperatorRoutesOptions {
  readonly replica: Replica;
  readonly core: Core;
  readonly expectations: Expectations;
  readonly nowMs: () => number;
  /** Into the journal; `false` where there is no room. */
  readonly submit: (command: Uint8Array) => boolean;
  /** Every follower knows Member entries. */
  readonly allowsMember: () => boolean;
  /** Absent in an exchange of one region. */
  readonly region: RegionRoutes | undefined;
}

export class OperatorRoutes {
  private readonly options: OperatorRoutesOptions;

  constructor(options: OperatorRoutesOptions) {
    this.options = options;
  }

  async carryOut(verb: AdminVerb, asked: AdminRequest): Promise<AdminAnswer> {
    const { replica, region } = this.options;
    const why = `${asked.by}: ${asked.reason}`;
    switch (verb) {
      case "switchover":
        return this.switchOver(why);
      case "stand":
        return this.stand(why);
      case "pause":
      case "resume":
        replica.operators.setPaused(verb === "pause", why);
        return this.done();
      case "fence":
      case "unfence":
        replica.operators.setFenced(verb === "fence", why);
        return this.done();
      case "force":
        return this.force(why);
      case "replaceMember":
        return this.replaceMember(asked as AdminRequest<"replaceMember">, why);
      case "tradingStatus":
        return this.setTradingStatus(asked as AdminRequest<"tradingStatus">);
      case "region":
        return region?.region(asked as AdminRequest<"region">) ?? noRegion();
      case "drain":
        return region?.drain(asked as AdminRequest<"drain">) ?? noRegion();
    }
  }

  private done(): AdminAnswer {
    const { committed, epoch } = this.options.replica.state;
    return { isDone: true, position: committed, epoch };
  }

  private async switchOver(why: string): Promise<AdminAnswer> {
    const { replica, nowMs, expectations } = this.options;
    if (!replica.isServing) return notServing();
    if (replica.peer.isFenced) return refused("PEER_FENCED", "the other engine is fenced");
    if (!replica.switchOver(nowMs(), why)) {
      return refused("PEER_NOT_IN_SYNC", "the other engine is not in sync");
    }
    await expectations.wait(() => !replica.isHandingOver, patienceMs);
    if (replica.role !== "primary") return this.done();
    return refused(
      "NOT_TAKEN_OVER",
      "the other engine did not take over in time; this one goes on",
    );
  }

  /** The answer tells of the election's end. */
  private async stand(why: string): Promise<AdminAnswer> {
    const { replica, nowMs, expectations } = this.options;
    replica.flush(nowMs());
    const refusal = replica.operators.stand(why);
    if (refusal !== null) return refused(refusal, standRefusals[refusal]);
    await expectations.wait(() => replica.isServing || replica.role === "standby", patienceMs);
    if (replica.isServing) return this.done();
    return refused("NOT_ELECTED", "no voter answered in time, or another engine is elected");
  }

  private async force(why: string): Promise<AdminAnswer> {
    const { replica, nowMs, expectations } = this.options;
    replica.flush(nowMs());
    const refusal = replica.operators.force(why);
    if (refusal !== null) return refused(refusal, forceRefusals[refusal]);
    await expectations.wait(() => replica.isServing, patienceMs);
    return replica.isServing ? this.done() : notServing();
  }

  /** The answer tells that the Member entry is committed: from then on the new engine may recover. */
  private async replaceMember(
    { engine, incarnation }: AdminRequest<"replaceMember">,
    why: string,
  ): Promise<AdminAnswer> {
    const { replica, nowMs, expectations, allowsMember } = this.options;
    const { state } = replica;
    if (!replica.isServing) return notServing();
    if (engine === `engine-${state.id}`) {
      return refused("SELF", "this engine serves: castle switchover first");
    }
    if (!allowsMember()) {
      return refused("FOLLOWER_TOO_OLD", "a gateway or history knows no members: upgrade it first");
    }
    replica.flush(nowMs());
    const refusal = replica.operators.replacePeer(incarnation, why);
    if (refusal !== null) return refused(refusal, replaceRefusals[refusal]);
    const isNamed = () =>
      replica.isServing && state.peerIncarnation === incarnation && state.areMembersCommitted;
    if (await expectations.wait(isNamed, patienceMs)) return this.done();
    return refused("NOT_COMMITTED", "the entry is not committed in time: ask again");
  }

  private async setTradingStatus(asked: AdminRequest<"tradingStatus">): Promise<AdminAnswer> {
    const { replica, core, submit, expectations } = this.options;
    if (!replica.isServing) return notServing();
    const all = core.instruments();
    const { symbol, status } = asked;
    const chosen = all.filter(({ name }) => symbol === undefined || name === symbol);
    if (chosen.length === 0) return refused("UNKNOWN_SYMBOL", `there is no symbol ${symbol}`);
    /** Last trade of each symbol when its status was asked for. */
    const askedAt = new Map<number, number>();
    const ask = (symbolId: number): boolean => {
      askedAt.set(symbolId, core.lastTrade(symbolId).tradeId);
      const command = { kind: "setTradingStatus", symbolId, status } as const;
      return submit(encodeCommand({ request, timestampUs: 0, command }));
    };
    for (const { symbolId } of chosen) {
      if (!ask(symbolId)) {
        return refused("OVERLOADED", "the engine has no room for more commands now");
      }
    }
    const { epoch } = replica.state;
    // Where it is in force first, applied; it is true once that position is committed.
    let position = -1;
    const ids = new Set(chosen.map(({ symbolId }) => symbolId));
    const isDone = await expectations.wait(() => {
      if (replica.state.epoch !== epoch) return true;
      // A large auction trades in parts: the next one is asked for when one has been traded.
      for (const { symbolId, status: present } of core.instruments()) {
        const hasTraded = core.lastTrade(symbolId).tradeId !== askedAt.get(symbolId);
        if (present === "uncrossing" && ids.has(symbolId) && hasTraded) ask(symbolId);
      }
      const inForce = core
        .instruments()
        .every((one) => !ids.has(one.symbolId) || one.status === status);
      if (inForce && position < 0) position = core.position;
      return position >= 0 && replica.state.committed >= position;
    }, patienceMs);
    if (!replica.isServing || replica.state.epoch !== epoch) return notServing();
    if (!isDone) return refused("NOT_IN_FORCE", "not committed in time, or rejected by the core");
    return this.done();
  }
}

const replacedText =
  "a newer incarnation has this engine's place: it takes part in nothing any more";

const replaceRefusals: Readonly<Record<ReplaceRefusal, string>> = {
  NOT_SERVING: "this engine is not the serving primary",
  REGION_NOT_ACTIVE: "this region does not lead, or is drained",
  HANDING_OVER: "it is handing over to the engine that is to be replaced",
  ALONE: "this engine was forced and is alone: first Redis has to have everything",
  REDIS_NOT_IN_SYNC: "Redis is not in sync: nobody could commit the new member",
  OLD_INCARNATION: "the other engine's place has a newer incarnation already",
};

const forceRefusals: Readonly<Record<ForceRefusal, string>> = {
  REPLACED: replacedText,
  FENCED: "this engine is fenced",
  REGION_NOT_ACTIVE: "this region does not lead",
  LOG_LOST: "this engine has lost its log: there is nothing to go on with",
  NOT_NEEDED: "it serves, and another member answers it",
  PRIMARY_ALIVE: "a primary was heard of lately; wait until it is suspected, or fence it",
  VOTER_IN_REACH: "another member can vote: it will be elected, unless it is paused",
};

const standRefusals: Readonly<Record<StandRefusal, string>> = {
  REPLACED: replacedText,
  FENCED: "this engine is fenced",
  REGION_NOT_ACTIVE: "this region does not lead, or nobody has said yet that it does",
  LOG_LOST: "this engine has lost its log: it has to take it from a primary first",
  DIVERGED: "its state is known to be wrong, and is not loaded anew yet",
  PRIMARY_ALIVE: "a primary was heard of lately; castle switchover moves it",
  NO_VOTER: "neither the other engine nor Redis is within reach: this is a case for force",
};

function refused(code: string, message: string): AdminAnswer {
  return { isDone: false, code, message };
}

function notServing(): AdminAnswer {
  return refused("NOT_SERVING", "this engine is not the serving primary");
}

function noRegion(): AdminAnswer {
  return refused("NO_REGION", "this exchange has no other region in its configuration");
}
