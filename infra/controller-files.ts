// The deployment that failover/ acts on (failover/deployment.ts), as a region knows it: for its controller, which
// proposes a failover between regions and carries it out once somebody approves, and for operators, whose
// toolkit does the same from outside. prod is home in both stacks' files: failback never leads to dr.

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
import {
  databaseUser,
  exchangeJsonOf,
  peerJournalOf,
  peerRoleOf,
  type Stores,
  shard,
} from "./region-exchange.ts";
import { isGlobalMember, type Site } from "./region-site.ts";
import { auroraArn, type Facts, peerEndpointGroupOf } from "./workload-rights.ts";

interface ControllerFiles {
  readonly deploymentJson: pulumi.Output<string>;
  /** Absent as long as the other region is not known. */
  readonly peerExchangeJson: pulumi.Output<string> | undefined;
}

export function controllerFiles(site: Site, facts: Facts): ControllerFiles {
  const { role } = site.config;
  const peerExchangeJson = peerExchangeOf(site, facts);
  const regions = [
    {
      name: role,
      exchange: "exchange.json",
      controller: { host: "0.0.0.0", statusPort: ports.controllerStatus },
    },
    // Its controller is asked by nobody here: each region decides by what it sees itself.
    ...(peerExchangeJson === undefined
      ? []
      : [{ name: peerRoleOf(site), exchange: "peer-exchange.json" }]),
  ];
  return {
    deploymentJson: pulumi.jsonStringify({
      ...actedOn(site, facts),
      regions: homeFirst(regions),
    }),
    peerExchangeJson,
  };
}

/**
 * All of it in one file, for machines that reach both VPCs: exchanges as the regions have them, without
 * passwords. What an operator adds beside it is the token, and the certificate that clients are shown.
 */
export function operatorFileOf(site: Site, around: Facts & { readonly stores: Stores }) {
  const { config } = site;
  const { role } = config;
  const peerRole = peerRoleOf(site);
  const regionOf = (name: "prod" | "dr", exchangeJson: pulumi.Output<string>) => ({
    name,
    exchange: exchangeJson.apply(JSON.parse),
    operatorTokenFile: "operator.json",
    controller: { host: around.hosts(name).controller, statusPort: ports.controllerStatus },
  });
  const own = exchangeJsonOf(site, around.stores, around.hosts(role)).apply(withoutPasswords);
  const peer = peerExchangeOf(site, around);
  const deployment = {
    ...actedOn(site, around),
    regions: homeFirst([
      regionOf(role, own),
      ...(peer === undefined ? [] : [regionOf(peerRole, peer)]),
    ]),
    // castle doctor looks at their expiry.
    ...(config.api.hasTlsAtGateway ? { tls: { certificates: ["gateway-certificate.pem"] } } : {}),
  };
  return pulumi.jsonStringify(deployment, undefined, 2);
}

/** `castle failback` leads to the region that is named first, whoever is asked. */
const homeFirst = <T extends { readonly name: "prod" | "dr" }>(regions: readonly T[]): T[] =>
  regions.toSorted((one, other) => Number(other.name === "prod") - Number(one.name === "prod"));

/** Of the deployment, all but its regions. */
function actedOn(site: Site, facts: Facts) {
  const { region, global } = site;
  const database = databaseEntry(site);
  return {
    shard,
    // The replica of this region: it answers as long as the region does.
    register: { awsRegion: region, table: global.registerTableName },
    approval: "manual",
    traffic: trafficEntries(site, facts),
    ...(database === undefined ? {} : { database }),
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

/** Regions with databases of their own: nothing of theirs moves. */
function databaseEntry(site: Site): object | undefined {
  const { config, region, global, accountId } = site;
  if (!isGlobalMember(config)) return undefined;
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

/**
 * As far as the toolkit asks it: engines by their fixed addresses, gateways by their name. Absent as long as the
 * other region is not known.
 */
function peerExchangeOf(
  site: Site,
  { hosts, stores: { journal, database } }: Facts,
): pulumi.Output<string> | undefined {
  const { config } = site;
  const peer = peerJournalOf(site);
  if (peer === undefined) return undefined;
  return pulumi.all([peer.host, database.endpoint]).apply(([journalHost, databaseHost]) =>
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
