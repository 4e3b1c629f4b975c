// Errors as the API words them. Clients map the exact text before the code, so a text here is part of
// the interface; whatever more we can say (value, limit, rule) goes into the extra field `detail`.

/** An answer that says no. A value on the order path; thrown only while a request is being read. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  /** What to know beyond the mapped text. */
  readonly detail: string | undefined;
  /** Further fields of the error object, as JSON text: `"data":{...}`. */
  extraJson: string | undefined;
  retryAfterSeconds: number | undefined;

  constructor(status: number, code: number, message: string, detail?: string) {
    // A client's fault needs no stack of ours, and gathering one would cost more than the answer.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.detail = detail;
  }

  withExtra(json: string): this {
    this.extraJson = json;
    return this;
  }

  toJson(): string {
    let json = `{"code":${this.code},"msg":${JSON.stringify(this.message)}`;
    if (this.detail !== undefined) json += `,"detail":${JSON.stringify(this.detail)}`;
    if (this.extraJson !== undefined) json += `,${this.extraJson}`;
    return `${json}}`;
  }
}

const bad = (code: number, message: string, detail?: string) =>
  new ApiError(400, code, message, detail);

export const apiErrors = {
  unknown: () =>
    new ApiError(500, -1000, "An unknown error occurred while processing the request."),
  notServing: () =>
    new ApiError(
      503,
      -1001,
      "Internal error; unable to process your request. Please try again.",
      "no primary engine could confirm the read; nothing was changed",
    ),
  historyUnavailable: () =>
    new ApiError(
      503,
      -1001,
      "Internal error; unable to process your request. Please try again.",
      "the order history cannot be read at the moment; trading goes on",
    ),
  timeout: () =>
    new ApiError(
      504,
      -1007,
      "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
      "ask for the order by its client order id, or send it again with the same one: it executes at most once",
    ),
  overloaded: (detail?: string) =>
    new ApiError(
      503,
      -1008,
      "Server is currently overloaded with other requests. Please try again in a few minutes.",
      detail ?? "the request was not sent to the engine; nothing was changed",
    ),
  unsupported: () =>
    new ApiError(
      503,
      -1020,
      "This operation is not supported.",
      "an upgrade of the exchange is under way; the request was not sent, nothing was changed",
    ),
  tooMuchWeight: (limit: number) =>
    new ApiError(
      429,
      -1003,
      `Too much request weight used; current limit is ${limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
    ),
  tooManyRequests: (limit: number) =>
    new ApiError(
      429,
      -1003,
      `Too many requests; current limit is ${limit} requests per 5 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
    ),
  banned: (untilMs: number) =>
    new ApiError(
      418,
      -1003,
      `Way too much request weight used; IP banned until ${untilMs}. Please use WebSocket Streams for live updates to avoid bans.`,
    ),
  tooManyOrders: (limit: number, interval: string) =>
    new ApiError(
      429,
      -1015,
      `Too many new orders; current limit is ${limit} orders per ${interval}.`,
    ),
  filter: (name: string, detail?: string) => bad(-1013, `Filter failure: ${name}`, detail),
  unsupportedCombination: (detail?: string) => bad(-1014, "Unsupported order combination.", detail),
  outsideRecvWindow: (detail: string) =>
    bad(-1021, "Timestamp for this request is outside of the recvWindow.", detail),
  timestampAhead: (detail: string) =>
    bad(-1021, "Timestamp for this request was 1000ms ahead of the server's time.", detail),
  recvWindowTooLarge: () => bad(-1131, "recvWindow must be less than 60000"),
  badSignature: () => bad(-1022, "Signature for this request is not valid."),
  illegalCharacters: (name: string, range: string) =>
    bad(-1100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`),
  duplicateParameter: (name: string) =>
    bad(-1101, `Duplicate values for a parameter detected.`, name),
  missing: (name: string, detail?: string) =>
    bad(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`, detail),
  missingBoth: (first: string, second: string) =>
    bad(-1102, `Param '${first}' or '${second}' must be sent, but both were empty/null!`),
  notRequired: (name: string) => bad(-1106, `Parameter '${name}' sent when not required.`),
  tooPrecise: (name: string) => bad(-1111, `Parameter '${name}' has too much precision.`),
  invalidTimeInForce: () => bad(-1115, "Invalid timeInForce."),
  invalidOrderType: () => bad(-1116, "Invalid orderType."),
  invalidSide: () => bad(-1117, "Invalid side."),
  invalidInterval: () => bad(-1120, "Invalid interval."),
  invalidSymbol: () => bad(-1121, "Invalid symbol."),
  rangeTooLong: () => bad(-1127, "More than 24 hours between startTime and endTime."),
  badCombination: () => bad(-1128, "Combination of optional parameters invalid."),
  badData: (name: string, detail?: string) =>
    bad(-1130, `Data sent for parameter '${name}' is not valid.`, detail),
  badJson: (detail?: string) => bad(-1135, "Invalid JSON Request", detail),
  badCancelRestrictions: () => bad(-1145, "Invalid cancelRestrictions."),
  unknownOrderSent: () => bad(-2011, "Unknown order sent."),
  noSuchOrder: () => bad(-2013, "Order does not exist."),
  badKeyFormat: () => new ApiError(401, -2014, "API-key format invalid."),
  unknownKey: () => new ApiError(401, -2015, "Invalid API-key, IP, or permissions for action."),
  subscriptionActive: () => bad(-2035, "User Data Stream subscription already active."),
  amendRejected: (message: string, detail?: string) => bad(-2038, message, detail),
  hmacLogon: () =>
    bad(-4056, "HMAC_SHA256 API key is not supported.", "session.logon takes Ed25519 keys only"),
  unknownMethod: () => bad(-1000, "Unknown method."),
  notFound: () => new ApiError(404, -1000, "Path not found."),
  tooLarge: (limit: number) =>
    new ApiError(413, -1000, "Request too large.", `a request has at most ${limit} bytes`),
  disabled: (detail: string) =>
    new ApiError(400, -1000, "This operation is not available.", detail),
};
