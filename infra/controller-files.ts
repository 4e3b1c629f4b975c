// What a region's controller is told: the deployment that it acts on (failover/deployment.ts), and the other
// region's exchange. It proposes a failover between regions and carries it out once somebody approves.

import * as pulumi from "@pulumi/pulumi";
import { databaseName } from "./components/database-args.ts";
import {
  ports,
  renderExchange,
  usualGenesis,
  withoutPasswords,
} from "./components/exchange-config.ts";
import { engineAddressesIn } from "./components/matching-engines.ts";
import { planSubnets } from "./components/subnet-plan.ts";
import { domainsOf } from "./names.ts";
import { databaseUser, peerJournalOf, peerRoleOf, shard } from "./region-exchange.ts";
import type { Site } from "./region-site.ts";
import { auroraArn, type Facts, peerEndpointGroupOf } from "./workload-rights.ts";

interface ControllerFiles {
  readonly deploymentJson: pulumi.Output<string>;
  /** Absent as long as the other region is not known. */
  readonly peerExchangeJson: pulumi.Output<string> | undefined;
}

export function controllerFiles(site: Site, facts: Facts): ControllerFiles {
  const { config, region, global } = site;
  const { role } = config;
  const peer = peerJournalOf(site);
  const peerRole = peerRoleOf(site);
  const regions = [
    {
      name: role,
      exchange: "exchange.json",
      controller: { host: "0.0.0.0", statusPort: ports.controllerStatus },
    },
    // Its controller is asked by nobody here: each region decides by what it sees itself.
    ...(peer === undefined ? [] : [{ name: peerRole, exchange: "peer-exchange.json" }]),
  ];
  const database = databaseEntry(site);
  return {
    deploymentJson: pulumi.jsonStringify({
      shard,
      register: { awsRegion: region, table: global.registerTableName },
      regions,
      approval: "manual",
      traffic: trafficEntries(site, facts),
      ...(database === undefined ? {} : { database }),
    }),
    peerExchangeJson: peer === undefined ? undefined : peerExchangeOf(site, facts, peer.host),
  };
}

/** The records that both regions answer for, and the weights of their endpoints. */
function trafficEntries(site: Site, { endpointGroupArn }: Facts): object[] {
  const { config, global } = site;
  const { role } = config;
  const peerRole = peerRoleOf(site);
  const groups: Record<string, object> = {};
  if (endpointGroupArn !== undefined) groups[role] = { arn: endpointGroupArn };
  const peerGroupArn = peerEndpointGroupOf(site);
  if (peerGroupArn !== undefined) groups[peerRole] = { arn: peerGroupArn };
  const domains = domainsOf(config.site.domain);
  const names = config.place.hasAccelerator ? [domains.api] : [domains.api, domains.orders];
  return [
    // Records by latency prefer no region: their health checks move them, and nothing else.
    ...(config.api.routing === "failover"
      ? [
          {
            kind: "route53",
            hostedZoneId: global.zoneId,
            records: names.map((name) => ({ name, type: "A" })),
            regions: { [role]: { setIdentifier: role }, [peerRole]: { setIdentifier: peerRole } },
          },
        ]
      : []),
    ...(Object.keys(groups).length === 0 ? [] : [{ kind: "globalAccelerator", groups }]),
  ];
}

/** RDS instances of the two regions are two databases: nothing of theirs moves. */
function databaseEntry(site: Site): object | undefined {
  const { config, region, global, accountId } = site;
  if (config.database.kind !== "aurora-serverless") return undefined;
  const { peerRegion } = config.place;
  return {
    kind: "aurora",
    globalClusterId: global.globalClusterId,
    clusters: {
      [config.role]: { arn: auroraArn(accountId, region), awsRegion: region },
      [peerRoleOf(site)]: { arn: auroraArn(accountId, peerRegion), awsRegion: peerRegion },
    },
  };
}

/** As far as the controller asks it: engines by their fixed addresses, gateways by their name. */
function peerExchangeOf(
  site: Site,
  { hosts, stores: { journal, database } }: Facts,
  peerJournalHost: pulumi.Input<string>,
): pulumi.Output<string> {
  const { config } = site;
  return pulumi.all([peerJournalHost, database.endpoint]).apply(([journalHost, databaseHost]) =>
    withoutPasswords(
      JSON.stringify(
        renderExchange({
          shard,
          engineAddresses: engineAddressesIn(planSubnets(config.network.peerCidr).engine),
          journal: { host: journalHost, port: journal.port },
          // It opens no database; the history is asked for its status alone.
          database: { host: databaseHost, port: database.port, name: databaseName },
          databaseUser,
          failureTimeoutMs: config.matching.failureTimeoutMs,
          hasTlsAtGateway: config.api.hasTlsAtGateway,
          hasLocalZone: false,
          proxyCidrs: [],
          genesis: usualGenesis,
          hosts: hosts(peerRoleOf(site)),
        }),
      ),
    ),
  );
}
