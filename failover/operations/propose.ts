// What an operation would do, from one view: its parameters, and the checks that allow or refuse it. Pure. An
// operation that makes no sense at all (no such node, no second region) throws; one that would be
// dangerous now is proposed with failing checks, so that --dry-run can show both.

import { ClusterError } from "../errors.ts";
import type { Member } from "../membership.ts";
import {
  activeRegion,
  type EngineView,
  type RegionView,
  servingEngines,
  type View,
} from "../view.ts";
import {
  applyForce,
  type Check,
  electionChecks,
  fail,
  handOverChecks,
  nodeChecks,
  ok,
  warn,
} from "./checks.ts";
import type { Parameters } from "./parameters.ts";

export type Proposal =
  | {
      readonly kind: "plan";
      readonly parameters: Parameters;
      readonly checks: readonly Check[];
    }
  /** The wish is fulfilled already. */
  | { readonly kind: "nothing"; readonly sentence: string; readonly checks: readonly Check[] };

/** @throws ClusterError NOT_POSSIBLE */
export function notPossible(message: string): never {
  throw new ClusterError("NOT_POSSIBLE", message);
}

export function regionIn(view: View, name: string): RegionView {
  const known = view.regions.map((region) => region.name);
  return (
    view.regions.find((region) => region.name === name) ??
    notPossible(`there is no region ${name}; there is ${known.join(", ")}`)
  );
}

/** The region where orders are taken, or the only one. */
export function leadingRegion(view: View): RegionView {
  const name = activeRegion(view) ?? view.regions[0]?.name ?? notPossible("there is no region");
  return regionIn(view, name);
}

function namedEngine(region: RegionView, name: string): string {
  const known = region.engines.map((engine) => engine.name);
  return known.includes(name)
    ? name
    : notPossible(`there is no engine ${name} in ${region.name}; there is ${known.join(", ")}`);
}

/** Planned, inside the active region. */
export function proposeSwitchover(view: View, wish: { to?: string | undefined }): Proposal {
  const region = leadingRegion(view);
  const to = wish.to === undefined ? undefined : namedEngine(region, wish.to);
  const [primary] = servingEngines(region);
  if (primary?.status === undefined) {
    const checks = [fail("primary", "nobody serves: this is a case for castle failover")];
    const parameters = {
      kind: "zoneSwitchover" as const,
      region: region.name,
      from: "",
      to: to ?? "",
      epoch: 0,
    };
    return { kind: "plan", parameters, checks };
  }
  if (to === primary.name) {
    const sentence = `${to} serves already, in epoch ${primary.status.epoch}`;
    return { kind: "nothing", sentence, checks: [] };
  }
  const standby = region.engines.find((engine) =>
    to === undefined ? engine.name !== primary.name : engine.name === to,
  );
  return {
    kind: "plan",
    parameters: {
      kind: "zoneSwitchover",
      region: region.name,
      from: primary.name,
      to: standby?.name ?? "",
      epoch: primary.status.epoch,
    },
    checks: [
      ok("primary", `${primary.name} serves in epoch ${primary.status.epoch}`),
      ...handOverChecks(primary, standby),
      ...nodeChecks(region),
    ],
  };
}

/** Unplanned, inside one region: the primary is lost, or two of three are (`isForced`). */
export function proposeFailover(
  view: View,
  wish: { to?: string | undefined; isForced: boolean },
): Proposal {
  const region = leadingRegion(view);
  const [serving] = servingEngines(region);
  const candidates = region.engines
    .filter(({ name, status }) => status !== undefined && name !== serving?.name)
    .sort(
      (left, right) =>
        (right.status?.position.appended ?? 0) - (left.status?.position.appended ?? 0),
    );
  const candidate =
    wish.to === undefined
      ? (candidates.find(({ status }) => status?.isFenced !== true) ?? candidates[0])
      : region.engines.find(({ name }) => name === namedEngine(region, wish.to ?? ""));
  if (candidate !== undefined && candidate.name === serving?.name) {
    return { kind: "nothing", sentence: `${candidate.name} serves already`, checks: [] };
  }
  const epoch = Math.max(0, ...region.engines.map(({ status }) => status?.epoch ?? 0));
  const others = region.engines.filter(({ name }) => name !== candidate?.name);
  // One that is gone cannot be fenced; one that serves and is to be replaced must be.
  const fence = others.filter(({ status }) => status?.isServing === true);
  const hasVoter = candidate?.status?.redis.isReachable || candidate?.status?.peer.isConnected;
  const isAlone = wish.isForced && (!hasVoter || candidate?.status?.role === "recovering");
  return {
    kind: "plan",
    parameters: {
      kind: "zoneFailover",
      region: region.name,
      to: candidate?.name ?? "",
      fence: fence.map(({ name }) => name),
      // One that has seen a higher epoch than it serves in must still rise above it.
      epoch: serving?.status?.epoch ?? epoch,
      isAlone,
    },
    checks: applyForce(
      [...electionChecks(region, candidate), ...nodeChecks(region)],
      wish.isForced,
    ),
  };
}

/** Of a node's name in the leading region, of a region, or of everything. */
export function proposeTell(
  view: View,
  wish: { word: "pause" | "resume" | "fence" | "unfence"; target?: string | undefined },
): Proposal {
  const { word, target } = wish;
  const wanted = enginesMeant(view, target);
  const answering = wanted.filter(({ status }) => status !== undefined);
  const checks: Check[] = wanted
    .filter(({ status }) => status === undefined)
    .map(({ name, problem }) => {
      const text = `${name} does not answer (${problem}) and is not told: say it again when it is back`;
      return answering.length > 0 ? warn("silent", text) : fail("silent", text);
    });
  if (answering.length > 0) checks.push(ok("nodes", `${namesOf(answering)} answers`));
  if (word === "fence" && answering.some(({ status }) => status?.isServing === true)) {
    const text = "it serves: the other engine takes over, unless failover is paused";
    checks.push(warn("serving", text));
  }
  const targets = (answering.length > 0 ? answering : wanted).map(({ region, name }) => ({
    region,
    engine: name,
  }));
  return { kind: "plan", parameters: { kind: "tell", word, targets }, checks };
}

const namesOf = (views: readonly EngineView[]) => views.map(({ name }) => name).join(", ");

function enginesMeant(view: View, target: string | undefined): readonly EngineView[] {
  if (target === undefined) return view.regions.flatMap(({ engines }) => engines);
  const region = view.regions.find(({ name }) => name === target);
  if (region !== undefined) return region.engines;
  // `dr/engine-1` where two regions have engines of the same names.
  const [first = "", second] = target.split("/");
  const place = second === undefined ? leadingRegion(view) : regionIn(view, first);
  const name = namedEngine(place, second ?? first);
  return place.engines.filter((engine) => engine.name === name);
}

/** Local only: the process is stopped, its disk put away, and it recovers as an empty member. */
export function proposeMemberReplace(
  view: View,
  wish: { engine: string; label: string; isLocal: boolean },
): Proposal {
  const region = leadingRegion(view);
  const engine = namedEngine(region, wish.engine) === "engine-1" ? "engine-1" : "engine-2";
  const [primary] = servingEngines(region);
  const inSync = primary?.status?.inSync ?? [];
  const incarnation = 1 + Math.max(present(primary, engine), registered(region, engine));
  return {
    kind: "plan",
    parameters: {
      ...{ kind: "memberReplace", region: region.name, engine, label: wish.label, incarnation },
      isLocal: wish.isLocal,
      ...(region.membership !== undefined && {
        register: {
          fromVersion: region.membership?.version ?? 0,
          members: membersWith(region, engine, incarnation),
        },
      }),
    },
    checks: [
      region.membershipProblem === undefined
        ? ok("members", `${engine} becomes incarnation ${incarnation}`)
        : fail("members", `the register does not name its members: ${region.membershipProblem}`),
      primary === undefined
        ? fail("primary", "nobody serves: an empty engine recovers from a primary only")
        : primary.name === engine
          ? fail("primary", `${engine} serves: castle switchover first`)
          : ok("primary", `${primary.name} serves`),
      inSync.includes("redis")
        ? ok("redis", "Redis is in sync: two of three hold everything while the engine is away")
        : fail("redis", "Redis is not in sync: without this engine only one member would be left"),
    ],
  };
}

/** The incarnation that has the seat, as the primary knows it. */
function present(primary: EngineView | undefined, engine: string): number {
  if (primary?.status === undefined) return 1;
  return primary.name === engine
    ? primary.status.incarnation
    : primary.status.peerMember.incarnation;
}

const registered = ({ membership }: RegionView, engine: string): number =>
  membership?.members.find(({ node }) => node === engine)?.incarnation ?? 1;

/** As configured now; each keeps its incarnation, but for the one that is replaced. */
function membersWith(region: RegionView, engine: string, incarnation: number): Member[] {
  return region.seats.map((seat) => ({
    ...seat,
    incarnation: seat.node === engine ? incarnation : registered(region, seat.node),
  }));
}
