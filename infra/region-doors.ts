// What stands at a region's doors: the firewall, the logs, and the balancers that spread HTTP and WebSocket over
// gateways and services. Orders by TCP have a door of their own (region-traffic.ts).

import * as pulumi from "@pulumi/pulumi";
import { AccessLogs } from "./components/access-logs.ts";
import { EdgeFirewall } from "./components/edge-firewall.ts";
import type { Network } from "./components/network.ts";
import type { OrderEntry } from "./components/order-entry.ts";
import { PublicApiBalancer } from "./components/public-api-balancer.ts";
import type { RestApi } from "./components/rest-api.ts";
import { restStage } from "./components/rest-document.ts";
import type { CountedBalancer } from "./components/service-scaling.ts";
import type { ServiceClient } from "./components/task-group.ts";
import type { TrafficRecords } from "./components/traffic-records.ts";
import type { UserPool } from "./components/user-pool.ts";
import type { FunctionTarget, WebSocketApi } from "./components/web-socket-api.ts";
import type { RegionConfig } from "./config/stack-config.ts";
import { domainsOf, gatewayPort, regionDomainsOf, servicePaths, servicePort } from "./names.ts";
import { of } from "./peer.ts";
import type { Site } from "./region-site.ts";
import { workloadsOf } from "./workloads.ts";

/** Where clients come in, and what gateways and services register with. */
export interface Doors {
  readonly entry: OrderEntry;
  /** Of all that stand in zones: a zone's experiment leaves it by them. */
  readonly balancerArns: readonly pulumi.Output<string>[];
  /** A gateway registers with all of them, on its public port. */
  readonly gatewayTargetGroups: readonly {
    readonly arn: pulumi.Output<string>;
    readonly port: number;
  }[];
  readonly gatewayClients: readonly ServiceClient[];
  /** By workload; each answers on `servicePort`. */
  readonly serviceTargetGroups: Readonly<Record<string, pulumi.Output<string>>>;
  /** By the same workloads: the balancer that asks. */
  readonly serviceClients: Readonly<Record<string, readonly ServiceClient[]>>;
  /** By workload: the balancer that its clients' connections go through. */
  readonly countedBalancers: Readonly<Record<string, CountedBalancer>>;
  readonly restApi: RestApi | undefined;
  readonly messages: WebSocketApi | undefined;
  readonly people: UserPool | undefined;
  readonly records: TrafficRecords;
  /** Of the accelerator; absent without one. */
  readonly endpointGroupArn: pulumi.Output<string> | undefined;
}

export interface Around {
  readonly network: Network;
  /** Of what wakes somebody, and of what can wait for the morning. */
  readonly alarmTopicArn: pulumi.Output<string>;
  readonly ticketTopicArn: pulumi.Output<string>;
  /** Takes orders into their topic, where the pipeline has topics and the operator brings it. */
  readonly ingestion?: FunctionTarget | undefined;
}

/** Balancers by what they are for, and the firewall that they share with API and user pool. */
export interface Balancers {
  readonly api: PublicApiBalancer;
  /** Absent where `api` itself is public, or nobody streams but the gateways. */
  readonly streams: PublicApiBalancer | undefined;
  readonly webAclArn: pulumi.Output<string>;
  /** Workloads behind each. */
  readonly services: ServicesByBalancer;
}

interface ServicesByBalancer {
  readonly api: readonly string[];
  readonly streams: readonly string[];
}

/** The only service whose clients hold a WebSocket, which no REST API carries. */
const streamingService = "market-data";

/** Services whose artefact is there, by the balancer that leads to them. */
function servicesOf(config: RegionConfig): ServicesByBalancer {
  const there = workloadsOf(config)
    .filter(({ name, artefact }) => name in servicePaths && artefact.from !== "nobody")
    .map(({ name }): string => name);
  if (!config.api.hasRest) return { api: there, streams: [] };
  return {
    api: there.filter((name) => name !== streamingService),
    streams: there.filter((name) => name === streamingService),
  };
}

export function balancersOf(site: Site, around: Around): Balancers {
  const { config, accountId, options } = site;
  const { hasRest, rateLimit } = config.api;
  const logs = new AccessLogs(
    "access-logs",
    { accountId, retentionDays: site.logRetentionDays },
    options,
  );
  const { logKeyArn, logRetentionDays } = site;
  const { webAclArn } = new EdgeFirewall(
    "firewall",
    {
      scope: "REGIONAL",
      rateLimit,
      logKeyArn,
      logRetentionDays,
      alarmTopicArn: around.alarmTopicArn,
    },
    options,
  );
  const services = servicesOf(config);
  const common = { ...around, accessLogBucket: logs.bucket, webAclArn };
  const api = balancerOf(site, "public-api", {
    ...common,
    isInternal: hasRest,
    services: services.api,
  });
  const streams =
    services.streams.length === 0
      ? undefined
      : balancerOf(site, "streams", { ...common, isInternal: false, services: services.streams });
  return { api, streams, webAclArn, services };
}

interface BalancerOf extends Around {
  readonly isInternal: boolean;
  readonly services: readonly string[];
  readonly accessLogBucket: pulumi.Output<string>;
  readonly webAclArn: pulumi.Output<string>;
}

function balancerOf(site: Site, name: string, wanted: BalancerOf): PublicApiBalancer {
  const { config, region, global, options } = site;
  const { network, isInternal, accessLogBucket, webAclArn, alarmTopicArn } = wanted;
  return new PublicApiBalancer(
    name,
    {
      vpcId: network.vpcId,
      vpcCidr: network.vpcCidr,
      subnetIds: isInternal ? network.serviceSubnetIds : network.publicSubnetIds,
      isInternal,
      certificateArn: of(global.certificateArns, region),
      gatewayPort,
      isTlsAtGateway: config.api.hasTlsAtGateway,
      services: Object.fromEntries(
        wanted.services.map((service) => [
          service,
          { pathPatterns: [`${servicePaths[service]}*`], port: servicePort },
        ]),
      ),
      accessLogBucket,
      // The firewall of an API in front has looked already.
      ...(isInternal ? { stageName: restStage } : { webAclArn }),
      alarmTopicArn,
    },
    options,
  );
}

/** What services are told of the balancers: target groups, and who will ask them. */
export function registrationsOf(entry: OrderEntry, balancers: Balancers) {
  const { api, streams, services } = balancers;
  const named = [
    { name: "public-api", balancer: api, services: services.api },
    ...(streams === undefined
      ? []
      : [{ name: "streams", balancer: streams, services: services.streams }]),
  ];
  const clientOf = (name: string, port: number, securityGroupId: pulumi.Output<string>) => ({
    name,
    port,
    securityGroupId,
  });
  const ofServices = named.flatMap(({ name, balancer, services: behind }) =>
    behind.flatMap((service) => {
      const arn = balancer.serviceTargetGroupArns[service];
      const client = clientOf(name, servicePort, balancer.securityGroupId);
      const counted: CountedBalancer = { kind: "application", arnSuffix: balancer.arnSuffix };
      return arn === undefined ? [] : [{ service, arn, client, counted }];
    }),
  );
  return {
    balancerArns: [entry.arn, ...named.map(({ balancer }) => balancer.arn)],
    gatewayTargetGroups: [
      { arn: entry.targetGroupArn, port: gatewayPort },
      ...named.map(({ balancer }) => ({ arn: balancer.gatewayTargetGroupArn, port: gatewayPort })),
    ],
    gatewayClients: [
      clientOf("entry", gatewayPort, entry.securityGroupId),
      ...named.map(({ name, balancer }) => clientOf(name, gatewayPort, balancer.securityGroupId)),
    ],
    serviceTargetGroups: Object.fromEntries(ofServices.map(({ service, arn }) => [service, arn])),
    serviceClients: Object.fromEntries(
      ofServices.map(({ service, client }) => [service, [client]]),
    ),
    countedBalancers: {
      gateway: { kind: "network" as const, arnSuffix: entry.arnSuffix },
      ...Object.fromEntries(ofServices.map(({ service, counted }) => [service, counted])),
    },
  };
}

/** What of its doors a region tells (outputs.ts); empty where it has none. */
export function doorOutputs({ site }: RegionConfig, doors: Doors) {
  const { entry, records, restApi, messages, people } = doors;
  const domains = domainsOf(site.domain);
  const own = regionDomainsOf(site.domain, site.region);
  const none = pulumi.output("");
  return {
    orderEntryDnsName: entry.dnsName,
    endpointGroupArn: doors.endpointGroupArn ?? none,
    healthCheckId: records.healthCheckId,
    orderEntryName: domains.orders,
    apiUrl: `https://${domains.api}`,
    regionApiUrl: `https://${own.api}`,
    usagePlanId: restApi?.usagePlanId ?? none,
    messagesUrl: messages === undefined ? "" : `wss://${domains.messages}`,
    userPoolId: people?.poolId ?? none,
    userPoolArn: people?.poolArn ?? none,
    userPoolIssuer: people?.issuer ?? none,
    webClientId: people?.webClientId ?? none,
    signInUrl: people === undefined ? "" : `https://${own.signIn}`,
  };
}
