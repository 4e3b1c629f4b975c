// What stands around the engines of a deployment: how far a region is behind, its controller, where clients go, and
// which region the database writes in. Pure: one look comes in. All of it is asked for before a takeover
// needs it; that one of them does not answer is a finding, since a takeover would find the same.

import { lagBehind } from "../region-lag.ts";
import type { RegionView, View } from "../view.ts";
import { bad, type Finding, well } from "./finding.ts";

export interface LagGates {
  readonly lagEntriesMax: number;
  readonly lagMsMax: number;
}

/** Which region has the writer; absent in a deployment that names no database. */
export type DatabaseSeen =
  | { readonly name: string; readonly region: string }
  | { readonly name: string; readonly problem: string };

export function examineRegions(
  view: View,
  gates: LagGates,
  database: DatabaseSeen | undefined,
): Finding[] {
  return [
    ...view.regions.flatMap((region) => examineLag(region, gates)),
    ...examineControllers(view),
    ...examineTraffic(view),
    ...(database === undefined ? [] : [examineDatabase(view, database)]),
  ];
}

/** Of a region that follows. */
function examineLag({ name, engines }: RegionView, gates: LagGates): Finding[] {
  const following = engines.flatMap(({ status }) => (status?.role === "dr" ? status : []));
  if (following.length === 0) return [];
  const lag = lagBehind(following);
  const advice = "look at the link between the regions: no controller takes over by itself";
  if (lag === null)
    return [bad("fail", "lag", `${name}: nobody knows how far it is behind`, advice)];
  const text = `${name} is ${lag.entries} entries, ${Math.round(lag.ms)} ms behind`;
  return lag.entries <= gates.lagEntriesMax && lag.ms <= gates.lagMsMax
    ? [well("lag", text)]
    : [
        bad(
          "fail",
          "lag",
          `${text}: more than the gate of ${gates.lagEntriesMax} entries, ${gates.lagMsMax} ms`,
          advice,
        ),
      ];
}

function examineControllers({ regions, controllers = [] }: View): Finding[] {
  if (regions.length === 1) return [];
  const unnamed = regions.filter(({ name }) => !controllers.some(({ region }) => region === name));
  const approvals = new Set(controllers.flatMap(({ status }) => status?.approval ?? []));
  const found = [
    ...unnamed.map(({ name }) =>
      bad(
        "warn",
        "controllers",
        `the deployment does not say where the controller of ${name} is: it is not asked`,
        "name it (regions[].controller), or look at its /status in its region",
      ),
    ),
    ...controllers.flatMap(({ region, problem, proposal }) => {
      if (problem !== undefined) {
        const text = `the controller of ${region} does not answer: ${problem}`;
        return [bad("fail", "controllers", text, "start it: without it a lost region stays lost")];
      }
      if (proposal === undefined) return [];
      const text = `the controller of ${region} proposes a takeover: ${proposal.reason}`;
      return [bad("warn", "controllers", text, `castle failover --approve ${proposal.id}`)];
    }),
    ...(approvals.size <= 1
      ? []
      : [
          bad(
            "warn",
            "controllers",
            "one controller takes over by itself, the other one waits for approval",
            "give both the same deployment.json (approval)",
          ),
        ]),
  ];
  return found.length > 0 ? found : [well("controllers", "every controller answers")];
}

function examineTraffic({ traffic, leadership }: View): Finding[] {
  return traffic.map(({ router, region, problem }) => {
    if (problem !== undefined) {
      const text = `${router} does not answer: ${problem}`;
      return bad("warn", "traffic", text, "health checks go on; no plan can move clients by it");
    }
    if (region === null || region === undefined) {
      const text = `${router} sends clients to no one region`;
      return bad("warn", "traffic", text, "look at its weights: a plan may have been broken off");
    }
    if (leadership && leadership.region !== region) {
      const text = `${router} sends clients to ${region}, and ${leadership.region} leads`;
      return bad("fail", "traffic", text, "castle history: a step missed; move it by hand");
    }
    return well("traffic", `${router} sends clients to ${region}`);
  });
}

function examineDatabase({ leadership }: View, database: DatabaseSeen): Finding {
  if ("problem" in database) {
    const text = `${database.name} does not answer: ${database.problem}`;
    return bad("warn", "database", text, "trading goes on; no plan can move its writer");
  }
  const { name, region } = database;
  if (leadership && leadership.region !== region) {
    const text = `${name} is written in ${region}, and ${leadership.region} leads`;
    const advice = "castle history: a step missed; switch the global cluster over by hand";
    return bad("warn", "database", text, advice);
  }
  return well("database", `${name} is written in ${region}`);
}
