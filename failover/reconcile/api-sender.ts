// ApiSender: requests of many accounts to one gateway, signed with each account's key, one after the
// other in their order. Every request may be sent again, so what is not answered clearly is repeated,
// a few times; a gateway that limits the rate is obeyed.

import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Keys } from "../../engine/index.ts";
import type { ApiReply, ApiRequest } from "./resend.ts";

const attemptsMax = 5;
const timeoutMs = 12_000;
const pauseMs = 500;

interface ErrorBody {
  readonly code?: number;
  readonly msg?: string;
  readonly data?: { readonly newOrderResult?: string };
}

export class ApiSender {
  private readonly url: string;
  private readonly accounts: Map<number, Keys["accounts"][number]>;
  private readonly nowMs: () => number;

  constructor(url: string, keys: Keys, nowMs: () => number = Date.now) {
    this.url = url.replace(/\/$/, "");
    this.accounts = new Map(keys.accounts.map((account) => [account.accountId, account]));
    this.nowMs = nowMs;
  }

  async send(request: ApiRequest): Promise<ApiReply> {
    const account = this.accounts.get(request.accountId);
    if (account === undefined) {
      const message = `the keys file holds no key of account ${request.accountId}`;
      return unanswered(message);
    }
    let last = unanswered("not sent");
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const { reply, waitMs } = await this.attempt(request, account);
      last = reply;
      if (waitMs === null) return last;
      await sleep(waitMs);
    }
    return last;
  }

  private async attempt(
    request: ApiRequest,
    account: Keys["accounts"][number],
  ): Promise<{ reply: ApiReply; waitMs: number | null }> {
    const query = new URLSearchParams({
      ...request.params,
      timestamp: String(Math.floor(this.nowMs())),
      recvWindow: "10000",
    });
    const signature = createHmac("sha256", account.secretKey).update(`${query}`).digest("hex");
    try {
      const response = await fetch(`${this.url}${request.path}?${query}&signature=${signature}`, {
        method: request.method,
        headers: { "x-mbx-apikey": account.apiKey },
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body = (await response.json()) as ErrorBody;
      const { status } = response;
      const isPlaced = body.data?.newOrderResult === "SUCCESS";
      const reply = { status, code: body.code ?? 0, message: body.msg ?? "", isPlaced };
      const retryAfterMs = Number(response.headers.get("retry-after") ?? 0) * 1000;
      const isUnclear = status >= 500 || status === 429;
      return { reply, waitMs: isUnclear ? Math.max(pauseMs, retryAfterMs) : null };
    } catch (error) {
      const message = `no answer: ${(error as Error).message}`;
      return { reply: unanswered(message), waitMs: pauseMs };
    }
  }
}

function unanswered(message: string): ApiReply {
  return { status: 0, code: 0, message, isPlaced: false };
}
