// Names and ports that clients see, said once for all stacks.

/** Orders come by TLS, which the gateways end. */
export const orderEntryPort = 443;

/** Where gateways listen; status and health are beside it (engine/config.ts). */
export const gatewayPort = 7080;

export interface Domains {
  /** Through the accelerator, to whichever region leads. */
  readonly orders: string;
  /** By DNS: failover or latency, without the accelerator. */
  readonly api: string;
  /** All names that a gateway answers for. */
  readonly gateways: readonly string[];
}

export function domainsOf(domain: string): Domains {
  const orders = `orders.${domain}`;
  const api = `api.${domain}`;
  return { orders, api, gateways: [orders, api] };
}
