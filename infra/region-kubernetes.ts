// The services of a region on Kubernetes: the cluster, what others wrote and runs in it, and one service for each workload
// that the catalogue puts there. The doors are the same plain balancers as Fargate's; pods are registered with
// them. All pods share one security group: who may use a store is said of all of them at once.

import type * as pulumi from "@pulumi/pulumi";
import { practiceFree } from "./components/experiment-turns.ts";
import { openTo } from "./components/ingress.ts";
import { KubernetesCluster } from "./components/kubernetes-cluster.ts";
import { KubernetesPlatform } from "./components/kubernetes-platform.ts";
import { KubernetesService } from "./components/kubernetes-service.ts";
import type { ServiceCluster } from "./components/service-cluster.ts";
import type { ServiceClient } from "./components/task-group.ts";
import { ZonalShift } from "./components/zonal-shift.ts";
import type { RegionConfig } from "./config/stack-config.ts";
import { namespaceOf } from "./names.ts";
import { growthOf, scalerStatements } from "./pod-growth.ts";
import type { Doors } from "./region-doors.ts";
import { careOf, type Site } from "./region-site.ts";
import { type Surroundings, specsOf, type WorkloadSpec } from "./workload-specs.ts";
import type { Right, WorkloadName } from "./workloads.ts";

export interface PodParts {
  readonly surroundings: Surroundings;
  readonly doors: Doors;
  /** Its namespace is where all services are found. */
  readonly services: ServiceCluster;
  readonly alarmTopicArn: pulumi.Output<string>;
}

/** May live on Spot: a client of theirs asks again, and half of their pods are elsewhere. */
const onSpotToo: readonly WorkloadName[] = ["users", "wallet", "market-data"];

/** @returns roles that start nodes by themselves */
export function podsOf(site: Site, parts: PodParts): readonly pulumi.Output<string>[] {
  const { config, options } = site;
  if (config.compute.kind === "ecs") return [];
  const specs = specsOf(site, parts.surroundings).filter(({ workload }) => workload.kind === "eks");
  const cluster = clusterOf(site, parts);
  const platform = platformOf(site, parts, cluster, specs);
  openStores(parts, specs, cluster.securityGroupId);
  if (config.resilience.hasZonalAutoshift) allowAutoshift(site, parts, cluster);
  for (const spec of specs) {
    const { name, size } = spec.workload;
    openDoors(site, parts, spec, cluster);
    new KubernetesService(
      name,
      {
        ...careOf(site),
        ...spec,
        place: cluster.place,
        namespace: platform.namespace,
        size,
        zones: zonesOf(parts),
        spareCapacityPercent: config.compute.spareCapacityPercent,
        isCritical: !onSpotToo.includes(name),
        growth: growthOf(spec, { ...parts, pipeline: parts.surroundings.pipeline }),
        ports: portsOf(spec),
        hostName: `${name}.${namespaceOf(config.role)}`,
        targetGroups: targetsOf(parts, spec),
        alarmTopicArn: parts.alarmTopicArn,
        installed: platform.installed,
      },
      { ...options, provider: platform.provider },
    );
  }
  return platform.launcherRoleArns;
}

const zonesOf = ({ surroundings }: PodParts) => surroundings.stores.network.serviceSubnetIds.length;

function clusterOf(site: Site, { surroundings }: PodParts): KubernetesCluster {
  const { config, region, accountId, options } = site;
  const { network } = surroundings.stores;
  const { eks } = config.compute;
  const isByKarpenter = eks.autoscaler === "karpenter";
  return new KubernetesCluster(
    "kubernetes",
    {
      ...careOf(site),
      ...eks,
      clusterName: `castle-${config.role}`,
      region,
      accountId,
      vpcId: network.vpcId,
      subnetIds: network.serviceSubnetIds,
      // Karpenter's own nodes come on top of those that it runs on.
      onDemandNodesMax: isByKarpenter ? eks.onDemandNodesMin : eks.onDemandNodesMax,
      managedSpotNodesMax: isByKarpenter ? 0 : eks.spotNodesMax,
      hasZonalShift: config.resilience.hasZonalAutoshift,
    },
    options,
  );
}

/** A zone's balancers are shifted by themselves; this keeps pods elsewhere from calling those in the zone. */
function allowAutoshift(
  { config, options }: Site,
  parts: PodParts,
  cluster: KubernetesCluster,
): void {
  new ZonalShift(
    "kubernetes-shift",
    {
      resourceArns: { cluster: cluster.place.clusterArn },
      outcomeAlarmArns: parts.doors.entry.alarmArns,
      blockedWindows: practiceFree(config.resilience.experimentSchedule, zonesOf(parts)),
    },
    { ...options, dependsOn: [...cluster.ready] },
  );
}

function platformOf(
  site: Site,
  parts: PodParts,
  cluster: KubernetesCluster,
  specs: readonly WorkloadSpec[],
): KubernetesPlatform {
  const { config, options } = site;
  const { network } = parts.surroundings.stores;
  return new KubernetesPlatform(
    "platform",
    {
      place: cluster.place,
      kubeconfig: cluster.kubeconfig,
      vpcId: network.vpcId,
      ...karpenterOf(site, parts, cluster, config.compute.eks),
      names: {
        namespaceName: namespaceOf(config.role),
        namespaceId: parts.services.namespaceId,
        hostedZoneId: parts.services.hostedZoneId,
      },
      targetGroupArns: specs.flatMap((spec) => targetsOf(parts, spec)).map(({ arn }) => arn),
      scalerStatements: specs.flatMap((spec) =>
        scalerStatements(spec, { ...parts, pipeline: parts.surroundings.pipeline }),
      ),
    },
    cluster.ready,
    options,
  );
}

function karpenterOf(
  { dataKeyArn }: Site,
  { surroundings }: PodParts,
  cluster: KubernetesCluster,
  eks: RegionConfig["compute"]["eks"],
) {
  if (eks.autoscaler !== "karpenter") return {};
  const { network } = surroundings.stores;
  return {
    karpenter: {
      ...eks,
      onDemandNodesMax: eks.onDemandNodesMax - eks.onDemandNodesMin,
      subnetIds: network.serviceSubnetIds,
      zoneNames: network.zoneNames,
      securityGroupId: cluster.securityGroupId,
      dataKeyArn,
    },
  };
}

const portsOf = ({ ports, statusPort }: WorkloadSpec): readonly number[] => [
  ...new Set([...ports, ...(statusPort === undefined ? [] : [statusPort])]),
];

/** A gateway registers with all balancers that lead to gateways, a service with its own. */
function targetsOf({ doors }: PodParts, { workload, ports }: WorkloadSpec) {
  if (workload.name === "gateway") {
    return doors.gatewayTargetGroups.map((target, index) => ({ ...target, name: `door-${index}` }));
  }
  const arn = doors.serviceTargetGroups[workload.name];
  return arn === undefined ? [] : [{ name: "door", arn, port: ports[0] ?? 0 }];
}

/** Balancers to what they lead to; who looks at its status: collector and controllers, of both regions. */
function openDoors(
  { config }: Site,
  { doors, surroundings }: PodParts,
  { workload, statusPort: port }: WorkloadSpec,
  cluster: KubernetesCluster,
): void {
  const { name } = workload;
  const clients: readonly ServiceClient[] = [
    ...(name === "gateway" ? doors.gatewayClients : (doors.serviceClients[name] ?? [])),
    ...(port === undefined
      ? []
      : [
          { name: "vpc", port, cidr: surroundings.stores.network.vpcCidr },
          { name: "peer", port, cidr: config.network.peerCidr },
        ]),
  ];
  for (const client of clients) {
    openTo(
      name,
      client.name,
      { securityGroupId: cluster.securityGroupId, port: client.port },
      "cidr" in client
        ? { cidrIpv4: client.cidr }
        : { referencedSecurityGroupId: client.securityGroupId },
      cluster,
    );
  }
}

function openStores(
  { surroundings }: PodParts,
  specs: readonly WorkloadSpec[],
  securityGroupId: pulumi.Output<string>,
): void {
  const { journal, database, proxy, tableCache, search } = surroundings.stores;
  const has = (...rights: readonly Right[]) =>
    specs.filter(({ workload }) => rights.some((right) => workload.rights.includes(right)));
  // Castle's own sign in by password, the operator's images by IAM through the proxy.
  const [byPassword, byIam] = [true, false].map((isOwn) =>
    has("database", "database-read").some(
      ({ workload }) => (workload.artefact.from === "castle" || proxy === undefined) === isOwn,
    ),
  );
  const who = "pods";
  if (has("journal").length > 0) journal.allow(who, securityGroupId);
  if (byPassword === true) database.allow(who, securityGroupId);
  if (byIam === true) proxy?.allow(who, securityGroupId);
  if (has("order-tables", "wallet-table").length > 0) tableCache?.allow(who, securityGroupId);
  if (has("search").length > 0) search?.allow(who, securityGroupId);
  const { topics } = surroundings.pipeline;
  if (specs.some(usesTopics)) topics?.allow(who, securityGroupId);
}

const usesTopics = ({ workload: { produces, consumes } }: WorkloadSpec): boolean =>
  produces.length + consumes.length > 0;
