// Params: the parameters of one request, read by name and type. Each getter either returns a value
// that is valid or throws the API's error for it, so nothing unchecked passes the edge.

import { ApiError, apiErrors } from "./api-error.ts";

const clientOrderIdPattern = /^[a-zA-Z0-9_-]{1,36}$/;
const integerPattern = /^\d{1,16}$/;

export type RawParams = Readonly<Record<string, unknown>>;

export class Params {
  readonly raw: RawParams;

  constructor(raw: RawParams) {
    this.raw = raw;
  }

  /** Text of a value; JSON numbers and booleans as JSON prints them; `undefined` where empty or absent. */
  text(name: string): string | undefined {
    const value = this.raw[name];
    if (typeof value === "string") return value === "" ? undefined : value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (value === undefined || value === null) return undefined;
    throw apiErrors.badData(name);
  }

  required(name: string): string {
    const text = this.text(name);
    if (text === undefined) throw apiErrors.missing(name);
    return text;
  }

  has(name: string): boolean {
    const value = this.raw[name];
    return value !== undefined && value !== null && value !== "";
  }

  /** A whole number of at most 2^53. */
  integer(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!integerPattern.test(text)) throw apiErrors.illegalCharacters(name, "^[0-9]{1,20}$");
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw apiErrors.badData(name);
    return value;
  }

  /** `fallback` where absent, `max` where above it (as the API does); less than 1 is an error. */
  limit(fallback: number, max: number): number {
    const limit = this.integer("limit") ?? fallback;
    if (limit < 1) throw apiErrors.badData("limit", `from 1 to ${max}`);
    return Math.min(limit, max);
  }

  flag(name: string): boolean {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined || text === "false") return false;
    if (text !== "true") throw apiErrors.badData(name, "true or false");
    return true;
  }

  /** A time in whole milliseconds; microseconds are recognised by their size. */
  timeMs(name: string): number | undefined {
    const value = this.integer(name);
    if (value === undefined) return undefined;
    return isMicroseconds(value) ? Math.floor(value / 1000) : value;
  }

  clientOrderId(name: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !clientOrderIdPattern.test(text))
      throw apiErrors.illegalCharacters(name, "^[a-zA-Z0-9-_]{1,36}$");
    return text;
  }

  /** A list given as JSON text (REST) or as an array (WebSocket API). */
  list(name: string): string[] | undefined {
    let value = this.raw[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value === "string") {
      try {
        value = JSON.parse(value);
      } catch {
        throw apiErrors.illegalCharacters(
          name,
          '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$',
        );
      }
    }
    if (!Array.isArray(value) || value.length === 0) throw apiErrors.badData(name);
    for (const item of value) if (typeof item !== "string") throw apiErrors.badData(name);
    if (new Set(value).size !== value.length)
      throw new ApiError(400, -1151, "Symbol is present multiple times in the list.");
    return value;
  }
}

/** 10^14 ms lie in the year 5138, 10^14 us in 1973: no time of an order is ambiguous. */
export function isMicroseconds(time: number): boolean {
  return time >= 100_000_000_000_000;
}
