// What a move between regions would do, from one view: its parameters, and the checks that allow or refuse it. Pure.

import type { Gates } from "../deployment.ts";
import { type RegionView, servingEngines, type View } from "../view.ts";
import { applyForce, fail, failUnlessForced, ok, openingChecks, warn } from "./checks.ts";
import { leadingRegion, notPossible, type Proposal, regionIn } from "./propose.ts";

function otherRegion(view: View, leading: string): RegionView {
  return (
    view.regions.find(({ name }) => name !== leading) ??
    notPossible("this deployment has one region: name another by --config")
  );
}

/** Planned, between regions: both live, nothing is lost. */
export function proposeRegionSwitchover(
  view: View,
  wish: { region: string },
  gates: Gates,
): Proposal {
  const target = regionIn(view, wish.region);
  const leading = leadingRegion(view);
  const term = view.leadership?.term ?? 1;
  if (target.name === leading.name) {
    return {
      kind: "nothing",
      sentence: `${target.name} leads already in term ${term}`,
      checks: [],
    };
  }
  const [primary] = servingEngines(leading);
  return {
    kind: "plan",
    parameters: { kind: "regionSwitchover", from: leading.name, to: target.name, term },
    checks: [
      primary === undefined
        ? fail(
            "primary",
            `nobody serves in ${leading.name}: this is a case for castle failover --region`,
          )
        : ok("primary", `${primary.name} serves in ${leading.name}`),
      leading.engines.every(({ status }) => status !== undefined)
        ? ok("drain", `both engines of ${leading.name} can be drained`)
        : fail(
            "drain",
            `an engine of ${leading.name} does not answer: not drained, it could be elected and go on behind the end`,
          ),
      // Planned means without loss: none of this can be forced.
      ...openingChecks(target, gates, view).map(({ isForceable: _, ...check }) => check),
    ],
  };
}

/** Unplanned, between regions: the leading one is lost. */
export function proposeRegionFailover(
  view: View,
  wish: { region?: string | undefined; isForced: boolean },
  gates: Gates,
): Proposal {
  const leading = leadingRegion(view);
  const target =
    wish.region === undefined ? otherRegion(view, leading.name) : regionIn(view, wish.region);
  const term = view.leadership?.term ?? 1;
  if (target.name === leading.name) {
    return {
      kind: "nothing",
      sentence: `${target.name} leads already in term ${term}`,
      checks: [],
    };
  }
  const [primary] = servingEngines(leading);
  const paused = target.engines.filter(({ status }) => status?.isPaused === true);
  const answering = target.engines.filter(({ status }) => status !== undefined);
  const [only] = answering;
  const isAlone = wish.isForced && answering.length === 1;
  return {
    kind: "plan",
    parameters: {
      kind: "regionFailover",
      from: leading.name,
      to: target.name,
      term,
      demote: leading.engines.filter(({ status }) => status).map(({ name }) => name),
      ...(isAlone && only !== undefined && { alone: only.name }),
    },
    checks: applyForce(
      [
        primary === undefined
          ? ok("lost", `nobody is seen to serve in ${leading.name}`)
          : failUnlessForced(
              "lost",
              `${primary.name} serves in ${leading.name}: castle switchover --region ${target.name} loses nothing`,
            ),
        ...openingChecks(target, gates, view),
        ...(paused.length === 0
          ? []
          : [warn("paused", `${target.name} is paused: an operator may go on`)]),
      ],
      wish.isForced,
    ),
  };
}
