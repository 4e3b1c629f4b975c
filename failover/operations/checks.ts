// Checks before an operation: on one view of the deployment, pure. `fail` refuses the operation (exit code 3);
// where force is a way out, that is said, and `--force` turns it into a warning.

import type { RegionLag } from "../decide/region-watch.ts";
import { lagBehind } from "../region-lag.ts";
import { type EngineView, type RegionView, servingEngines, type View } from "../view.ts";

export interface Check {
  readonly id: string;
  readonly level: "ok" | "warn" | "fail";
  readonly text: string;
  readonly isForceable?: boolean;
}

export const ok = (id: string, text: string): Check => ({ id, level: "ok", text });
export const warn = (id: string, text: string): Check => ({ id, level: "warn", text });
export const fail = (id: string, text: string): Check => ({ id, level: "fail", text });
export const failUnlessForced = (id: string, text: string): Check => ({
  id,
  level: "fail",
  text,
  isForceable: true,
});

/** With force the forceable refusals are warnings. */
export function applyForce(checks: readonly Check[], isForced: boolean): Check[] {
  return checks.map((check) =>
    isForced && check.level === "fail" && check.isForceable === true
      ? { ...check, level: "warn", text: `${check.text} (forced)` }
      : check,
  );
}

export const isRefused = (checks: readonly Check[]): boolean =>
  checks.some(({ level }) => level === "fail");

/** Who answers, and what was left behind by operators. */
export function nodeChecks(region: RegionView): Check[] {
  const silent = [...region.engines, ...region.followers].filter(({ status }) => !status);
  const fenced = region.engines.filter(({ status }) => status?.isFenced === true);
  const paused = region.engines.filter(({ status }) => status?.isPaused === true);
  const names = (views: readonly { readonly name: string }[]) =>
    views.map(({ name }) => name).join(", ");
  return [
    silent.length === 0
      ? ok("nodes", "every node answers")
      : warn("nodes", `no answer from ${names(silent)}`),
    ...(fenced.length === 0 ? [] : [warn("fenced", `${names(fenced)} is fenced`)]),
    ...(paused.length === 0
      ? []
      : [warn("paused", `${names(paused)} is paused: no automatic failover`)]),
  ];
}

/** A hand-over loses nothing and takes milliseconds only if the standby has everything already. */
export function handOverChecks(primary: EngineView, standby: EngineView | undefined): Check[] {
  const status = standby?.status;
  if (standby === undefined || status === undefined) {
    return [fail("standby", `no standby answers: ${standby?.problem ?? "there is none"}`)];
  }
  const inSync = primary.status?.inSync ?? [];
  const ownVersion = primary.status?.version.commandVersion;
  return [
    status.role === "standby"
      ? ok("standby", `${standby.name} stands by`)
      : fail("standby", `${standby.name} is ${status.role}, not standby`),
    inSync.includes("peer")
      ? ok("in-sync", `${standby.name} holds all that is committed`)
      : fail("in-sync", `${standby.name} is not in sync: it would first have to catch up`),
    status.isFenced
      ? fail("standby-fenced", `${standby.name} is fenced: castle unfence ${standby.name} first`)
      : ok("standby-fenced", `${standby.name} is not fenced`),
    inSync.includes("redis")
      ? ok("redis", "Redis is in sync: the exchange stays two of three all the time")
      : warn("redis", "Redis is not in sync: during the hand-over only the two engines count"),
    status.version.commandVersion === ownVersion
      ? ok("version", "both engines know the same commands")
      : warn("version", `${standby.name} runs another version than ${primary.name}`),
  ];
}

/** A standby can be elected only where another voter is in reach: Redis, or the other engine. */
export function electionChecks(region: RegionView, candidate: EngineView | undefined): Check[] {
  const status = candidate?.status;
  if (candidate === undefined || status === undefined) {
    return [fail("candidate", "no engine answers that could take over")];
  }
  const hasVoter = status.redis.isReachable || status.peer.isConnected;
  const [serving] = servingEngines(region);
  return [
    status.role === "recovering"
      ? failUnlessForced(
          "candidate",
          `${candidate.name} has lost its log and recovers from a primary only`,
        )
      : ok("candidate", `${candidate.name} answers and is ${status.role}`),
    status.isFenced
      ? fail("fenced", `${candidate.name} is fenced: castle unfence ${candidate.name} first`)
      : ok("fenced", `${candidate.name} is not fenced`),
    hasVoter
      ? ok("voter", "another voter is in its reach: nothing acknowledged can be lost")
      : failUnlessForced(
          "voter",
          "neither Redis nor the other engine is in its reach: two of three are lost, and alone it may lack what the others had",
        ),
    serving === undefined
      ? ok("primary", "nobody serves")
      : failUnlessForced(
          "primary",
          `${serving.name} serves: castle switchover moves it without a risk`,
        ),
  ];
}

export interface RegionGates {
  readonly lagEntriesMax: number;
  readonly lagMsMax: number;
}

/**
 * How far the region that is to lead is behind, against the gates. `null`: nobody there knows. Of a lost region its
 * controller says when that was last seen alive; without one, all of the silence may be journal that is missing.
 */
function lagOf(region: RegionView, view: View): RegionLag | null {
  const now = lagBehind(region.engines.flatMap(({ status }) => status ?? []));
  const isOtherServing = view.regions.some(
    (other) => other.name !== region.name && servingEngines(other).length > 0,
  );
  if (now === null || isOtherServing) return now;
  const controller = view.controllers?.find((one) => one.region === region.name);
  const seen = controller?.status?.watch.lagWhenSeen;
  return seen == null ? now : { entries: now.entries, ms: seen.ms };
}

/** What the region that is to lead must be, whatever becomes of the other one. */
export function openingChecks(region: RegionView, gates: RegionGates, view: View): Check[] {
  const answering = region.engines.filter(({ status }) => status !== undefined);
  const gateways = region.followers.filter(({ kind, status }) => kind === "gateway" && status);
  const fenced = answering.filter(({ status }) => status?.isFenced === true);
  const diverged = answering.some(({ status }) => status?.region?.isDiverged === true);
  const isDr = answering.every(({ status }) => status?.region?.role === "dr");
  return [
    registerCheck(view),
    enginesCheck(region, answering),
    answering.some(({ status }) => status?.redis.isReachable === true)
      ? ok("redis", `Redis of ${region.name} is in reach`)
      : warn(
          "redis",
          `Redis of ${region.name} is out of reach: until one is back, its engines have no third copy`,
        ),
    isDr
      ? ok("role", `${region.name} follows`)
      : failUnlessForced("role", `${region.name} does not follow: an engine there is no dr`),
    fenced.length === 0
      ? ok("fenced", `nothing in ${region.name} is fenced`)
      : fail("fenced", `${fenced[0]?.name} of ${region.name} is fenced: castle unfence first`),
    diverged
      ? failUnlessForced("diverged", `${region.name} has diverged: castle reconcile, then re-seed`)
      : ok("diverged", `the journal of ${region.name} continues the active one`),
    lagCheck(region, gates, view),
    gateways.length > 0
      ? ok("gateways", `${gateways.length} gateways of ${region.name} answer`)
      : failUnlessForced("gateways", `no gateway of ${region.name} answers`),
  ];
}

/**
 * A region opens by the vote of its other engine: its Redis counts only once the two have agreed on it. One
 * engine alone is a double fault.
 */
function enginesCheck(region: RegionView, answering: readonly EngineView[]): Check {
  const [engine] = answering;
  if (answering.length === region.engines.length) {
    return ok("engines", `both engines of ${region.name} answer`);
  }
  if (engine === undefined) return fail("engines", `no engine of ${region.name} answers`);
  return failUnlessForced(
    "engines",
    `only ${engine.name} of ${region.name} answers: nobody could elect it; alone, it may lack what the other one had, and its disk is the only copy`,
  );
}

function registerCheck(view: View): Check {
  if (view.registerProblem !== undefined) {
    // By force two regions would count the same term, and what tells their entries apart would be gone.
    return fail(
      "register",
      `the register does not answer, and no force replaces it: ${view.registerProblem}`,
    );
  }
  if (!view.leadership) return fail("register", "the register names no leader yet");
  const { region, term } = view.leadership;
  return ok("register", `the register says that ${region} leads in term ${term}`);
}

function lagCheck(region: RegionView, gates: RegionGates, view: View): Check {
  const lag = lagOf(region, view);
  if (lag === null) {
    return failUnlessForced("lag", `nobody in ${region.name} knows how far it is behind`);
  }
  const text = `${region.name} is ${lag.entries} entries, ${Math.round(lag.ms)} ms behind`;
  return lag.entries <= gates.lagEntriesMax && lag.ms <= gates.lagMsMax
    ? ok("lag", text)
    : failUnlessForced(
        "lag",
        `${text}: more than the gate of ${gates.lagEntriesMax} entries, ${gates.lagMsMax} ms`,
      );
}
