// How clients reach a region: a balancer for order entry, its place behind the accelerator, its DNS records.

import type * as pulumi from "@pulumi/pulumi";
import { AcceleratorEndpoint } from "./components/accelerator-endpoint.ts";
import type { Network } from "./components/network.ts";
import { OrderEntry } from "./components/order-entry.ts";
import { TrafficRecords } from "./components/traffic-records.ts";
import { ZonalShift } from "./components/zonal-shift.ts";
import { domainsOf, gatewayPort, orderEntryPort } from "./names.ts";
import type { Site } from "./region-site.ts";

export function trafficOf(
  site: Site,
  network: Network,
  alarmTopicArn: pulumi.Output<string>,
): OrderEntry {
  const { config, region, global, options } = site;
  const { isActive } = config.place;
  const { hasTlsAtGateway: isTlsAtGateway, routing } = config.api;
  const entry = new OrderEntry(
    "entry",
    {
      vpcId: network.vpcId,
      vpcCidr: network.vpcCidr,
      publicSubnetIds: network.publicSubnetIds,
      zoneNames: network.zoneNames,
      listenPort: orderEntryPort,
      gatewayPort,
      isTlsAtGateway,
      alarmTopicArn,
    },
    options,
  );
  new AcceleratorEndpoint(
    "orders-endpoint",
    {
      listenerArn: global.acceleratorListenerArn,
      endpointArn: entry.arn,
      region,
      isActive,
    },
    options,
  );
  new TrafficRecords(
    "records",
    {
      zoneId: global.zoneId,
      region,
      setIdentifier: config.role,
      isActive,
      gateways: { host: entry.dnsName, port: orderEntryPort, isTls: isTlsAtGateway },
      names: {
        api: {
          domainName: domainsOf(config.site.domain).api,
          routing,
          aliasName: entry.dnsName,
          aliasZoneId: entry.zoneId,
        },
      },
    },
    options,
  );
  if (config.resilience.hasZonalAutoshift) {
    new ZonalShift(
      "zonal-shift",
      { resourceArns: { entry: entry.arn }, outcomeAlarmArns: entry.alarmArns },
      options,
    );
  }
  return entry;
}
