// View: one look at a deployment: every node, the register, where traffic goes. Taken at once, each part
// with its own time limit; what does not answer is part of the view. Checks and decisions are made on it.

import type { EngineStatus, FollowerStatus } from "../engine/index.ts";
import type { Membership } from "./membership.ts";
import type { Answer, Ports, RegionPorts } from "./ports.ts";
import type { Leadership } from "./register.ts";
import type { StorePrimary } from "./store.ts";
import type { ZoneAway } from "./traffic.ts";

export interface EngineView {
  readonly name: string;
  readonly zone: string;
  readonly region: string;
  /** Absent where it did not answer; `problem` says why. */
  readonly status?: EngineStatus;
  readonly problem?: string;
}

export interface FollowerView {
  readonly name: string;
  readonly zone: string;
  readonly region: string;
  readonly kind: "gateway" | "history";
  readonly status?: FollowerStatus;
  readonly problem?: string;
}

export interface RegionView {
  readonly name: string;
  readonly engines: readonly EngineView[];
  readonly followers: readonly FollowerView[];
  readonly seats: RegionPorts["seats"];
  /** By the register; absent without one, `null` where it names no members yet. */
  readonly membership?: Membership | null;
  readonly membershipProblem?: string;
  /** Zones that balancers do not send to; absent where the deployment names no zonal shift. */
  readonly away?: readonly ZoneAway[];
  readonly awayProblem?: string;
  /** Where the managed Redis has its primary; absent without one. */
  readonly store?: StorePrimary;
  readonly storeProblem?: string;
}

export interface View {
  readonly shard: string;
  readonly regions: readonly RegionView[];
  /** Absent without a register, or where it did not answer (`registerProblem`). */
  readonly leadership?: Leadership | null;
  readonly registerProblem?: string;
  readonly traffic: readonly {
    readonly router: string;
    readonly region?: string | null;
    readonly problem?: string;
  }[];
}

/** Local answers take milliseconds, another region's a round trip or two of 70 ms. */
const nodeTimeoutMs = 1_000;
/** Calls to AWS, from another continent, with a retry. */
const awsTimeoutMs = 3_000;

export async function look(ports: Ports, signal: AbortSignal): Promise<View> {
  const within = (ms: number) => AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const [regions, register, traffic] = await Promise.all([
    Promise.all(
      ports.regions.map(async (region) => ({
        ...(await lookAtRegion(region, within(nodeTimeoutMs))),
        ...(await lookAtMembers(ports, region.name, within(awsTimeoutMs))),
        ...(await lookInside(region, within(awsTimeoutMs))),
      })),
    ),
    lookAtRegister(ports, within(awsTimeoutMs)),
    Promise.all(
      ports.traffic.map(async (router) => {
        const region = await outcomeOf(router.current(within(awsTimeoutMs)));
        return region.kind === "answered"
          ? { router: router.name, region: region.value }
          : { router: router.name, problem: region.problem };
      }),
    ),
  ]);
  return { shard: ports.shard, regions, ...register, traffic };
}

async function lookAtRegion(region: RegionPorts, signal: AbortSignal): Promise<RegionView> {
  const [engines, followers] = await Promise.all([
    Promise.all(
      region.engines.map(async (engine) => ({
        name: engine.name,
        zone: engine.zone,
        region: region.name,
        ...answerOf(await engine.status(signal)),
      })),
    ),
    Promise.all(
      region.followers.map(async (follower) => ({
        name: follower.name,
        zone: follower.zone,
        region: region.name,
        kind: follower.kind,
        ...answerOf(await follower.status(signal)),
      })),
    ),
  ]);
  return { name: region.name, engines, followers, seats: region.seats };
}

function answerOf<T>(answer: Answer<T>): { status: T } | { problem: string } {
  return answer.kind === "answered" ? { status: answer.value } : { problem: answer.problem };
}

async function lookAtMembers(
  { membership, shard }: Ports,
  region: string,
  signal: AbortSignal,
): Promise<Pick<RegionView, "membership" | "membershipProblem">> {
  if (membership === undefined) return {};
  const answer = await outcomeOf(membership.readMembers(shard, region, signal));
  return answer.kind === "answered"
    ? { membership: answer.value }
    : { membershipProblem: answer.problem };
}

async function lookInside(
  { zoneTraffic, store }: RegionPorts,
  signal: AbortSignal,
): Promise<Pick<RegionView, "away" | "awayProblem" | "store" | "storeProblem">> {
  const [away, placed] = await Promise.all([
    zoneTraffic && outcomeOf(zoneTraffic.away(signal)),
    store && outcomeOf(store.primary(signal)),
  ]);
  return {
    ...(away?.kind === "answered" && { away: away.value }),
    ...(away?.kind === "unreachable" && { awayProblem: away.problem }),
    ...(placed?.kind === "answered" && { store: placed.value }),
    ...(placed?.kind === "unreachable" && { storeProblem: placed.problem }),
  };
}

async function lookAtRegister(
  { register, shard }: Ports,
  signal: AbortSignal,
): Promise<Pick<View, "leadership" | "registerProblem">> {
  if (register === undefined) return {};
  const answer = await outcomeOf(register.read(shard, signal));
  return answer.kind === "answered"
    ? { leadership: answer.value }
    : { registerProblem: answer.problem };
}

export async function outcomeOf<T>(work: Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: "answered", value: await work };
  } catch (error) {
    return { kind: "unreachable", problem: (error as Error).message };
  }
}

/** Engines that serve, the highest epoch first: one that was replaced may not know it yet. */
export function servingEngines(region: RegionView): EngineView[] {
  return region.engines
    .filter(({ status }) => status?.isServing === true)
    .sort((left, right) => (right.status?.epoch ?? 0) - (left.status?.epoch ?? 0));
}

/** The region that leads: by the register, or by what engines say of themselves. */
export function activeRegion(view: View): string | undefined {
  if (view.leadership) return view.leadership.region;
  return view.regions.find((region) =>
    region.engines.some(
      ({ status }) => status !== undefined && (status.region?.role ?? "active") === "active",
    ),
  )?.name;
}
