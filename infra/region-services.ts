// The services of a region on Fargate: the cluster, one service for each workload that runs there, the probe
// for the experiments, the collector of metrics and traces. Who may use a store is said here too: one rule
// at the store's door for each workload with the right.

import * as pulumi from "@pulumi/pulumi";
import { Collector } from "./components/collector.ts";
import type { ScrapeJob } from "./components/collector-config.ts";
import { ports } from "./components/exchange-config.ts";
import type { FailureExperimentsArgs } from "./components/failure-experiments.ts";
import { FargateService } from "./components/fargate-service.ts";
import { FargateTask, type FargateTaskArgs } from "./components/fargate-task.ts";
import type { MatchingEngines } from "./components/matching-engines.ts";
import type { Observability } from "./components/observability.ts";
import { ServiceCluster } from "./components/service-cluster.ts";
import { connectionsPerTask, cpuAbove, type ScalingRule } from "./components/service-scaling.ts";
import type { ServiceClient } from "./components/task-group.ts";
import { namespaceOf } from "./names.ts";
import type { Doors } from "./region-doors.ts";
import { architecture } from "./region-images.ts";
import { careOf, type Site } from "./region-site.ts";
import { type Surroundings, specsOf, type WorkloadSpec } from "./workload-specs.ts";

/** Names in the region's namespace. */
export const serviceHosts = (role: "prod" | "dr") => ({
  gateway: `gateway.${namespaceOf(role)}`,
  history: `history.${namespaceOf(role)}`,
  controller: `controller.${namespaceOf(role)}`,
});

const collectorName = "collector";

/** Of tasks that send traces and metrics themselves. */
export const telemetryUrlOf = ({ config }: Site): string =>
  `http://${collectorName}.${namespaceOf(config.role)}:${otlpPort}`;

const otlpPort = 4318;

export interface ServiceParts {
  readonly surroundings: Surroundings;
  readonly engines: MatchingEngines;
  readonly watch: Observability;
  readonly doors: Doors;
}

export interface Services {
  readonly cluster: ServiceCluster;
  readonly probeTask: FailureExperimentsArgs["probeTask"];
}

export function servicesOf(site: Site, parts: ServiceParts): Services {
  const { config, dataKeyArn, options } = site;
  const { network } = parts.surroundings.stores;
  const cluster = new ServiceCluster(
    "services",
    { dataKeyArn, vpcId: network.vpcId, namespace: namespaceOf(config.role) },
    options,
  );
  const specs = specsOf(site, parts.surroundings);
  for (const spec of specs.filter(({ workload }) => workload.kind === "ecs")) {
    serviceOf(site, parts, cluster, spec);
  }
  collectorOf(site, parts, cluster, specs);
  const probe = specs.find(({ workload }) => workload.kind === "task");
  return {
    cluster,
    probeTask: probe === undefined ? undefined : probeTaskOf(site, parts, cluster, probe),
  };
}

/** What a service and a task are told alike. */
const taskOf = (
  site: Site,
  { surroundings }: ServiceParts,
  cluster: ServiceCluster,
  spec: WorkloadSpec,
): FargateTaskArgs => ({
  ...careOf(site),
  vpcId: surroundings.stores.network.vpcId,
  clusterArn: cluster.clusterArn,
  architecture,
  image: spec.image,
  size: spec.workload.size,
  ports: portsOf(spec),
  environment: spec.environment,
  secrets: Object.fromEntries(
    spec.secrets.map(({ variable, arn, field }) => [
      variable,
      // Behind the field stand the version's stage and id: the newest.
      field === undefined ? arn : pulumi.interpolate`${arn}:${field}::`,
    ]),
  ),
  ...(spec.healthCommand === undefined ? {} : { healthCommand: spec.healthCommand }),
  writablePaths: spec.writablePaths,
  statements: spec.statements,
});

const portsOf = ({ ports: listening, statusPort }: WorkloadSpec): readonly number[] => [
  ...new Set([...listening, ...(statusPort === undefined ? [] : [statusPort])]),
];

function serviceOf(
  site: Site,
  parts: ServiceParts,
  cluster: ServiceCluster,
  spec: WorkloadSpec,
): void {
  const { config, options } = site;
  const { doors, surroundings, watch } = parts;
  const { name, size } = spec.workload;
  const isGateway = name === "gateway";
  const ofService = doors.serviceTargetGroups[name];
  const service = new FargateService(
    name,
    {
      ...taskOf(site, parts, cluster, spec),
      size,
      clusterName: cluster.clusterName,
      namespaceId: cluster.namespaceId,
      subnetIds: surroundings.stores.network.serviceSubnetIds,
      isSingle: spec.isSingle,
      spareCapacityPercent: config.compute.spareCapacityPercent,
      spotSharePercent: config.compute.spotSharePercent,
      scaling: scalingOf(spec, parts),
      targetGroups: isGateway
        ? doors.gatewayTargetGroups
        : ofService === undefined
          ? []
          : [{ arn: ofService, port: spec.ports[0] ?? 0 }],
      clients: [
        ...(isGateway ? doors.gatewayClients : (doors.serviceClients[name] ?? [])),
        ...lookersAt(site, parts, spec),
      ],
      // It reads the journal's snapshot, or waits for it, before it listens.
      ...(isGateway ? { healthGraceSeconds: 120 } : {}),
      alarmTopicArn: watch.alarmTopicArn,
    },
    options,
  );
  openStores(parts, spec, service.securityGroupId);
}

/** Collector and controller of this region, and the controller of the other one. */
function lookersAt(
  { config }: Site,
  { surroundings }: ServiceParts,
  spec: WorkloadSpec,
): ServiceClient[] {
  const { statusPort: port } = spec;
  if (port === undefined) return [];
  return [
    { name: "vpc", port, cidr: surroundings.stores.network.vpcCidr },
    { name: "peer", port, cidr: config.network.peerCidr },
  ];
}

function openStores(
  { surroundings }: ServiceParts,
  { workload }: WorkloadSpec,
  securityGroupId: pulumi.Output<string>,
): void {
  const { name, rights, artefact, produces, consumes } = workload;
  const { journal, database, proxy, tableCache, search } = surroundings.stores;
  if (rights.includes("journal")) journal.allow(name, securityGroupId);
  if (rights.includes("database") || rights.includes("database-read")) {
    const isByPassword = artefact.from === "castle" || proxy === undefined;
    (isByPassword ? database : proxy).allow(name, securityGroupId);
  }
  if (rights.includes("order-tables") || rights.includes("wallet-table")) {
    tableCache?.allow(name, securityGroupId);
  }
  if (rights.includes("search")) search?.allow(name, securityGroupId);
  const { topics } = surroundings.pipeline;
  if ([...produces, ...consumes].length > 0) topics?.allow(name, securityGroupId);
}

function scalingOf(
  { workload, pipelineScaling }: WorkloadSpec,
  { doors }: ServiceParts,
): readonly ScalingRule[] {
  const { growth, name } = workload;
  switch (growth.by) {
    case "cpu":
      return [cpuAbove(growth.percent, growth.minutes)];
    case "memory":
      return [
        {
          kind: "above",
          label: "memory",
          metric: "memory",
          threshold: growth.percent,
          minutes: growth.minutes,
        },
      ];
    case "connections": {
      const balancer = doors.countedBalancers[name];
      return balancer === undefined ? [] : [connectionsPerTask(growth.perTask, balancer)];
    }
    case "depth":
    case "lag":
      return pipelineScaling;
    case "nothing":
    case "source":
      return [];
  }
}

function probeTaskOf(
  site: Site,
  parts: ServiceParts,
  cluster: ServiceCluster,
  spec: WorkloadSpec,
): FailureExperimentsArgs["probeTask"] {
  const task = new FargateTask(
    spec.workload.name,
    taskOf(site, parts, cluster, spec),
    site.options,
  );
  return {
    clusterArn: cluster.clusterArn,
    taskDefinitionArn: task.taskDefinitionArn,
    subnetIds: parts.surroundings.stores.network.serviceSubnetIds,
    securityGroupId: task.securityGroupId,
    roleArns: task.roleArns,
  };
}

/** AWS's own build of the OpenTelemetry collector. */
const collectorImage = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3";
const collectorSize = { cpu: 512, memoryMiB: 1024, countMin: 1, countMax: 1 };

/** Alarms of the exchange read what it sends: it runs whether Prometheus and traces are wanted or not. */
function collectorOf(
  site: Site,
  { surroundings, engines, watch }: ServiceParts,
  cluster: ServiceCluster,
  specs: readonly WorkloadSpec[],
): void {
  const { config, region, options } = site;
  const { network, search } = surroundings.stores;
  const { topics } = surroundings.pipeline;
  const name = collectorName;
  const logs = search && { url: search.logsUrl, pipelineArn: search.logsPipelineArn };
  const collector = new Collector(
    name,
    {
      ...careOf(site),
      region,
      jobs: [
        ...jobsOf(site, engines, specs),
        ...(topics === undefined
          ? []
          : [topics.exporterTargets.apply((targets) => ({ name: "brokers", targets }))]),
      ],
      ...(watch.metricsWorkspace === undefined ? {} : { metrics: watch.metricsWorkspace }),
      ...(logs === undefined ? {} : { logs }),
      isTracing: config.observability.hasTracing,
    },
    options,
  );
  const service = new FargateService(
    name,
    {
      ...careOf(site),
      clusterArn: cluster.clusterArn,
      clusterName: cluster.clusterName,
      namespaceId: cluster.namespaceId,
      vpcId: network.vpcId,
      subnetIds: network.serviceSubnetIds,
      architecture,
      image: collectorImage,
      size: collectorSize,
      // A second one would send every value twice.
      isSingle: true,
      spareCapacityPercent: 0,
      spotSharePercent: 0,
      scaling: [],
      ports: [otlpPort],
      parameters: { AOT_CONFIG_CONTENT: collector.configParameterArn },
      healthCommand: ["/healthcheck"],
      statements: collector.taskStatements,
      clients: [{ name: "vpc", port: otlpPort, cidr: network.vpcCidr }],
      alarmTopicArn: watch.alarmTopicArn,
    },
    options,
  );
  search?.allow(name, service.securityGroupId);
  topics?.allowScrapes(name, service.securityGroupId);
}

/** Engines by their addresses, tasks and pods by the name of their service. */
const jobsOf = (
  { config }: Site,
  { engineAddresses }: MatchingEngines,
  specs: readonly WorkloadSpec[],
): ScrapeJob[] => [
  { name: "engines", targets: engineAddresses.map((host) => `${host}:${ports.engineStatus}`) },
  ...specs.flatMap(({ workload, statusPort }): ScrapeJob[] =>
    workload.kind === "task" || statusPort === undefined
      ? []
      : [
          {
            name: workload.name,
            dnsName: `${workload.name}.${namespaceOf(config.role)}`,
            port: statusPort,
          },
        ],
  ),
];
