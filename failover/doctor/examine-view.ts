// What a view of the deployment tells of misconfiguration: pure. Every finding is something that a failover
// would stumble over, found while there is time.

import { type RegionView, servingEngines, type View } from "../view.ts";
import { bad, type Finding, well } from "./finding.ts";

export function examineView(view: View): Finding[] {
  return [
    ...view.regions.flatMap((region) => examineRegion(region, view.regions.length > 1)),
    ...examineRegister(view),
  ];
}

function examineRegion(region: RegionView, isNamed: boolean): Finding[] {
  const place = isNamed ? `${region.name}: ` : "";
  return [
    unreachable(region, place),
    left(region, place, "isPaused", "paused", "castle resume"),
    left(region, place, "isFenced", "fenced", "castle unfence"),
    alone(region, place),
    replaced(region, place),
    diverged(region, place),
    versions(region, place),
    zones(region, place),
    inSync(region, place),
    epochs(region, place),
  ].flat();
}

const names = (views: readonly { readonly name: string }[]) =>
  views.map(({ name }) => name).join(", ");

function unreachable(region: RegionView, place: string): Finding[] {
  const silent = [...region.engines, ...region.followers].filter(({ status }) => !status);
  if (silent.length === 0) return [well("members", `${place}every member answers`)];
  return silent.map(({ name, problem }) =>
    bad(
      "fail",
      "members",
      `${place}${name} does not answer: ${problem}`,
      "castle status; look at its log",
    ),
  );
}

function left(
  region: RegionView,
  place: string,
  flag: "isPaused" | "isFenced",
  word: string,
  command: string,
): Finding[] {
  const found = region.engines.filter(({ status }) => status?.[flag] === true);
  return found.length === 0
    ? [well(word, `${place}nothing is ${word}`)]
    : [
        bad(
          "warn",
          word,
          `${place}${names(found)} is ${word}`,
          `${command} ${found[0]?.name}, unless somebody still works on it (castle history)`,
        ),
      ];
}

/** By force: until another member has everything, its disk is the only copy. */
function alone(region: RegionView, place: string): Finding[] {
  return region.engines
    .filter(({ status }) => status?.isAlone === true)
    .map(({ name }) =>
      bad(
        "fail",
        "alone",
        `${place}${name} was forced and commits with its own copy alone`,
        "bring the other engine or Redis back: the force ends by itself",
      ),
    );
}

function replaced(region: RegionView, place: string): Finding[] {
  return region.engines
    .filter(({ status }) => status?.role === "replaced")
    .map(({ name, status }) =>
      bad(
        "fail",
        "replaced",
        `${place}${name} runs as incarnation ${status?.incarnation}, and incarnation ${status?.replacedBy} has its seat`,
        "stop it and keep its disk; start the one that has the seat",
      ),
    );
}

function diverged(region: RegionView, place: string): Finding[] {
  const found = region.engines.filter(({ status }) => status?.region?.isDiverged === true);
  if (found.length === 0) return [];
  const text = `${place}${names(found)} does not continue the journal of the region that leads`;
  return [bad("fail", "diverged", text, "castle reconcile, then start it empty")];
}

/** Of everything that speaks with the engines: what one of them does not know is not sent. */
function versions(region: RegionView, place: string): Finding[] {
  const seen = new Map<string, string[]>();
  for (const { name, status } of [...region.engines, ...region.followers]) {
    if (status === undefined) continue;
    const { castle, commandVersion } = status.version;
    const version = `${castle}, commands ${commandVersion}`;
    seen.set(version, [...(seen.get(version) ?? []), name]);
  }
  const [first] = seen.keys();
  if (seen.size <= 1)
    return [well("versions", `${place}nodes are of one version: ${first ?? "?"}`)];
  const text = [...seen].map(([version, nodes]) => `${nodes.join(", ")}: ${version}`).join("; ");
  return [bad("warn", "versions", `${place}nodes differ: ${text}`, "finish the rolling upgrade")];
}

function zones(region: RegionView, place: string): Finding[] {
  const [one, two] = region.engines;
  if (one === undefined || two === undefined || one.zone !== two.zone) {
    return [well("zones", `${place}the engines are in different zones`)];
  }
  return [
    bad(
      "fail",
      "zones",
      `${place}both engines are in zone ${one.zone}: its loss takes two of three`,
      "move one engine to another zone",
    ),
  ];
}

function inSync(region: RegionView, place: string): Finding[] {
  const [primary, second] = servingEngines(region);
  const isDr = region.engines.some(({ status }) => status?.region?.role === "dr");
  if (primary?.status === undefined) {
    return isDr
      ? [well("quorum", `${place}follows and serves nobody`)]
      : [bad("fail", "quorum", `${place}nobody serves`, "castle status; castle failover")];
  }
  if (second !== undefined) {
    const text = `${place}${primary.name} and ${second.name} both say that they serve`;
    return [bad("warn", "quorum", text, "look again: the one with the lower epoch must give way")];
  }
  const missing = (["peer", "redis"] as const).filter(
    (voter) => primary.status?.inSync.includes(voter) !== true,
  );
  return missing.length === 0
    ? [well("quorum", `${place}${primary.name} serves, the other engine and Redis are in sync`)]
    : [
        bad(
          "warn",
          "quorum",
          `${place}${missing.join(" and ")} is not in sync with ${primary.name}`,
          "wait for it, or replace it: another loss would stop the exchange",
        ),
      ];
}

function epochs(region: RegionView, place: string): Finding[] {
  const [primary] = servingEngines(region);
  const ahead = region.followers.filter(
    ({ status }) => status !== undefined && status.epoch > (primary?.status?.epoch ?? Infinity),
  );
  return ahead.length === 0
    ? []
    : [
        bad(
          "warn",
          "epochs",
          `${place}${names(ahead)} has seen a newer epoch than the primary`,
          "look again: a failover may be under way",
        ),
      ];
}

function examineRegister(view: View): Finding[] {
  if (view.regions.length === 1) return [];
  if (view.registerProblem !== undefined) {
    const text = `the register does not answer: ${view.registerProblem}`;
    const advice = "zone failover goes on; no region can be moved until it answers";
    return [bad("fail", "register", text, advice)];
  }
  if (!view.leadership) {
    const text = "the register names no leader";
    return [bad("fail", "register", text, "start a controller in the active region")];
  }
  const { region, term } = view.leadership;
  const wrong = view.regions.flatMap(({ name, engines }) =>
    engines.filter(({ status }) => {
      if (status?.region === undefined) return false;
      const wanted = name === region ? "active" : "dr";
      return status.region.role !== wanted || status.region.term !== term;
    }),
  );
  if (wrong.length === 0) {
    return [well("register", `roles agree with the register: ${region} leads in term ${term}`)];
  }
  return wrong.map(({ name, region: place, status }) =>
    bad(
      "fail",
      "register",
      `${place}/${name} is ${status?.region?.role} in term ${status?.region?.term}, the register says that ${region} leads in term ${term}`,
      `look at the controller of ${place}: it tells its engines every second`,
    ),
  );
}
