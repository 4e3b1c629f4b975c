// The status of a whole exchange: what every node says of itself, and what the supervisor knows of
// its processes. A node that does not answer within the timeout is unreachable, whatever the cause.

import { z } from "zod";
import {
  type EngineStatus,
  engineStatusSchema,
  type FollowerStatus,
  followerStatusSchema,
} from "../../engine/index.ts";
import type { NodePlan } from "./nodes.ts";

const timeoutMs = 500;

export interface ProcessStatus {
  readonly name: string;
  readonly zone: string;
  /** Absent while it is down. */
  readonly pid?: number | undefined;
  readonly restarts: number;
}

export interface NodeStatus {
  readonly name: string;
  readonly zone: string;
  readonly kind: NodePlan["kind"];
  /** Absent where the node did not answer; `problem` says why. */
  readonly status?: EngineStatus | FollowerStatus;
  readonly problem?: string;
}

export interface ExchangeStatus {
  readonly substrate: "netns" | "loopback";
  readonly substrateReason?: string | undefined;
  readonly dataDir: string;
  readonly isServing: boolean;
  readonly isolatedZones: readonly string[];
  readonly nodes: readonly NodeStatus[];
  readonly processes: readonly ProcessStatus[];
}

const schema = z.union([engineStatusSchema, followerStatusSchema]);

export async function askNode({ name, zone, kind, statusUrl }: NodePlan): Promise<NodeStatus> {
  const node = { name, zone, kind };
  try {
    const response = await fetch(`${statusUrl}/status`, { signal: AbortSignal.timeout(timeoutMs) });
    const parsed = schema.safeParse(await response.json());
    if (parsed.success) return { ...node, status: parsed.data };
    return { ...node, problem: `unreadable status: ${z.prettifyError(parsed.error)}` };
  } catch (error) {
    const cause = (error as Error).cause as Error | undefined;
    return { ...node, problem: (cause ?? (error as Error)).message };
  }
}

/** Whether it says anything of itself. */
export async function isAnswering(node: NodePlan): Promise<boolean> {
  return (await askNode(node)).status !== undefined;
}

/** GET /health: 200 where the node can serve now. */
export async function isHealthy({ statusUrl }: NodePlan): Promise<boolean> {
  try {
    const response = await fetch(`${statusUrl}/health`, { signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
