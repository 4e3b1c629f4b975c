// Requests on a market stream connection, read once and checked whole.

export interface StreamRequest {
  readonly method:
    | "SUBSCRIBE"
    | "UNSUBSCRIBE"
    | "LIST_SUBSCRIPTIONS"
    | "GET_PROPERTY"
    | "SET_PROPERTY";
  readonly streams: readonly string[];
  /** SET_PROPERTY combined. */
  readonly isCombined: boolean;
  /** The request's id as JSON text, so that its type comes back unchanged. */
  readonly idJson: string;
}

const NAME_LENGTH_MAX = 64;

/** Error answer of the stream protocol: 2 = invalid request, 3 = invalid JSON. */
export class StreamFault extends Error {
  readonly code: 2 | 3;
  readonly idJson: string;

  constructor(code: 2 | 3, message: string, idJson: string) {
    super(message);
    this.code = code;
    this.idJson = idJson;
  }

  toJson(): string {
    return `{"error":{"code":${this.code},"msg":${JSON.stringify(this.message)}},"id":${this.idJson}}`;
  }
}

/** @throws StreamFault */
export function parseStreamRequest(text: string): StreamRequest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StreamFault(3, "Invalid JSON: the message is not one JSON object", "null");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new StreamFault(2, "Invalid request: request must be an object", "null");
  const { method, params, id } = value as { method?: unknown; params?: unknown; id?: unknown };
  const idJson = idJsonOf(id);
  if (idJson === undefined)
    throw new StreamFault(
      2,
      "Invalid request: request ID must be an integer, a string of at most 36 characters, or null",
      "null",
    );
  const faulty = (what: string) => new StreamFault(2, `Invalid request: ${what}`, idJson);
  switch (method) {
    case "SUBSCRIBE":
    case "UNSUBSCRIBE":
      return { method, streams: streamsOf(params, faulty), isCombined: false, idJson };
    case "LIST_SUBSCRIPTIONS":
      return { method, streams: [], isCombined: false, idJson };
    case "GET_PROPERTY":
      if (!Array.isArray(params) || params[0] !== "combined") throw faulty("unknown property");
      return { method, streams: [], isCombined: false, idJson };
    case "SET_PROPERTY":
      if (!Array.isArray(params) || params[0] !== "combined" || typeof params[1] !== "boolean")
        throw faulty('property must be ["combined", boolean]');
      return { method, streams: [], isCombined: params[1], idJson };
    default:
      throw faulty(
        "unknown variant, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY`",
      );
  }
}

function streamsOf(params: unknown, faulty: (what: string) => StreamFault): string[] {
  if (!Array.isArray(params) || params.length === 0)
    throw faulty("params must be a list of streams");
  const names: string[] = [];
  for (const name of params) {
    if (typeof name !== "string" || name.length > NAME_LENGTH_MAX)
      throw faulty(`a stream name is a string of at most ${NAME_LENGTH_MAX} characters`);
    names.push(name);
  }
  return names;
}

/** The JSON of a request id, or `undefined` where it may not be one. */
export function idJsonOf(id: unknown): string | undefined {
  if (id === undefined || id === null) return "null";
  if (typeof id === "number") return Number.isInteger(id) ? String(id) : undefined;
  return typeof id === "string" && id.length <= 36 ? JSON.stringify(id) : undefined;
}
