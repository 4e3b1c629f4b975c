// CloudFront function (viewer request, cloudfront-js-2.0): refuses, near the client, orders that no gateway would
// take. It sees headers and query, never a body: what may be in the body is left to the gateway, and
// what it cannot judge passes. Its refusals are the exchange's own (docs/api.md). It runs without modules.

const keyPattern = /^[a-zA-Z0-9]{16,64}$/;
const symbolPattern = /^[A-Z0-9-_.]{1,20}$/;
const decimalPattern = /^\d{1,20}(\.\d{1,20})?$/;
const orderPaths = ["/api/v3/order", "/api/v3/order/test", "/api/v3/order/cancelReplace"];
const sides = ["BUY", "SELL"];
const required = ["symbol", "side", "type", "timestamp", "signature"];

function refusal(statusCode, code, msg) {
  return {
    statusCode: statusCode,
    headers: {
      "content-type": { value: "application/json;charset=UTF-8" },
      "cache-control": { value: "no-store" },
    },
    body: JSON.stringify({ code: code, msg: msg }),
  };
}

function malformed(name) {
  return refusal(
    400,
    -1102,
    `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`,
  );
}

function queryFault(query, hasBody) {
  const text = (name) => (query[name] === undefined ? undefined : query[name].value);
  if (!hasBody) {
    for (const name of required) {
      const value = text(name);
      if (value === undefined || value === "") return malformed(name);
    }
  }
  const symbol = text("symbol");
  if (symbol !== undefined && !symbolPattern.test(symbol)) return malformed("symbol");
  const side = text("side");
  if (side !== undefined && !sides.includes(side)) return refusal(400, -1117, "Invalid side.");
  for (const name of ["quantity", "quoteOrderQty", "price"]) {
    const value = text(name);
    if (value !== undefined && !decimalPattern.test(value)) return malformed(name);
  }
  return undefined;
}

// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name.
function handler(event) {
  const request = event.request;
  if (request.method !== "POST" || !orderPaths.includes(request.uri)) return request;
  const key = request.headers["x-mbx-apikey"];
  if (key === undefined || !keyPattern.test(key.value)) {
    return refusal(401, -2014, "API-key format invalid.");
  }
  const length = request.headers["content-length"];
  const hasBody =
    request.headers["transfer-encoding"] !== undefined ||
    (length !== undefined && length.value !== "0");
  return queryFault(request.querystring, hasBody) || request;
}
