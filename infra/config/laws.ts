// Laws between the fields of a stack's configuration: what AWS or the design forbids though each field
// by itself is fine. Each gives the path, and what to write instead.

import { versionsWithAddons } from "../components/addon-versions.ts";
import { architectureOf } from "../components/node-types.ts";
import { factsOf, typesWithEfa } from "./instance-types.ts";
import type { GlobalConfig, RegionConfig, StackConfig } from "./stack-config.ts";
import { familiesListed, zonePrefix, zonesOffering } from "./zone-offerings.ts";

export interface Fault {
  /** `section.field`, as in the stack's file. */
  readonly path: string;
  readonly value: unknown;
  readonly advice: string;
}

/** Every law that the configuration breaks. */
export function lawsBroken(config: StackConfig): Fault[] {
  return config.role === "global" ? globalFaults(config) : regionLaws.flatMap((law) => law(config));
}

function globalFaults({ global, site }: GlobalConfig): Fault[] {
  const { prodRegion, drRegion, witnessRegion } = global;
  const faults: Fault[] = [];
  if (new Set([prodRegion, drRegion, witnessRegion]).size < 3) {
    faults.push({
      path: "global.witnessRegion",
      value: witnessRegion,
      advice:
        "write three different regions: strong consistency of the register needs two replicas and a witness",
    });
  }
  const area = regionSet(prodRegion);
  const others = [drRegion, witnessRegion].filter((region) => regionSet(region) !== area);
  if (others.length > 0) {
    faults.push({
      path: "global.drRegion",
      value: others.join(", "),
      advice: `write regions of one set with ${prodRegion} (US, EU or Asia Pacific): a strongly consistent global table does not span sets`,
    });
  }
  if (site.region !== prodRegion && site.region !== drRegion && site.region !== witnessRegion) {
    faults.push({
      path: "site.region",
      value: site.region,
      advice: "write one of the three regions of the register",
    });
  }
  return faults;
}

const regionSet = (region: string) => region.split("-")[0];

type Law = (config: RegionConfig) => Fault[];

const zonesLaw: Law = ({ place, site }) => {
  const prefix = `${zonePrefix(site.region)}-az`;
  const foreign = place.zoneIds.filter((id) => !id.startsWith(prefix));
  const faults: Fault[] = foreign.map((value) => ({
    path: "place.zoneIds",
    value,
    advice: `write zones of ${site.region}: ${prefix}1 and so on`,
  }));
  if (new Set(place.zoneIds).size < place.zoneIds.length) {
    faults.push({
      path: "place.zoneIds",
      value: place.zoneIds.join(", "),
      advice: "write three different zones: the two engines and the journal must not share one",
    });
  }
  return faults;
};

const engineZonesLaw: Law = ({ place, site, matching }) => {
  const { instanceType } = matching;
  const offered = zonesOffering(instanceType, site.region);
  if (offered === null) {
    return [
      {
        path: "matching.instanceType",
        value: instanceType,
        advice: `write a type of ${familiesListed.join(", ")}, or add its zones to infra/config/zone-offerings.ts`,
      },
    ];
  }
  if (offered.length < 2) {
    return [
      {
        path: "site.region",
        value: site.region,
        advice: `${instanceType} is offered in ${offered.length} zones there and two engines need two: choose another region or type`,
      },
    ];
  }
  return place.zoneIds.slice(0, 2).flatMap((value) =>
    offered.includes(value)
      ? []
      : [
          {
            path: "place.zoneIds",
            value,
            advice: `${instanceType} is not offered in that zone: put the engines (the first two) into ${offered.join(", ")}`,
          },
        ],
  );
};

/** Of types whose family is known; of another, engineZonesLaw has said it already. */
const instancesLaw: Law = ({ matching, site }) => {
  const { instanceType, networkInterface, localZone } = matching;
  const faults: Fault[] = [];
  const isListed = zonesOffering(instanceType, site.region) !== null;
  const unknown = (path: string, value: string) =>
    void faults.push({
      path,
      value,
      advice: "write a size that AWS has, or add the type to infra/config/instance-types.ts",
    });
  if (isListed && factsOf(instanceType) === undefined)
    unknown("matching.instanceType", instanceType);
  if (localZone !== undefined && factsOf(localZone.instanceType) === undefined) {
    unknown("matching.localZone.instanceType", localZone.instanceType);
  }
  if (networkInterface === "efa" && factsOf(instanceType)?.hasEfa === false) {
    faults.push({
      path: "matching.networkInterface",
      value: networkInterface,
      advice: `write ena, or one of ${typesWithEfa.join(", ")} as matching.instanceType: ${instanceType} has no EFA`,
    });
  }
  return faults;
};

const stacksLaw: Law = ({ role, place }) => {
  if (role === "dr" && place.prodStack === undefined) {
    return [
      {
        path: "place.prodStack",
        value: undefined,
        advice: "write prod's full name (organization/castle/prod): dr follows its outputs",
      },
    ];
  }
  if (role === "prod" && place.prodStack !== undefined) {
    return [
      {
        path: "place.prodStack",
        value: place.prodStack,
        advice: "leave it out: prod reads no other region",
      },
    ];
  }
  return [];
};

const networksLaw: Law = ({ network, matching, site }) => {
  const faults: Fault[] = [];
  const { cidr, peerCidr } = network;
  if (overlaps(cidr, peerCidr)) {
    faults.push({
      path: "network.peerCidr",
      value: peerCidr,
      advice: `write a network apart from ${cidr}: both regions are routed to each other`,
    });
  }
  const bits = Number(cidr.split("/")[1]);
  if (bits < 16 || bits > 20) {
    faults.push({
      path: "network.cidr",
      value: cidr,
      advice: "write a network from /16 to /20: it is cut into twelve subnets",
    });
  }
  const { localZone } = matching;
  if (localZone !== undefined && [cidr, peerCidr].some((one) => overlaps(one, localZone.cidr))) {
    faults.push({
      path: "matching.localZone.cidr",
      value: localZone.cidr,
      advice: "write a network apart from both regions': it is added to the VPC as its own block",
    });
  }
  if (localZone !== undefined && !localZone.name.startsWith(`${site.region}-`)) {
    faults.push({
      path: "matching.localZone.name",
      value: localZone.name,
      advice: `write a Local Zone of ${site.region}: a VPC has none of another region`,
    });
  }
  return faults;
};

/** IPv4 networks, each valid. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a.first <= b.last && b.first <= a.last;
}

function rangeOf(cidr: string): { readonly first: number; readonly last: number } {
  const [address = "", bits = "32"] = cidr.split("/");
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}

const boundsLaw: Law = ({ compute, database }) => {
  const bounds = [
    ["compute.gateway.countMax", compute.gateway.countMin, compute.gateway.countMax],
    ["compute.service.countMax", compute.service.countMin, compute.service.countMax],
    ["database.acuMax", database.acuMin, database.acuMax],
    ["database.readersMax", database.readersMin, database.readersMax],
  ] as const;
  return bounds.flatMap(([path, least, most]) =>
    least <= most ? [] : [{ path, value: most, advice: `write at least ${least}, its minimum` }],
  );
};

/** What a task of so much processor may have, in MiB (Fargate's pairs). */
const taskMemoryMiB: Readonly<Record<number, readonly [least: number, most: number]>> = {
  256: [512, 2048],
  512: [1024, 4096],
  1024: [2048, 8192],
  2048: [4096, 16384],
  4096: [8192, 30720],
};

const tasksLaw: Law = ({ compute }) =>
  (["gateway", "service"] as const).flatMap((name) => {
    const { cpu, memoryMiB } = compute[name];
    const [least, most] = taskMemoryMiB[cpu] ?? [0, 0];
    if (memoryMiB >= least && memoryMiB <= most && (cpu === 256 || memoryMiB % 1024 === 0))
      return [];
    return [
      {
        path: `compute.${name}.memoryMiB`,
        value: memoryMiB,
        advice: `write ${least} to ${most} in whole GiB: that is what Fargate gives ${cpu} units of CPU`,
      },
    ];
  });

const pipelineLaw: Law = ({ pipeline, compute }) =>
  pipeline.kind === "msk-flow" && compute.kind === "ecs"
    ? [
        {
          path: "compute.kind",
          value: compute.kind,
          advice:
            "write eks or ecs+eks: order processor and matcher of msk-flow are pods scaled by KEDA",
        },
      ]
    : [];

const connectorsLaw: Law = ({ pipeline }) => {
  if (pipeline.kind === "msk" || pipeline.kind === "msk-flow") return [];
  return Object.entries(pipeline.msk.connectors).map(([name, value]) => ({
    path: `pipeline.msk.connectors.${name}`,
    value,
    advice: `leave it out, or write msk or msk-flow as pipeline.kind: ${pipeline.kind} has no topics to connect`,
  }));
};

const journalLaw: Law = ({ journal }) => {
  if (!journal.hasGlobalDatastore) return [];
  const faults: Fault[] = [];
  if (journal.kind === "memorydb") {
    faults.push({
      path: "journal.hasGlobalDatastore",
      value: true,
      advice: "write false, or elasticache as journal.kind: MemoryDB has no Global Datastore",
    });
  }
  if (/^cache\.t/.test(journal.nodeType)) {
    faults.push({
      path: "journal.nodeType",
      value: journal.nodeType,
      advice: "write cache.r7g.large or larger: a Global Datastore takes no burstable nodes",
    });
  }
  return faults;
};
const clusterLaw: Law = ({ compute }) => {
  const { version, instanceTypes, onDemandNodesMin, onDemandNodesMax, spotNodesMax } = compute.eks;
  if (compute.kind === "ecs") return [];
  const faults: Fault[] = [];
  const fault = (field: string, value: unknown, advice: string) =>
    void faults.push({ path: `compute.eks.${field}`, value, advice });
  if (!versionsWithAddons.includes(version)) {
    const known = versionsWithAddons.join(", ");
    fault(
      "version",
      version,
      `write ${known}, or add its add-ons to infra/components/addon-versions.ts`,
    );
  }
  const foreign = instanceTypes.filter((type) => architectureOf(type) !== "amd64");
  if (foreign.length > 0) {
    fault(
      "instanceTypes",
      foreign.join(", "),
      "write types of x86-64 such as m7i.xlarge: Castle's images are built for it",
    );
  }
  if (spotNodesMax > 0 && new Set(instanceTypes).size < 2) {
    fault(
      "instanceTypes",
      instanceTypes.join(", "),
      "write two types or more: Spot of one type goes all at once",
    );
  }
  if (onDemandNodesMax < onDemandNodesMin) {
    fault("onDemandNodesMax", onDemandNodesMax, `write at least ${onDemandNodesMin}, its minimum`);
  }
  return faults;
};

const databaseLaw: Law = ({ database }) =>
  database.kind === "aurora-serverless" && database.acuMin < 2
    ? [
        {
          path: "database.acuMin",
          value: database.acuMin,
          advice: "write 2 or more: a smaller instance cannot take a failover's load at once",
        },
      ]
    : [];

const messagesLaw: Law = ({ api, pipeline, workloads }) => {
  const { functions } = workloads;
  const isFlow = pipeline.kind === "msk-flow";
  const handler = isFlow ? "ingestion" : "messages";
  const faults: Fault[] = [];
  if (functions["messages-authorizer"] !== undefined && functions[handler] === undefined) {
    faults.push({
      path: `workloads.functions.${handler}`,
      value: undefined,
      advice: "write the path of its .zip too: an authorizer alone has nobody to let in",
    });
  }
  if (functions.messages !== undefined && (isFlow || !api.hasWebSocket)) {
    faults.push({
      path: "workloads.functions.messages",
      value: functions.messages,
      advice: isFlow
        ? "leave it out: messages go to ingestion where the pipeline is msk-flow"
        : "leave it out, or write api.hasWebSocket true: nothing else would call it",
    });
  }
  return faults;
};

const regionLaws: readonly Law[] = [
  zonesLaw,
  engineZonesLaw,
  instancesLaw,
  stacksLaw,
  networksLaw,
  boundsLaw,
  tasksLaw,
  pipelineLaw,
  connectorsLaw,
  clusterLaw,
  journalLaw,
  databaseLaw,
  messagesLaw,
];
