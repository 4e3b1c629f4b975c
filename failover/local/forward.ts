// Requests of operators to nodes that only the supervisor can reach, as their zones are network namespaces: handed
// over the control socket, to the status ports of this exchange and to nothing else.

import { ClusterError } from "../errors.ts";
import type { Answer } from "../ports.ts";
import { askSupervisor, type Forwarded } from "./control.ts";
import type { NodePlan } from "./nodes.ts";

const timeoutMs = 2_500;

/** In the supervisor. @throws ClusterError NOT_POSSIBLE where no node has such an address. */
export async function forward(
  nodes: readonly NodePlan[],
  { url, method, headers, body }: Forwarded,
): Promise<{ code: number; text: string }> {
  if (!nodes.some(({ statusUrl }) => url.startsWith(`${statusUrl}/`))) {
    throw new ClusterError("NOT_POSSIBLE", `no node of this exchange answers at ${url}`);
  }
  const signal = AbortSignal.timeout(timeoutMs);
  const response = await fetch(url, { method, headers: { ...headers }, body, signal });
  return { code: response.status, text: await response.text() };
}

/** In the operator's program: as if it had asked the node itself. */
export async function throughSupervisor(
  dataDir: string,
  asked: Forwarded,
): Promise<Answer<{ code: number; text: string }>> {
  const answer = await askSupervisor(dataDir, "POST", "/forward", timeoutMs + 500, asked);
  const { code, text, error } = answer as { code?: number; text?: string; error?: string };
  return code === undefined || text === undefined
    ? { kind: "unreachable", problem: error ?? "the supervisor did not reach it" }
    : { kind: "answered", value: { code, text } };
}
