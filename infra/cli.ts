// `castle cost` and `castle diagram`: what a stack would cost and look like, from a rehearsal of its program.

import type { Command } from "commander";
import { parseConfig } from "./config/parse-config.ts";
import type { GlobalConfig } from "./config/stack-config.ts";
import { type Costed, type Estimate, estimate } from "./cost/estimate.ts";
import { type Lever, leversOf } from "./cost/levers.ts";
import { type OptionOff, optionsOff } from "./cost/options.ts";
import { hoursPerMonth, prices } from "./cost/prices.ts";
import { type Usage, usual } from "./cost/usage.ts";
import { topologyOfStack } from "./diagram/draw.ts";
import { mermaid } from "./diagram/mermaid.ts";
import { componentsOf, type Rehearsal, rehearse, subjectsOf } from "./rehearsal.ts";
import { readStackFile } from "./stack-file.ts";

interface Asked {
  readonly stack: string;
  readonly json?: boolean;
}

interface CostAsked extends Asked {
  readonly spotStandby?: boolean;
  readonly reserved?: boolean;
  readonly requests: string;
  readonly warehouseHours: string;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);
const usd = (amount: number) => `$${Math.round(amount).toLocaleString("en")}`.padStart(9);

export function registerCost(program: Command): void {
  program
    .command("cost")
    .description("estimate what a stack costs a month, before it is deployed")
    .option("--stack <name>", "global, prod, dr, an example or a file", "prod")
    .option("--spot-standby", "with the standby engine on Spot")
    .option("--reserved", "with half of the tasks in a savings plan")
    .option("--requests <n>", "requests a second, on average", String(usual.requestsPerSecond))
    .option(
      "--warehouse-hours <n>",
      "hours a month in which the warehouse works",
      String(usual.warehouseHours),
    )
    .option("--json", "print one JSON object")
    .action(async (asked: CostAsked) => {
      const usage = usageOf(asked);
      const rehearsal = await rehearse(asked.stack);
      const plain = estimate(costedOf(rehearsal), usage);
      const wholeUsd = warehouseUsd(rehearsal);
      const levers = leversOf(plain, { wholeUsd, hours: usage.warehouseHours });
      const chosen = levers.filter(
        ({ name }) =>
          (name === "--spot-standby" && asked.spotStandby === true) ||
          (name === "--reserved" && asked.reserved === true),
      );
      const saved = chosen.reduce((sum, { fromUsd, toUsd }) => sum + fromUsd - toUsd, 0);
      const off = optionsOff(globalConfig());
      const leftOut = (rehearsal.outputs.leftOut ?? []) as readonly string[];
      if (asked.json === true) {
        say(
          JSON.stringify({
            stack: rehearsal.name,
            usage,
            ...plain,
            levers,
            saved,
            optionsOff: off,
            leftOut,
          }),
        );
        return;
      }
      tellCost(rehearsal.name, plain, { levers, saved, off, leftOut, usage });
    });
}

/** Of the repository's own global stack, whatever stack is asked about. */
function globalConfig(): GlobalConfig {
  const { name, values } = readStackFile("global");
  const config = parseConfig(values, name);
  if (config.role !== "global") throw new Error("Pulumi.global.yaml is not the global stack's");
  return config;
}

function usageOf({ requests, warehouseHours }: CostAsked): Usage {
  return {
    ...usual,
    requestsPerSecond: positive("--requests", requests),
    warehouseHours: positive("--warehouse-hours", warehouseHours, hoursPerMonth),
  };
}

function positive(option: string, value: string, most = Number.POSITIVE_INFINITY): number {
  const number = Number(value);
  if (number > 0 && number <= most) return number;
  const limit = Number.isFinite(most) ? `, at most ${most}` : "";
  const message = `${option} ${value}: write a number above 0${limit}`;
  throw Object.assign(new Error(message), { code: "USAGE" });
}

function costedOf({ resources }: Rehearsal): Costed[] {
  const made = resources.filter(({ kind }) => kind === "custom" || kind === "remote");
  const components = componentsOf(resources);
  return subjectsOf(made).map((subject, index) => {
    const urn = made[index]?.urn ?? "";
    return { ...subject, component: components.get(urn) ?? "stack" };
  });
}

/** A warehouse of the same capacity that runs all month. */
function warehouseUsd({ resources }: Rehearsal): number {
  const workgroup = resources.find(
    ({ type }) => type === "aws:redshiftserverless/workgroup:Workgroup",
  );
  const capacity = Number(workgroup?.inputs.baseCapacity ?? 0);
  return capacity * hoursPerMonth * (prices["redshift:rpu"]?.usd ?? 0);
}

interface Rest {
  readonly levers: readonly Lever[];
  readonly saved: number;
  readonly off: readonly OptionOff[];
  readonly leftOut: readonly string[];
  readonly usage: Usage;
}

function tellCost(
  stack: string,
  { byComponent, unknown, usdPerMonth }: Estimate,
  rest: Rest,
): void {
  const { levers, saved, off, leftOut, usage } = rest;
  say(`stack ${stack}, a month of ${hoursPerMonth} hours, us-east-1 on demand:`);
  for (const { component, usdPerMonth: each } of byComponent) say(`${usd(each)}  ${component}`);
  say(`${usd(usdPerMonth)}  in all`);
  if (saved > 0) say(`${usd(usdPerMonth - saved)}  with the levers chosen`);
  say("");
  for (const { name, what, fromUsd, toUsd, savedPercent, seedPercent, source } of levers) {
    if (fromUsd === 0) continue;
    const change = `${usd(fromUsd).trim()} to ${usd(toUsd).trim()}`;
    say(`${name}: ${what}: ${change}, ${savedPercent} % less (the design says ${seedPercent} %)`);
    say(`  ${source}`);
  }
  for (const { field, what, usdPerMonth: each } of off) {
    say(`off, not counted: ${what}: ${usd(each).trim()} a month (${field})`);
  }
  const assumed = Object.entries(usage).map(([name, value]) => `${name} ${value}`);
  say(`assumed: ${assumed.join(", ")}`);
  if (leftOut.length > 0) say(`left out, as nobody gave an artefact: ${leftOut.join(", ")}`);
  const byType = Map.groupBy(unknown, ({ type, why }) => `${type}: ${why}`);
  for (const [what, some] of byType) say(`not counted (${some.length}): ${what}`);
}

export function registerDiagram(program: Command): void {
  program
    .command("diagram")
    .description("draw what a stack deploys, as a Mermaid flowchart")
    .option("--stack <name>", "global, prod, dr, an example or a file", "prod")
    .option("--json", "print nodes and edges as one JSON object")
    .action(async ({ stack, json }: Asked) => {
      const topology = await topologyOfStack(stack);
      process.stdout.write(json === true ? `${JSON.stringify(topology)}\n` : mermaid(topology));
    });
}
