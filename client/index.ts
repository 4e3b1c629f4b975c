// A client of the exchange for Node: trades over the WebSocket API through two warm gateways, and
// settles every operation exactly once. This is its whole public surface.

export type { OrderReport } from "./connection.ts";
export type { Endpoint } from "./endpoints.ts";
export type { Acknowledgement } from "./operation.ts";
export { type NewOrder, type OrderChange, Trader, type TraderOptions } from "./trader.ts";
export { ClientOverloaded, TradingClient, type TradingClientOptions } from "./trading-client.ts";
export type { ConnectionChange } from "./warm-pair.ts";
