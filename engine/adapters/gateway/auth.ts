// Authentication: API key, HMAC SHA-256 signature, time window. Order of checks: form of the key,
// known key, mandatory parameters, signature, time; so nobody learns anything by an unsigned request.

import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Keys } from "../../config.ts";
import { apiErrors } from "./api-error.ts";
import { isMicroseconds, type Params } from "./params.ts";

export interface Account {
  readonly accountId: number;
  readonly name: string;
  readonly apiKey: string;
  readonly secret: KeyObject;
}

const apiKeyPattern = /^[a-zA-Z0-9]{16,64}$/;
const recvWindowPattern = /^\d{1,6}(\.\d{1,3})?$/;
const RECV_WINDOW_DEFAULT_MS = 5000;
const RECV_WINDOW_MAX_MS = 60_000;
/** How far a client's clock may run ahead. */
const AHEAD_MAX_MS = 1000;

export class Authenticator {
  readonly #accounts = new Map<string, Account>();

  constructor(keys: Keys) {
    for (const { accountId, name, apiKey, secretKey } of keys.accounts) {
      const secret = createSecretKey(secretKey, "utf8");
      this.#accounts.set(apiKey, { accountId, name, apiKey, secret });
    }
  }

  /** @throws ApiError -2014, -2015. */
  account(apiKey: string | undefined): Account {
    const account = apiKey === undefined ? undefined : this.#accounts.get(apiKey);
    if (account !== undefined) return account;
    if (apiKey === undefined || !apiKeyPattern.test(apiKey)) throw apiErrors.badKeyFormat();
    throw apiErrors.unknownKey();
  }
}

export function isSignedBy(account: Account, payload: string, signature: string): boolean {
  const expected = createHmac("sha256", account.secret).update(payload, "utf8").digest("hex");
  const given = signature.toLowerCase();
  if (given.length !== expected.length) return false;
  // Every character is compared, so the time taken does not tell how many were right.
  let difference = 0;
  for (let i = 0; i < expected.length; i++)
    difference |= expected.charCodeAt(i) ^ given.charCodeAt(i);
  return difference === 0;
}

/** @throws ApiError -1021, -1131, -1100. */
export function checkTime(params: Params, nowMs: number): void {
  const sent = params.integer("timestamp");
  if (sent === undefined) throw apiErrors.missing("timestamp");
  const sentMs = isMicroseconds(sent) ? sent / 1000 : sent;
  const windowMs = recvWindowMs(params);
  if (sentMs >= nowMs + AHEAD_MAX_MS)
    throw apiErrors.timestampAhead(`timestamp ${sentMs} ms, server time ${Math.floor(nowMs)} ms`);
  if (nowMs - sentMs > windowMs)
    throw apiErrors.outsideRecvWindow(
      `timestamp ${sentMs} ms, server time ${Math.floor(nowMs)} ms, recvWindow ${windowMs} ms`,
    );
}

function recvWindowMs(params: Params): number {
  const text = params.text("recvWindow");
  if (text === undefined) return RECV_WINDOW_DEFAULT_MS;
  if (!recvWindowPattern.test(text))
    throw apiErrors.illegalCharacters("recvWindow", "^[0-9]{1,5}([.][0-9]{1,3})?$");
  const windowMs = Number(text);
  if (windowMs > RECV_WINDOW_MAX_MS) throw apiErrors.recvWindowTooLarge();
  return windowMs;
}
