// The status ports of engines and followers over HTTP: GET /status, POST /admin/<verb>. Each call has a time
// limit; who does not answer in it is unreachable, whatever the cause. Requests are repeated within the
// caller's limit, as every verb may be asked twice.

import { z } from "zod";
import {
  type AdminVerb,
  adminAnswer,
  type ExchangeConfig,
  engineStatusSchema,
  followerStatusSchema,
} from "../engine/index.ts";
import type { AdminResult, Answer, EnginePort, FollowerPort, RegionPorts } from "./ports.ts";

const callTimeoutMs = 2_000;
/** A node that is being started again is back within a second or two. */
const attemptsMax = 3;
const pauseMs = 200;

/** A way to a node's port: directly, or through a supervisor. */
export type Carrier = (
  url: string,
  request: CarriedRequest,
  signal: AbortSignal,
) => Promise<Answer<{ readonly code: number; readonly text: string }>>;

export interface CarriedRequest {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const get: CarriedRequest = { method: "GET", headers: {}, body: null };

export interface RegionAddress {
  readonly name: string;
  readonly exchange: ExchangeConfig;
  readonly operatorToken: string | undefined;
}

export function regionPorts(
  { name, exchange, operatorToken }: RegionAddress,
  carry: Carrier = fetchText,
): RegionPorts {
  const { engines, gateways, history, redis } = exchange;
  return {
    name,
    symbols: exchange.genesis.symbols.map((symbol) => symbol.name),
    engines: engines.map(({ id, zone, host, statusPort }) =>
      enginePort(
        { name: `engine-${id}`, zone },
        `http://${host}:${statusPort}`,
        operatorToken,
        carry,
      ),
    ),
    followers: [
      ...gateways.map(({ id, zone, host, statusPort, httpPort, tls }) =>
        followerPort({ name: id, zone, kind: "gateway" as const }, `http://${host}:${statusPort}`, {
          // Its certificate is for the name that clients use: with TLS the status port is asked, which says the same.
          ...(tls === undefined ? { publicUrl: `http://${host}:${httpPort}` } : {}),
          carry,
        }),
      ),
      followerPort(
        { name: "history", zone: history.zone, kind: "history" },
        `http://${history.host}:${history.statusPort}`,
        { carry },
      ),
    ],
    seats: [
      ...engines.map(({ id, zone, host, linkPort }) => ({
        ...{ node: `engine-${id}`, kind: "engine" as const, zone },
        address: `${host}:${linkPort}`,
      })),
      { node: "redis", kind: "redis", zone: redis.zone, address: new URL(redis.url).host },
    ],
  };
}

function enginePort(
  node: Pick<EnginePort, "name" | "zone">,
  url: string,
  token: string | undefined,
  carry: Carrier,
): EnginePort {
  return {
    ...node,
    status: (signal) => statusOf(url, engineStatusSchema, signal, carry),
    ask: async (verb, body, signal) => {
      if (token === undefined) {
        const message = "its keys file has no operatorToken that this program can read";
        return { kind: "refused", code: "NO_TOKEN", message };
      }
      let result = await askOnce({ url, verb, body, token, carry }, signal);
      for (let attempt = 1; attempt < attemptsMax; attempt++) {
        if (result.kind !== "unreachable" || signal.aborted) break;
        await new Promise((wake) => setTimeout(wake, pauseMs));
        result = await askOnce({ url, verb, body, token, carry }, signal);
      }
      return result;
    },
  };
}

function followerPort(
  node: Pick<FollowerPort, "name" | "zone" | "kind">,
  url: string,
  { publicUrl, carry }: { publicUrl?: string; carry: Carrier },
): FollowerPort {
  return {
    ...node,
    status: (signal) => statusOf(url, followerStatusSchema, signal, carry),
    isPrimary: async (signal) => {
      const answer = await carry(`${publicUrl ?? url}/health/primary`, get, signal);
      return answer.kind === "answered" && answer.value.code === 200;
    },
  };
}

async function statusOf<T>(
  url: string,
  schema: z.ZodType<T>,
  signal: AbortSignal,
  carry: Carrier,
): Promise<Answer<T>> {
  const answer = await carry(`${url}/status`, get, signal);
  if (answer.kind === "unreachable") return answer;
  const parsed = schema.safeParse(parseJson(answer.value.text));
  if (parsed.success) return { kind: "answered", value: parsed.data };
  const faults = z.prettifyError(parsed.error).replaceAll(/\s*\n\s*/g, " ");
  return { kind: "unreachable", problem: `unreadable status: ${faults}` };
}

async function askOnce(
  {
    url,
    verb,
    body,
    token,
    carry,
  }: { url: string; verb: AdminVerb; body: object; token: string; carry: Carrier },
  signal: AbortSignal,
): Promise<AdminResult> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify(body) } as const;
  const answer = await carry(`${url}/admin/${verb}`, request, signal);
  if (answer.kind === "unreachable") return answer;
  const { code, text } = answer.value;
  const parsed = adminAnswer.safeParse(parseJson(text));
  if (code === 200 && parsed.success) return { kind: "done", answer: parsed.data };
  const said = parsed.success ? parsed.data : undefined;
  return {
    kind: "refused",
    code: said?.code ?? `HTTP_${code}`,
    message: said?.message ?? (text.trim().slice(0, 200) || `HTTP status ${code}`),
  };
}

async function fetchText(
  url: string,
  { method, headers, body }: CarriedRequest,
  signal: AbortSignal,
): Promise<Answer<{ code: number; text: string }>> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]);
    const response = await fetch(url, { method, headers: { ...headers }, body, signal: limit });
    return { kind: "answered", value: { code: response.status, text: await response.text() } };
  } catch (error) {
    const cause = (error as Error).cause as Error | undefined;
    return { kind: "unreachable", problem: (cause ?? (error as Error)).message };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
