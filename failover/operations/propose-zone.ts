// What it would do to take a zone out of traffic, to let it in again, and to bring the managed Redis home, from one
// view. Pure. A zone is left with what still works: gateways elsewhere, a standby that can serve.

import { type RegionView, servingEngines, type View } from "../view.ts";
import { type Check, fail, handOverChecks, nodeChecks, ok, warn } from "./checks.ts";
import { leadingRegion, notPossible, type Proposal, regionIn } from "./propose.ts";

interface ZoneWish {
  readonly zone: string;
  /** By default the one that leads. */
  readonly region?: string | undefined;
}

const regionOf = (view: View, name: string | undefined): RegionView =>
  name === undefined ? leadingRegion(view) : regionIn(view, name);

/** @throws ClusterError NOT_POSSIBLE where there is no such zone, or nothing that shifts. */
export function proposeZoneLeave(view: View, wish: ZoneWish & { hours: number }): Proposal {
  const region = regionOf(view, wish.region);
  const zone = zoneIn(region, wish.zone);
  const [primary] = servingEngines(region);
  const isPrimaryThere = primary?.zone === zone;
  const { away = [] } = region;
  if (!isPrimaryThere && away.some((one) => one.zone === zone && one.isWhole)) {
    const sentence = `zone ${zone} of ${region.name} gets no clients already`;
    return { kind: "nothing", sentence, checks: [] };
  }
  const standby = region.engines.find(({ name }) => name !== primary?.name);
  const other = away.find((one) => one.zone !== zone);
  return {
    kind: "plan",
    parameters: {
      ...{ kind: "zoneLeave", region: region.name, zone, hours: wish.hours },
      ...(isPrimaryThere && {
        switchover: {
          from: primary.name,
          to: standby?.name ?? "",
          epoch: primary.status?.epoch ?? 0,
        },
      }),
    },
    checks: [
      shiftCheck(region),
      other === undefined
        ? ok("other-zone", "balancers send to every other zone")
        : fail(
            "other-zone",
            `zone ${other.zone} gets no clients already, and two zones of three are not left: castle zone return ${other.zone} first`,
          ),
      gatewaysLeft(region, zone),
      ...(isPrimaryThere
        ? [
            ok("primary", `${primary.name} serves in zone ${zone}, and hands over first`),
            ...handOverChecks(primary, standby),
          ]
        : [ok("primary", `no primary serves in zone ${zone}`)]),
      ...nodeChecks(region),
    ],
  };
}

/** @throws ClusterError NOT_POSSIBLE where there is no such zone, or nothing that shifts. */
export function proposeZoneReturn(view: View, wish: ZoneWish): Proposal {
  const region = regionOf(view, wish.region);
  const zone = zoneIn(region, wish.zone);
  const { away } = region;
  if (away?.every((one) => one.zone !== zone)) {
    const sentence = `zone ${zone} of ${region.name} gets clients already`;
    return { kind: "nothing", sentence, checks: [] };
  }
  const gateways = gatewaysOf(region).filter((gateway) => gateway.zone === zone);
  const isReady = gateways.every(({ status }) => status !== undefined);
  return {
    kind: "plan",
    parameters: { kind: "zoneReturn", region: region.name, zone },
    checks: [
      shiftCheck(region),
      isReady
        ? ok("gateways", `every gateway in zone ${zone} answers`)
        : warn("gateways", `a gateway in zone ${zone} does not answer: health checks leave it out`),
    ],
  };
}

/** Home is where the region's exchange.json has Redis. @throws ClusterError NOT_POSSIBLE without a managed one */
export function proposeStorePlace(view: View, wish: { region?: string | undefined }): Proposal {
  const region = regionOf(view, wish.region);
  const { store, storeProblem } = region;
  if (store === undefined && storeProblem === undefined) {
    notPossible(
      `the deployment names no store of region ${region.name}: its Redis is no managed one`,
    );
  }
  const zone =
    region.seats.find(({ kind }) => kind === "redis")?.zone ??
    notPossible(`the exchange of ${region.name} names no zone of its Redis`);
  if (store?.zone === zone && store.isSettled) {
    const sentence = `the primary of ${region.name}'s Redis is in zone ${zone} already`;
    return { kind: "nothing", sentence, checks: [] };
  }
  const [primary] = servingEngines(region);
  const isLeading = region.name === leadingRegion(view).name;
  return {
    kind: "plan",
    parameters: { kind: "storePlace", region: region.name, zone, isLed: primary !== undefined },
    checks: [
      store === undefined
        ? fail("store", `the store does not answer: ${storeProblem}`)
        : ok(
            "store",
            `its primary is in zone ${store.zone ?? "that the deployment does not name"}`,
          ),
      !isLeading
        ? ok("in-sync", `${region.name} follows: its Redis is no copy that counts`)
        : primary?.status?.inSync.includes("peer") === true
          ? ok("in-sync", "both engines hold everything while Redis moves")
          : fail("in-sync", "the engines are not in sync: without Redis only one would be left"),
    ],
  };
}

const gatewaysOf = ({ followers }: RegionView) =>
  followers.filter(({ kind }) => kind === "gateway");

function zoneIn(region: RegionView, zone: string): string {
  if (region.away === undefined && region.awayProblem === undefined) {
    notPossible(`the deployment names no zonalShift of region ${region.name}`);
  }
  const { engines, followers, seats } = region;
  const known = [...new Set([...engines, ...followers, ...seats].map((node) => node.zone))].sort();
  return known.includes(zone)
    ? zone
    : notPossible(`there is no zone ${zone} in ${region.name}; there is ${known.join(", ")}`);
}

const shiftCheck = ({ awayProblem }: RegionView): Check =>
  awayProblem === undefined
    ? ok("zonal-shift", "zonal shift answers")
    : fail("zonal-shift", `zonal shift does not answer: ${awayProblem}`);

function gatewaysLeft(region: RegionView, zone: string): Check {
  const left = gatewaysOf(region).filter((gateway) => gateway.zone !== zone && gateway.status);
  return left.length > 0
    ? ok("gateways", `${left.map(({ name }) => name).join(", ")} takes the clients`)
    : fail("gateways", `no gateway outside of zone ${zone} answers: nobody would take the clients`);
}
