// How clients reach a region: order entry by TCP with its place behind the accelerator, the balancers and APIs of all
// else, and the DNS records that lead to each. What a region makes is said by its own configuration; the
// global stack must say the same (agreedZoneId), and never decides it.

import type * as pulumi from "@pulumi/pulumi";
import { AcceleratorEndpoint } from "./components/accelerator-endpoint.ts";
import { practiceFree } from "./components/experiment-turns.ts";
import { OrderEntry } from "./components/order-entry.ts";
import { type TrafficName, TrafficRecords } from "./components/traffic-records.ts";
import { ZonalShift } from "./components/zonal-shift.ts";
import { domainsOf, gatewayPort, orderEntryPort, regionDomainsOf } from "./names.ts";
import { of } from "./peer.ts";
import { type Apis, apisOf } from "./region-api.ts";
import {
  type Around,
  type Balancers,
  balancersOf,
  type Doors,
  registrationsOf,
} from "./region-doors.ts";
import { agreedZoneId, type Site } from "./region-site.ts";

export function trafficOf(site: Site, around: Around): Doors {
  const { config, options } = site;
  const zoneId = agreedZoneId(site);
  const entry = entryOf(site, around);
  const balancers = balancersOf(site, around);
  const apis = apisOf(site, { ...around, zoneId, balancers });
  const records = recordsOf(site, { zoneId, entry, balancers, apis });
  if (config.resilience.hasZonalAutoshift) {
    const { api, streams } = balancers;
    new ZonalShift(
      "zonal-shift",
      {
        resourceArns: {
          entry: entry.arn,
          "public-api": api.arn,
          ...(streams === undefined ? {} : { streams: streams.arn }),
        },
        outcomeAlarmArns: entry.alarmArns,
        blockedWindows: practiceFree(
          config.resilience.experimentSchedule,
          around.network.zoneNames.length,
        ),
      },
      options,
    );
  }
  return {
    entry,
    ...registrationsOf(entry, balancers),
    ...apis,
    records,
    endpointGroupArn: config.place.hasAccelerator ? endpointOf(site, entry) : undefined,
  };
}

function entryOf(site: Site, { network, alarmTopicArn }: Around): OrderEntry {
  return new OrderEntry(
    "entry",
    {
      vpcId: network.vpcId,
      vpcCidr: network.vpcCidr,
      publicSubnetIds: network.publicSubnetIds,
      zoneNames: network.zoneNames,
      listenPort: orderEntryPort,
      gatewayPort,
      isTlsAtGateway: site.config.api.hasTlsAtGateway,
      alarmTopicArn,
    },
    site.options,
  );
}

function endpointOf(site: Site, entry: OrderEntry): pulumi.Output<string> {
  const { config, region, global, options } = site;
  return new AcceleratorEndpoint(
    "orders-endpoint",
    {
      listenerArn: global.acceleratorListenerArn,
      endpointArn: entry.arn,
      region,
      isActive: config.place.isActive,
    },
    options,
  ).endpointGroupArn;
}

interface Reached {
  readonly zoneId: pulumi.Output<string>;
  readonly entry: OrderEntry;
  readonly balancers: Balancers;
  readonly apis: Apis;
}

function recordsOf(site: Site, { zoneId, ...reached }: Reached): TrafficRecords {
  const { config, region, global, options } = site;
  const { entry } = reached;
  return new TrafficRecords(
    "records",
    {
      zoneId,
      region,
      setIdentifier: config.role,
      isActive: config.place.isActive,
      gateways: { host: entry.dnsName, port: orderEntryPort, isTls: config.api.hasTlsAtGateway },
      names: namesOf(site, reached),
      ownNames: {
        api: {
          domainName: regionDomainsOf(config.site.domain, region).api,
          ...ownApiOf(reached),
        },
      },
      ...(config.resilience.hasRoutingControls
        ? { routingHealthCheckId: of(global.routingHealthCheckIds, region) }
        : {}),
    },
    options,
  );
}

const ownApiOf = ({ apis: { restApi }, balancers }: Omit<Reached, "zoneId">) =>
  restApi === undefined
    ? { aliasName: balancers.api.dnsName, aliasZoneId: balancers.api.zoneId }
    : { aliasName: restApi.regionAliasName, aliasZoneId: restApi.regionAliasZoneId };

/** Names that both regions answer for, by a short label. */
function namesOf(
  { config, region }: Site,
  { entry, balancers, apis }: Omit<Reached, "zoneId">,
): Record<string, TrafficName> {
  const { routing } = config.api;
  const domains = domainsOf(config.site.domain);
  const { restApi, messages } = apis;
  const { streams } = balancers;
  const aliasOf = (to: { dnsName: pulumi.Output<string>; zoneId: pulumi.Output<string> }) => ({
    aliasName: to.dnsName,
    aliasZoneId: to.zoneId,
  });
  return {
    api: {
      domainName: domains.api,
      routing,
      ...(restApi === undefined
        ? aliasOf(balancers.api)
        : { aliasName: restApi.aliasName, aliasZoneId: restApi.aliasZoneId }),
      // As clients ask it: through API, link, balancer and gateway. Health checks must know one region's name.
      check: {
        host: regionDomainsOf(config.site.domain, region).api,
        path: routing === "failover" ? "/health/primary" : "/health",
      },
    },
    ...(messages === undefined
      ? {}
      : {
          messages: {
            domainName: domains.messages,
            routing,
            aliasName: messages.aliasName,
            aliasZoneId: messages.aliasZoneId,
          },
        }),
    ...(streams === undefined
      ? {}
      : { streams: { domainName: domains.streams, routing, ...aliasOf(streams) } }),
    // With an accelerator the name is the global stack's. Orders go to the active region only.
    ...(config.place.hasAccelerator
      ? {}
      : {
          orders: {
            domainName: domains.orders,
            routing: "failover" as const,
            ...aliasOf(entry),
          },
        }),
  };
}
