// Names and ports that clients see, said once for all stacks.

/** Orders come by TLS, which the gateways end. */
export const orderEntryPort = 443;

/** Where gateways listen; status and health are beside it (engine/config.ts). */
export const gatewayPort = 7080;

/** What balancers ask, of gateways and services alike: that it lives (decision 10). */
export const livenessPath = "/live";

/** Where services beside the gateways answer HTTP, `/live` among it. */
export const servicePort = 8080;

/** Services by the name of their workload: the path below which each answers, and which all of it is its own. */
export const servicePaths: Readonly<Record<string, string>> = {
  "order-intake": "/castle/v1/orders",
  users: "/castle/v1/users",
  wallet: "/castle/v1/wallet",
  "market-data": "/castle/v1/market-data",
};

/** Services of a region find each other by `<service>.<this>`; the other region does too, through the link. */
export const namespaceOf = (role: "prod" | "dr"): string => `${role}.castle.internal`;

export interface Domains {
  /** To whichever region leads: through the accelerator, or by DNS where there is none. */
  readonly orders: string;
  /** REST, by DNS: failover or latency. */
  readonly api: string;
  /** WebSocket API: messages to a function of the operator's. */
  readonly messages: string;
  /** WebSocket of the market data service, and of the gateways. */
  readonly streams: string;
  /** Pages; the domain itself leads there. */
  readonly pages: string;
  /** All names that a gateway ends TLS for. */
  readonly gateways: readonly string[];
}

export function domainsOf(domain: string): Domains {
  const orders = `orders.${domain}`;
  return {
    orders,
    api: `api.${domain}`,
    messages: `messages.${domain}`,
    streams: `streams.${domain}`,
    pages: `www.${domain}`,
    gateways: [orders],
  };
}

/** Names of one region, whatever its role. */
export function regionDomainsOf(domain: string, region: string) {
  return {
    /** Asked by health checks. */
    api: `api-${region}.${domain}`,
    /** Sign-in pages of the region's user pool: no two pools may share a name. */
    signIn: `auth-${region}.${domain}`,
  };
}
