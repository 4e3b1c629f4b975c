// Query strings and form bodies, as REST clients send them. What was signed are the raw bytes in their
// order, so the payload is cut from the raw text and never rebuilt from parsed values.

import { apiErrors } from "./api-error.ts";

export interface ParsedQuery {
  /** The raw text without its `signature` pair. */
  readonly payload: string;
  readonly values: Record<string, string>;
}

const empty: ParsedQuery = { payload: "", values: {} };

/** @throws ApiError -1101 where a name comes twice, -1100 where a percent code is malformed. */
export function parseQuery(raw: string): ParsedQuery {
  if (raw === "") return empty;
  const values: Record<string, string> = Object.create(null);
  const signed: string[] = [];
  for (const pair of raw.split("&")) {
    const equals = pair.indexOf("=");
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (name !== "signature") signed.push(pair);
    if (name === "") continue;
    if (name in values) throw apiErrors.duplicateParameter(name);
    values[name] = equals < 0 ? "" : decode(pair.slice(equals + 1));
  }
  return { payload: signed.join("&"), values };
}

function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw apiErrors.illegalCharacters(text.slice(0, 40), "percent-encoded UTF-8");
  }
}
