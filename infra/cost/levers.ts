// The seed's three savings, computed from the same estimate: what a lever saves of what it acts on, beside
// what the seed says. Percentages of list prices; the seed's own figures are hypothetical by its own word.

import type { Estimate } from "./estimate.ts";

export interface Lever {
  readonly name: string;
  readonly what: string;
  /** Of the lines that it acts on, before it. */
  readonly fromUsd: number;
  readonly toUsd: number;
  readonly savedPercent: number;
  readonly seedPercent: number;
  readonly source: string;
}

/** One year, nothing up front, of the tasks that always run (AWS: 20 % for a year, up to 52 % for three). */
const savingsPlanShare = 0.8;
const baselineShare = 0.5;
const spotShare = 0.33;

/**
 * @param plain the estimate as configured, without levers
 * @param warehouseNodeUsd what a provisioned warehouse of the same size costs a month
 */
export function leversOf(plain: Estimate, warehouseNodeUsd: number): readonly Lever[] {
  const sumOf = (pick: (type: string, name: string) => boolean) =>
    plain.lines
      .filter(({ type, name }) => pick(type, name))
      .reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0);
  const engines = plain.lines.filter(
    ({ type, price }) => type === "aws:autoscaling/group:Group" && price.startsWith("ec2:"),
  );
  const standby = engines.at(-1)?.usdPerMonth ?? 0;
  const tasks = sumOf((type) => type === "aws:ecs/service:Service");
  const warehouse = sumOf((type) => type === "aws:redshiftserverless/workgroup:Workgroup");
  return [
    lever("--spot-standby", "the standby engine on Spot, off-peak", {
      fromUsd: standby,
      toUsd: standby * spotShare,
      seedPercent: 67,
      source: "assumed, as the design does: AWS says up to 90 %, and no history of z1d was at hand",
    }),
    lever("--reserved", "half of the tasks in a savings plan of one year", {
      fromUsd: tasks,
      toUsd: tasks * (1 - baselineShare + baselineShare * savingsPlanShare),
      seedPercent: 42,
      source: "Compute Savings Plans, one year without upfront payment: 20 % of what is committed",
    }),
    lever("serverless analytics", "a warehouse that is paid by the hour of work", {
      fromUsd: warehouseNodeUsd,
      toUsd: warehouse,
      seedPercent: 89,
      source: "against the same capacity running all month",
    }),
  ];
}

function lever(
  name: string,
  what: string,
  rest: Pick<Lever, "fromUsd" | "toUsd" | "seedPercent" | "source">,
): Lever {
  const { fromUsd, toUsd } = rest;
  const savedPercent = fromUsd === 0 ? 0 : Math.round((100 * (fromUsd - toUsd)) / fromUsd);
  return { name, what, ...rest, savedPercent };
}
