// What of the gateways' REST API the public API lets through: a copy, as the infrastructure imports nothing of
// what runs on it; a test compares it with the gateways' own routes. Required parameters are those that
// GET takes in its query; other methods may have them in their body.

export interface RestRoute {
  readonly method: "get" | "post" | "put" | "delete";
  readonly path: string;
  /** A request without an API key is refused before it reaches a gateway. */
  readonly needsKey: boolean;
  readonly required: readonly string[];
}

const open = (path: string, required: readonly string[] = []): RestRoute => ({
  method: "get",
  path,
  needsKey: false,
  required,
});

const signed = (
  method: RestRoute["method"],
  path: string,
  required: readonly string[] = [],
): RestRoute => ({ method, path, needsKey: true, required });

const symbol = ["symbol"];
const order = ["symbol", "side", "type"];

export const restRoutes: readonly RestRoute[] = [
  open("/api/v3/ping"),
  open("/api/v3/time"),
  open("/api/v3/exchangeInfo"),
  open("/sapi/v1/capital/config/getall"),
  open("/sapi/v1/asset/tradeFee"),
  open("/sapi/v1/margin/allPairs"),
  open("/sapi/v1/margin/isolated/allPairs"),
  open("/fapi/v1/exchangeInfo"),
  open("/dapi/v1/exchangeInfo"),
  open("/api/v3/depth", symbol),
  open("/api/v3/trades", symbol),
  open("/api/v3/historicalTrades", symbol),
  open("/api/v3/aggTrades", symbol),
  open("/api/v3/klines", ["symbol", "interval"]),
  open("/api/v3/uiKlines", ["symbol", "interval"]),
  open("/api/v3/avgPrice", symbol),
  open("/api/v3/ticker/24hr"),
  open("/api/v3/ticker/price"),
  open("/api/v3/ticker/bookTicker"),
  open("/api/v3/ticker"),
  open("/api/v3/ticker/tradingDay"),
  open("/castle/v1/auction", symbol),
  signed("post", "/api/v3/order", order),
  signed("post", "/api/v3/order/test", order),
  signed("delete", "/api/v3/order", symbol),
  signed("delete", "/api/v3/openOrders", symbol),
  signed("post", "/api/v3/order/cancelReplace", [...order, "cancelReplaceMode"]),
  signed("put", "/api/v3/order/amend/keepPriority", ["symbol", "newQty"]),
  signed("get", "/api/v3/account"),
  signed("get", "/api/v3/order", symbol),
  signed("get", "/api/v3/openOrders"),
  signed("get", "/api/v3/allOrders", symbol),
  signed("get", "/api/v3/myTrades", symbol),
  signed("get", "/api/v3/account/commission", symbol),
  signed("get", "/api/v3/rateLimit/order"),
];

/** For the health checks of DNS; gateways answer these beside their routes. */
export const healthRoutes: readonly RestRoute[] = [open("/health"), open("/health/primary")];
