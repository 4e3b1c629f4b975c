// Plans inside one region that ask AWS: a zone that is ill gets no clients, or gets them again; the managed Redis's
// primary goes back to the zone that has no engine. All of it is asked of the region's own control planes.

import { ClusterError } from "../errors.ts";
import type { Step } from "../plan/plan.ts";
import type { Ports } from "../ports.ts";
import type { JournalStore } from "../store.ts";
import type { ZoneTraffic } from "../traffic.ts";
import type { ParametersOf } from "./parameters.ts";
import { regionOf, says, type Who, waitStep } from "./steps.ts";
import { zoneSwitchoverSteps } from "./zone-plans.ts";

/** Two calls for each balancer; a control plane answers in a second or two. */
const shiftBudgetMs = 10_000;
/** ElastiCache modifies a group three times, and is polled every 5 s. Cut off after ten minutes. */
const placeBudgetMs = 120_000;

export function zoneLeaveSteps(
  { region: name, zone, hours, switchover }: ParametersOf<"zoneLeave">,
  ports: Ports,
  who: Who,
): Step[] {
  const traffic = trafficOf(ports, name);
  const moving =
    switchover === undefined
      ? []
      : zoneSwitchoverSteps({ kind: "zoneSwitchover", region: name, ...switchover }, ports, who);
  return [
    ...moving.filter(({ id }) => id !== "stand-by"),
    {
      id: "shift",
      what: traffic.describe(zone, hours),
      budgetMs: shiftBudgetMs,
      // A third of the balancers' capacity goes.
      isDestructive: true,
      isDone: async (signal) =>
        (await traffic.away(signal)).some((away) => away.zone === zone && away.isWhole),
      run: (signal) => traffic.leave(zone, { hours, reason: who.reason }, signal),
    },
    // Last, and a wish: the old primary is in the zone that is ill.
    ...moving.filter(({ id }) => id === "stand-by").map((step) => ({ ...step, isOptional: true })),
  ];
}

export function zoneReturnSteps(
  { region: name, zone }: ParametersOf<"zoneReturn">,
  ports: Ports,
): Step[] {
  const traffic = trafficOf(ports, name);
  return [
    {
      id: "return",
      what: `${traffic.name}: every balancer sends to zone ${zone} again; the primary stays where it is`,
      budgetMs: shiftBudgetMs,
      isDestructive: false,
      isDone: async (signal) => (await traffic.away(signal)).every((away) => away.zone !== zone),
      run: (signal) => traffic.rejoin(zone, signal),
    },
  ];
}

export function storePlaceSteps(
  { region: name, zone, isLed }: ParametersOf<"storePlace">,
  ports: Ports,
): Step[] {
  const store = storeIn(ports, name);
  const { engines } = regionOf(ports, name);
  return [
    {
      id: "place",
      what: `${store.name}: the node in zone ${zone} becomes the primary, with automatic failover off meanwhile; until it is filled the two engines stand alone`,
      budgetMs: placeBudgetMs,
      isDestructive: true,
      isDone: async (signal) => {
        const now = await store.primary(signal);
        return now.zone === zone && now.isSettled;
      },
      run: (signal) => store.placePrimary(zone, signal),
    },
    ...(isLed
      ? [
          waitStep(
            {
              id: "in-sync",
              what: "the primary has filled it and counts it as in sync (rule 8)",
              budgetMs: 10_000,
            },
            ports,
            async (signal) => {
              const answers = await Promise.all(
                engines.map((engine) =>
                  says(
                    engine,
                    signal,
                    ({ isServing, inSync }) => isServing && inSync.includes("redis"),
                  ),
                ),
              );
              return answers.some((isSo) => isSo);
            },
          ),
        ]
      : []),
  ];
}

function trafficOf(ports: Ports, name: string): ZoneTraffic {
  const { zoneTraffic } = regionOf(ports, name);
  if (zoneTraffic !== undefined) return zoneTraffic;
  throw new ClusterError("NOT_POSSIBLE", `the deployment names no zonalShift of region ${name}`);
}

function storeIn(ports: Ports, name: string): JournalStore {
  const { store } = regionOf(ports, name);
  if (store !== undefined) return store;
  throw new ClusterError("NOT_POSSIBLE", `the deployment names no store of region ${name}`);
}
