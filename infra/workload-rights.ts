// Rights of workloads as statements with ARNs, and what an image of the operator's is told so that it can use
// them. Of Castle's own programs a statement stands here only where their code makes the call: the
// controller asks register, traffic and database, the probe writes its report.

import * as pulumi from "@pulumi/pulumi";
import type { Database } from "./components/database.ts";
import { databaseName } from "./components/database-args.ts";
import type { DatabaseProxy } from "./components/database-proxy.ts";
import { placeholders } from "./components/exchange-config.ts";
import type { JournalStore } from "./components/journal-store.ts";
import type { SearchDomain } from "./components/search-domain.ts";
import type { TableCache } from "./components/table-cache.ts";
import { keyUse, type Statement } from "./components/trust.ts";
import { domainsOf, orderEntryPort, servicePort } from "./names.ts";
import { of } from "./peer.ts";
import { apiKeysOf, databaseUser, exchangeSecretsOf, type SecretValue } from "./region-exchange.ts";
import { isGlobalMember, type Site } from "./region-site.ts";
import type { Right, Workload } from "./workloads.ts";

/** What stands around the workloads of a region. */
export interface Facts {
  readonly stores: {
    readonly journal: JournalStore;
    readonly database: Database;
    readonly proxy: DatabaseProxy | undefined;
    readonly tableCache: TableCache | undefined;
    readonly search: SearchDomain | undefined;
  };
  /** Names by which services of a region are found from both. */
  readonly hosts: (role: "prod" | "dr") => {
    readonly gateway: string;
    readonly history: string;
    readonly controller: string;
  };
  /** OTLP over HTTP; absent without a collector. */
  readonly telemetryUrl: string | undefined;
  /** At the accelerator; absent without one. */
  readonly endpointGroupArn: pulumi.Input<string> | undefined;
}

export const rightsOf = (site: Site, facts: Facts, workload: Workload): readonly Statement[] =>
  workload.rights.flatMap((right) => statements(right, site, facts, workload));

function statements(
  right: Right,
  site: Site,
  facts: Facts,
  { artefact }: Workload,
): readonly Statement[] {
  const { global, region, dataKeyArn } = site;
  switch (right) {
    case "certificate":
      return [certificateStatement(site)];
    case "register":
      return [
        {
          Sid: "Register",
          Effect: "Allow",
          Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
          Resource: of(global.registerTableArns, region),
        },
        keyUse(dataKeyArn, "dynamodb", region, ["kms:Decrypt"]),
      ];
    case "traffic":
      return trafficStatements(site, facts);
    case "database":
    case "database-read":
      // Castle's own sign in by password.
      return artefact.from === "castle" ? [] : signInStatements(site, facts);
    case "wallet-table":
      return tableStatements("Wallets", site, facts.stores.tableCache, walletTables);
    case "order-tables":
      return tableStatements("Orders", site, facts.stores.tableCache, orderTables);
    case "reports":
      return reportStatements(site);
    case "archive":
      return [
        {
          Sid: "Archive",
          Effect: "Allow",
          Action: ["s3:PutObject"],
          Resource: pulumi.interpolate`${of(global.archiveBucketArns, region)}/archive/*`,
        },
        keyUse(dataKeyArn, "s3", region, ["kms:GenerateDataKey"]),
      ];
    case "search":
      return searchStatements(facts);
    // By secrets and security groups alone; metrics are read off, traces go to the collector.
    case "api-keys":
    case "operator-token":
    case "journal":
    case "metrics":
    case "traces":
      return [];
  }
}

/** With its key: who ends TLS for the name is who may have it. */
const certificateStatement = ({ global, region }: Site): Statement => ({
  Sid: "Certificate",
  Effect: "Allow",
  Action: ["acm:ExportCertificate"],
  Resource: of(global.gatewayCertificateArns, region),
});

/** By the nouns of table-shapes.ts: variable that holds the table's name. */
const walletTables = { wallets: "WALLETS_TABLE" };
const orderTables = {
  activeOrders: "ACTIVE_ORDERS_TABLE",
  marketData: "MARKET_DATA_TABLE",
  trades: "TRADES_TABLE",
};

type Tables = Readonly<Record<string, string>>;

const tableNameOf = ({ global }: Site, noun: string) =>
  global.tableNames.apply((names) => names[noun] ?? "");

const itemActions = [
  "GetItem",
  "BatchGetItem",
  "Query",
  "PutItem",
  "UpdateItem",
  "DeleteItem",
  "BatchWriteItem",
  "ConditionCheckItem",
] as const;

function tableStatements(
  sid: string,
  site: Site,
  tableCache: TableCache | undefined,
  tables: Tables,
): readonly Statement[] {
  const { region, accountId, dataKeyArn } = site;
  return [
    {
      Sid: sid,
      Effect: "Allow",
      Action: itemActions.map((action) => `dynamodb:${action}`),
      Resource: Object.keys(tables).map(
        (noun) =>
          pulumi.interpolate`arn:aws:dynamodb:${region}:${accountId}:table/${tableNameOf(site, noun)}`,
      ),
    },
    keyUse(dataKeyArn, "dynamodb", region, ["kms:Decrypt"]),
    ...(tableCache === undefined
      ? []
      : [
          {
            Sid: `${sid}Cached`,
            Effect: "Allow" as const,
            Action: itemActions.map((action) => `dax:${action}`),
            Resource: tableCache.arn,
          },
        ]),
  ];
}

/** A query is a POST; what an index lets its reader do is decided inside of the domain. */
const searchStatements = ({ stores: { search } }: Facts): readonly Statement[] =>
  search === undefined
    ? []
    : [
        {
          Sid: "Search",
          Effect: "Allow",
          Action: ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost"],
          Resource: pulumi.interpolate`${search.arn}/*`,
        },
      ];

/** Of who asks the order tables themselves, without the cache: statements, and what it is told. */
export const orderTableAccess = (site: Site) => ({
  statements: tableStatements("Orders", site, undefined, orderTables),
  environment: tableValues(site, orderTables),
});

/** Through the proxy, which keeps connections through a failover, and asks IAM who it is. */
function signInStatements({ region, accountId }: Site, { stores }: Facts): readonly Statement[] {
  if (stores.proxy === undefined) return [];
  // ...:db-proxy:prx-ID, and IAM names it by the last part.
  const proxyId = stores.proxy.arn.apply((arn) => arn.split(":").at(-1) ?? "");
  return [
    {
      Sid: "SignIn",
      Effect: "Allow",
      Action: ["rds-db:connect"],
      Resource: pulumi.interpolate`arn:aws:rds-db:${region}:${accountId}:dbuser:${proxyId}/${databaseUser}`,
    },
  ];
}

export const auroraArn = (account: pulumi.Input<string>, region: string) =>
  pulumi.interpolate`arn:aws:rds:${region}:${account}:cluster:castle-history`;

/** What failover/adapters/ call: records of the zone, weights at the accelerator, the global cluster's writer. */
function trafficStatements(site: Site, { endpointGroupArn }: Facts): readonly Statement[] {
  const { config, global, accountId, region } = site;
  const { peerRegion } = config.place;
  const groupArns = [endpointGroupArn, peerEndpointGroupOf(site)].filter(
    (arn) => arn !== undefined,
  );
  return [
    {
      Sid: "Records",
      Effect: "Allow",
      Action: ["route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"],
      Resource: pulumi.interpolate`arn:aws:route53:::hostedzone/${global.zoneId}`,
    },
    ...(groupArns.length === 0 ? [] : acceleratorStatements(groupArns, [region, peerRegion])),
    ...(isGlobalMember(config)
      ? [
          {
            Sid: "Database",
            Effect: "Allow" as const,
            Action: [
              "rds:DescribeGlobalClusters",
              "rds:FailoverGlobalCluster",
              "rds:SwitchoverGlobalCluster",
            ],
            Resource: [
              pulumi.interpolate`arn:aws:rds::${accountId}:global-cluster:${global.globalClusterId}`,
              auroraArn(accountId, region),
              auroraArn(accountId, peerRegion),
            ],
          },
        ]
      : []),
  ];
}

const acceleratorStatements = (
  groupArns: readonly pulumi.Input<string>[],
  regions: readonly string[],
): readonly Statement[] => [
  {
    Sid: "Weights",
    Effect: "Allow",
    Action: ["globalaccelerator:DescribeEndpointGroup", "globalaccelerator:UpdateEndpointGroup"],
    Resource: groupArns,
  },
  {
    Sid: "Endpoints",
    Effect: "Allow",
    // Asked in the caller's name for each endpoint of an update; it knows no resource.
    Action: ["elasticloadbalancing:DescribeLoadBalancers"],
    Resource: "*",
    Condition: { StringEquals: { "aws:RequestedRegion": regions } },
  },
];

/** dr reads it of prod; prod is told once dr stands. */
export function peerEndpointGroupOf({ prod, config }: Site): pulumi.Input<string> | undefined {
  if (prod === undefined) return config.place.peerEndpointGroupArn;
  return config.place.hasAccelerator ? prod.endpointGroupArn : undefined;
}

const reportsPrefix = "experiments/probe";

const reportStatements = ({ global, region, dataKeyArn }: Site): readonly Statement[] => [
  {
    Sid: "Reports",
    Effect: "Allow",
    Action: ["s3:PutObject"],
    Resource: pulumi.interpolate`${of(global.archiveBucketArns, region)}/${reportsPrefix}/*`,
  },
  keyUse(dataKeyArn, "s3", region, ["kms:GenerateDataKey"]),
];

/** Where the probe puts its report, as the program is told. */
export const probeReports = ({ global, region }: Site) => ({
  CASTLE_REPORT_BUCKET: of(global.archiveBuckets, region),
  CASTLE_REPORT_PREFIX: reportsPrefix,
});

/** Where clients trade and follow prices, services among them: the gateways of the region that leads. */
export const exchangeUrlOf = ({ config }: Site): string =>
  `${config.api.hasTlsAtGateway ? "https" : "http"}://${domainsOf(config.site.domain).orders}:${orderEntryPort}`;

/** Of an image that the operator brings: it is told what it may use, and listens where all of them do. */
export function visitorsValues(site: Site, facts: Facts, { name, rights }: Workload) {
  const { stores } = facts;
  const has = (right: Right) => rights.includes(right);
  const isByPassword = (has("database") || has("database-read")) && stores.proxy === undefined;
  const secrets: SecretValue[] = [
    ...exchangeSecretsOf(site, stores.journal).filter(
      ({ variable }) => isByPassword && variable === placeholders.databasePassword,
    ),
    ...(has("api-keys") ? [apiKeysOf(site)] : []),
  ];
  return {
    environment: {
      PORT: String(servicePort),
      OTEL_SERVICE_NAME: name,
      EXCHANGE_URL: exchangeUrlOf(site),
      ...(facts.telemetryUrl === undefined
        ? {}
        : { OTEL_EXPORTER_OTLP_ENDPOINT: facts.telemetryUrl }),
      ...(has("database") ? databaseValues(stores, "endpoint") : {}),
      ...(has("database-read") ? databaseValues(stores, "readerEndpoint") : {}),
      ...(has("wallet-table") ? tableValues(site, walletTables) : {}),
      ...(has("order-tables") ? tableValues(site, orderTables) : {}),
      ...((has("order-tables") || has("wallet-table")) && stores.tableCache !== undefined
        ? { TABLE_CACHE_ENDPOINT: stores.tableCache.endpoint }
        : {}),
      ...(has("search") && stores.search !== undefined
        ? { SEARCH_ENDPOINT: pulumi.interpolate`https://${stores.search.endpoint}` }
        : {}),
    },
    secrets,
    ports: [servicePort],
  };
}

const databaseValues = (
  { database, proxy }: Facts["stores"],
  which: "endpoint" | "readerEndpoint",
) => ({
  DATABASE_HOST: (proxy ?? database)[which],
  DATABASE_PORT: String(database.port),
  DATABASE_NAME: databaseName,
  DATABASE_USER: databaseUser,
});

const tableValues = (site: Site, tables: Tables) =>
  Object.fromEntries(
    Object.entries(tables).map(([noun, variable]) => [variable, tableNameOf(site, noun)]),
  );
