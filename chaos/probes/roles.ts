// Who leads, who follows, and how far: one look at every node, put in the words of a drill.

import type { Exchange, ExchangeStatus } from "../../failover/index.ts";

/** A node's own status, where it answered. */
type Status = NonNullable<ExchangeStatus["nodes"][number]["status"]>;
type EngineStatus = Extract<Status, { kind: "engine" }>;
type FollowerStatus = Exclude<Status, EngineStatus>;

export interface Look {
  readonly isServing: boolean;
  readonly isolatedZones: readonly string[];
  readonly unwell: readonly string[];
  readonly engines: readonly EngineStatus[];
  readonly followers: readonly FollowerStatus[];
}

export async function look(exchange: Exchange): Promise<Look> {
  const { isServing, isolatedZones, nodes } = await exchange.status();
  const statuses = nodes.flatMap(({ status }) => (status === undefined ? [] : [status]));
  return {
    isServing,
    isolatedZones,
    unwell: nodes.filter(({ status }) => !isWell(status)).map(({ name }) => name),
    engines: statuses.filter((status) => status.kind === "engine"),
    followers: statuses.filter((status) => status.kind !== "engine"),
  };
}

const LOOKS = 4;
const LOOK_EVERY_MS = 500;

/**
 * A look at an exchange in good order, if one of a few in two seconds shows it; else the last one.
 * On a busy machine a node may be late once with its answer and be well all the same.
 */
export async function steadyLook(exchange: Exchange): Promise<Look> {
  for (let looks = 1; ; looks += 1) {
    const seen = await look(exchange);
    if ((seen.isServing && seen.unwell.length === 0) || looks === LOOKS) return seen;
    await new Promise((resume) => setTimeout(resume, LOOK_EVERY_MS));
  }
}

function isWell(status: Status | undefined): boolean {
  if (status === undefined) return false;
  if (status.kind !== "engine") return status.isServing;
  return status.role === "standby" || (status.role === "primary" && status.isServing);
}

/** "engine-1 primary, epoch 3; engine-2 standby, epoch 3; engine-2 not heard" */
export function describeRoles({ engines }: Look): string {
  return engines
    .map(({ node, role, epoch, isServing }) => {
      const serves = role === "primary" && !isServing ? " (not serving)" : "";
      return `${node} ${role}${serves}, epoch ${epoch}`;
    })
    .join("; ");
}
