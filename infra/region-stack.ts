// A region: prod or dr by its configuration, the same program either way.

import type * as pulumi from "@pulumi/pulumi";
import { Network } from "./components/network.ts";
import type { RegionConfig } from "./config/stack-config.ts";
import { of, readGlobal } from "./peer.ts";

export function deployRegion(
  { site, place, network, matching }: RegionConfig,
  options: pulumi.ComponentResourceOptions,
) {
  const global = readGlobal(place.globalStack);
  const net = new Network(
    "network",
    {
      cidr: network.cidr,
      zoneIds: place.zoneIds,
      region: site.region,
      flowLogRetentionDays: network.flowLogRetentionDays,
      logKeyArn: of(global.logKeyArns, site.region),
      localZone: matching.localZone,
    },
    options,
  );
  return { vpcId: net.vpcId };
}
