// What a region's controller sees in one look: its own engines, whether anything of the other region still
// answers, and the register. The other region is asked in two ways, its engines and its gateways'
// /health/primary: that one path is broken does not mean that the region is lost.

import type { EngineStatus } from "../engine/index.ts";
import type { RegionObservation } from "./decide/region-decision.ts";
import type { RegionLook } from "./decide/region-watch.ts";
import type { Answer, EnginePort, Ports, RegionPorts } from "./ports.ts";
import { lagBehind } from "./region-lag.ts";
import type { Leadership } from "./register.ts";
import { outcomeOf } from "./view.ts";

export interface Sight {
  /** Own engines that answered. */
  readonly engines: readonly { readonly port: EnginePort; readonly status: EngineStatus }[];
  readonly ownProblems: readonly string[];
  readonly look: RegionLook;
  readonly leadership: Answer<Leadership | null>;
}

/** Between the regions lie 70 ms and sometimes a lost packet; a look must end before the next begins. */
const lookTimeoutMs = 900;

export async function observe(
  ports: Ports,
  own: RegionPorts,
  other: RegionPorts | undefined,
): Promise<Sight> {
  const limit = AbortSignal.timeout(lookTimeoutMs);
  const { register } = ports;
  const unreachable: Answer<Leadership | null> = {
    kind: "unreachable",
    problem: "the deployment names no register",
  };
  const [answers, isOtherSeen, leadership] = await Promise.all([
    Promise.all(own.engines.map(async (port) => ({ port, answer: await port.status(limit) }))),
    other === undefined ? false : isSeen(other, limit),
    register === undefined ? unreachable : outcomeOf(register.read(ports.shard, limit)),
  ]);
  const engines = answers.flatMap(({ port, answer }) =>
    answer.kind === "answered" ? [{ port, status: answer.value }] : [],
  );
  const ownProblems = answers.flatMap(({ port, answer }) =>
    answer.kind === "unreachable" ? [`${port.name}: ${answer.problem}`] : [],
  );
  const look = { isOtherSeen, lag: lagBehind(engines.map(({ status }) => status)) };
  return { engines, ownProblems, look, leadership };
}

async function isSeen(region: RegionPorts, signal: AbortSignal): Promise<boolean> {
  const gateways = region.followers.filter(({ kind }) => kind === "gateway");
  const signs = await Promise.all([
    ...gateways.map((gateway) => gateway.isPrimary(signal)),
    // A primary that does not serve is being drained, or about to serve; a region of standbys is lost.
    ...region.engines.map(async (engine) => {
      const answer = await engine.status(signal);
      if (answer.kind === "unreachable") return false;
      const { isServing, role } = answer.value;
      return isServing || role === "primary" || role === "candidate";
    }),
  ]);
  return signs.some((isThere) => isThere);
}

export function registerSeen(leadership: Sight["leadership"]): RegionObservation["register"] {
  if (leadership.kind === "unreachable") return { kind: "unreachable" };
  if (leadership.value === null) return { kind: "empty" };
  const { region, term, atMs } = leadership.value;
  return { kind: "leadership", region, term, atMs };
}

export const enginesSeen = (sight: Sight): RegionObservation["engines"] =>
  sight.engines.map(({ status }) => ({
    role: status.region?.role ?? "active",
    term: status.region?.term ?? 0,
    isPaused: status.isPaused,
    isFenced: status.isFenced,
    isDiverged: status.region?.isDiverged ?? false,
  }));
