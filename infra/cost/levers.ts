// The seed's three savings, computed from the same estimate: what a lever saves of what it acts on, beside
// what the seed says, and why. The seed's own figures are hypothetical by its own word; none of them is used.

import type { Estimate, Line } from "./estimate.ts";
import { spotReadOn, spotSavingPercent, spotSource } from "./instance-prices.ts";
import { hoursPerMonth } from "./prices.ts";

export interface Lever {
  readonly name: string;
  readonly what: string;
  /** Of the lines that it acts on, before it. */
  readonly fromUsd: number;
  readonly toUsd: number;
  readonly savedPercent: number;
  readonly seedPercent: number;
  /** Where the figure comes from, and what is assumed. */
  readonly source: string;
}

export interface Warehouse {
  /** What one of the same capacity costs that runs all month. */
  readonly wholeUsd: number;
  /** In which it works, by assumption: an option of `castle cost`. */
  readonly hours: number;
}

/** Of the tasks that always run. A commitment to all of them would be paid for in quiet hours too. */
const committedPercent = 50;
/** Compute Savings Plans for Fargate, one year, nothing up front: as several public estimates have it. */
const savingsPlanPercent = 20;

const without = (usd: number, percent: number): number => (usd * (100 - percent)) / 100;

export function leversOf(plain: Estimate, warehouse: Warehouse): readonly Lever[] {
  const sumOf = (wanted: string) =>
    plain.lines
      .filter(({ type }) => type === wanted)
      .reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0);
  const tasks = sumOf("aws:ecs/service:Service");
  return [
    spotStandby(plain.lines),
    lever("--reserved", `${committedPercent} % of the tasks in a savings plan of one year`, {
      fromUsd: tasks,
      toUsd: without(tasks, (committedPercent * savingsPlanPercent) / 100),
      seedPercent: 42,
      source: `${savingsPlanPercent} % off what is committed, one year and nothing up front; for three years guides say up to 50 %`,
    }),
    lever("serverless analytics", "a warehouse that is paid by the hour of work", {
      fromUsd: warehouse.wholeUsd,
      toUsd: sumOf("aws:redshiftserverless/workgroup:Workgroup"),
      seedPercent: 89,
      source: `assumed to work ${warehouse.hours} of ${hoursPerMonth} hours (--warehouse-hours), against the same capacity all month`,
    }),
  ];
}

/** The last of the engines. What Spot costs is known of the types that AWS's advisor was asked about. */
function spotStandby(lines: readonly Line[]): Lever {
  const standby = lines
    .filter(({ type, price }) => type === "aws:autoscaling/group:Group" && price.startsWith("ec2:"))
    .at(-1);
  const fromUsd = standby?.usdPerMonth ?? 0;
  const size = standby?.price.slice("ec2:".length) ?? "";
  const percent = spotSavingPercent[size];
  return lever("--spot-standby", "the standby engine on Spot, off-peak", {
    fromUsd,
    toUsd: without(fromUsd, percent ?? 0),
    seedPercent: 67,
    source:
      percent === undefined
        ? `no Spot price of ${size} is known`
        : `${spotSource}, ${spotReadOn}; of z1d it takes back more than 20 % a month`,
  });
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
