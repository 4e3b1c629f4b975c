// Signs requests of the WebSocket API: HMAC-SHA256 over all parameters but the signature, sorted by
// name, `name=value` joined by `&`, values as raw UTF-8.

import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

export type Parameters = Record<string, string | number | boolean>;

/** The text that is signed. */
export function signedText(parameters: Parameters): string {
  let text = "";
  for (const name of Object.keys(parameters).sort()) {
    if (text !== "") text += "&";
    text += `${name}=${parameters[name]}`;
  }
  return text;
}

export class Signer {
  readonly apiKey: string;
  readonly #key: KeyObject;
  readonly #recvWindowMs: number;

  constructor(options: { apiKey: string; secretKey: string; recvWindowMs: number }) {
    this.apiKey = options.apiKey;
    this.#key = createSecretKey(options.secretKey, "utf8");
    this.#recvWindowMs = options.recvWindowMs;
  }

  /** The parameters with key, time, window and signature. */
  sign(parameters: Parameters, timestampMs: number): Parameters {
    const signed: Parameters = {
      ...parameters,
      apiKey: this.apiKey,
      recvWindow: this.#recvWindowMs,
      timestamp: Math.floor(timestampMs),
    };
    signed.signature = createHmac("sha256", this.#key).update(signedText(signed)).digest("hex");
    return signed;
  }
}
