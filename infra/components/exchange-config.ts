// The exchange's configuration (exchange.json) as the deployment has it: pure, from facts of the
// infrastructure. Passwords are not in it: `${NAME}` stands where each node puts its own secret when it
// starts, so the file may lie in user data and task definitions. Its schema is engine/config.ts's.

/** Ports of the nodes, the same on every host: each has an address of its own. */
export const ports = {
  engineLink: 7001,
  engineStatus: 7002,
  gatewayHttp: 7080,
  gatewayStatus: 7081,
  historyStatus: 7082,
  controllerStatus: 7083,
} as const;

/** Names of secrets that stand as `${NAME}` in URLs. Letters and digits alone, so that no URL breaks. */
export const placeholders = {
  journalPassword: "JOURNAL_PASSWORD",
  databasePassword: "DATABASE_PASSWORD",
  peerJournalPassword: "PEER_JOURNAL_PASSWORD",
} as const;

export const journalUser = "castle";

export interface Instrument {
  readonly name: string;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: string;
  readonly lotSize: string;
  readonly priceMax: string;
  readonly quantityMax: string;
  readonly notionalMin: string;
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
}

export interface Genesis {
  readonly assets: readonly { readonly name: string; readonly decimals: number }[];
  readonly symbols: readonly Instrument[];
}

export interface ExchangeFacts {
  readonly shard: string;
  /** Of engine 1 and engine 2: fixed, whatever instance has them. */
  readonly engineAddresses: readonly string[];
  readonly journal: { readonly host: string; readonly port: number };
  readonly database: { readonly host: string; readonly port: number; readonly name: string };
  readonly databaseUser: string;
  readonly failureTimeoutMs: number;
  /** Gateways end TLS themselves, behind a balancer that passes it through. */
  readonly hasTlsAtGateway: boolean;
  /** A further gateway near customers, in a Local Zone. */
  readonly hasLocalZone: boolean;
  /** Networks of balancers that end HTTP before the gateways: who is behind them is what they say. */
  readonly proxyCidrs: readonly string[];
  readonly genesis: Genesis;
  /** Names of gateways and history for who asks them; absent in their own configuration, where they listen. */
  readonly hosts?: { readonly gateway: string; readonly history: string };
  /** Absent: an exchange of one region. */
  readonly region?: {
    readonly name: string;
    readonly startsAs: "active" | "dr";
    readonly durability: "zone" | "region-sync";
    readonly peer: {
      readonly name: string;
      readonly engineAddresses: readonly string[];
      readonly journal: { readonly host: string; readonly port: number };
    };
  };
}

/** Where nodes keep configuration and keys: memory, gone with the host. */
const runDirectory = "/run/castle";
/** Certificates of those who sign for the database, as images and hosts have them. */
export const databaseAuthoritiesFile = "/etc/castle/database-authorities.pem";
/** Engines' logs and checkpoints: the local disk. */
export const dataDirectory = "/var/lib/castle";

const zones = ["a", "b", "c"] as const;
const everyAddress = "0.0.0.0";
const tls = { certFile: `${runDirectory}/tls/cert.pem`, keyFile: `${runDirectory}/tls/key.pem` };

const placeholder = /:\$\{[A-Z_]+\}@/g;

/** For a program that opens neither store: the URLs name no password, and no secret has to be given. */
export function withoutPasswords(exchangeJson: string): string {
  return exchangeJson.replaceAll(placeholder, "@");
}

/** A plain object, to be written as JSON. */
export function renderExchange(facts: ExchangeFacts): Record<string, unknown> {
  const { region } = facts;
  return {
    shard: facts.shard,
    engines: facts.engineAddresses.map((host, index) => ({
      id: index + 1,
      zone: zones[index],
      host,
      linkPort: ports.engineLink,
      statusPort: ports.engineStatus,
    })),
    gateways: gatewayZones(facts).map((zone) => ({
      id: `gateway-${zone}`,
      zone,
      // Every task of a zone goes by this name, each on its own address.
      host: facts.hosts?.gateway ?? everyAddress,
      httpPort: ports.gatewayHttp,
      statusPort: ports.gatewayStatus,
      ...(facts.hasTlsAtGateway ? { tls } : {}),
      ...(facts.proxyCidrs.length === 0 ? {} : { trustedProxyCidrs: facts.proxyCidrs }),
    })),
    history: {
      zone: "c",
      host: facts.hosts?.history ?? everyAddress,
      statusPort: ports.historyStatus,
    },
    redis: { zone: "c", url: journalUrl(facts.journal, placeholders.journalPassword) },
    postgres: { zone: "c", url: databaseUrl(facts) },
    dataDir: dataDirectory,
    keysFile: `${runDirectory}/keys.json`,
    timing: { failureTimeoutMs: facts.failureTimeoutMs },
    genesis: facts.genesis,
    ...(region === undefined
      ? {}
      : {
          region: {
            name: region.name,
            startsAs: region.startsAs,
            durability: region.durability,
            hasRegister: true,
            peer: {
              name: region.peer.name,
              engines: region.peer.engineAddresses.map((host) => ({
                host,
                linkPort: ports.engineLink,
              })),
              redisUrl: journalUrl(region.peer.journal, placeholders.peerJournalPassword),
            },
          },
        }),
  };
}

const gatewayZones = ({ hasLocalZone }: ExchangeFacts): readonly string[] =>
  hasLocalZone ? [...zones, "l"] : zones;

/** `rediss`: TLS. */
const journalUrl = (
  { host, port }: { readonly host: string; readonly port: number },
  password: string,
): string => `rediss://${journalUser}:\${${password}}@${host}:${port}`;

/** The server's certificate is checked against the authorities that come with image or host. */
const databaseUrl = ({ database, databaseUser }: ExchangeFacts): string =>
  `postgres://${databaseUser}:\${${placeholders.databasePassword}}@${database.host}:${database.port}/${database.name}?sslmode=verify-full`;

// 0.1 % each way, what the best-known spot exchanges charge without discounts.
const fees = { makerFeePpm: 1_000, takerFeePpm: 1_000 };

/** What an exchange opens with unless it is told otherwise. One tick times one lot is a whole unit of quote. */
export const usualGenesis: Genesis = {
  assets: [
    { name: "BTC", decimals: 8 },
    { name: "ETH", decimals: 8 },
    { name: "USDT", decimals: 6 },
  ],
  symbols: [
    {
      name: "BTCUSDT",
      base: "BTC",
      quote: "USDT",
      tickSize: "0.01",
      lotSize: "0.0001",
      priceMax: "200000",
      quantityMax: "9000",
      notionalMin: "5",
      ...fees,
    },
    {
      name: "ETHUSDT",
      base: "ETH",
      quote: "USDT",
      tickSize: "0.01",
      lotSize: "0.0001",
      priceMax: "50000",
      quantityMax: "100000",
      notionalMin: "5",
      ...fees,
    },
  ],
};
