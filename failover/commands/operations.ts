// The operations of the command line: each parses its options and says what it proposes; all else is the same
// for all of them (run-operation.ts).

import { z } from "zod";
import { parseOptions } from "../cli-options.ts";
import type { Deployment } from "../deployment.ts";
import { ClusterError } from "../errors.ts";
import {
  leadingRegion,
  type Proposal,
  proposeFailover,
  proposeMemberReplace,
  proposeSwitchover,
  proposeTell,
} from "../operations/propose.ts";
import { proposeRegionFailover, proposeRegionSwitchover } from "../operations/propose-region.ts";
import { proposeTradingStatus } from "../operations/propose-status.ts";
import {
  proposeStorePlace,
  proposeZoneLeave,
  proposeZoneReturn,
} from "../operations/propose-zone.ts";
import type { View } from "../view.ts";
import { approve, proposerOf } from "./approve.ts";
import {
  deploymentOf,
  type OperationOptions,
  operationShape,
  optionalWord,
} from "./operation-options.ts";
import { runOperation } from "./run-operation.ts";

const plain = z.strictObject(operationShape);

export async function switchover(given: unknown): Promise<void> {
  const options = parseOptions(
    z.strictObject({ ...operationShape, to: optionalWord, region: optionalWord }),
    given,
  );
  const { to, region } = options;
  if (to !== undefined && region !== undefined) {
    throw new ClusterError(
      "OPTION_INVALID",
      "--to: names an engine of the leading region; with --region leave it out",
    );
  }
  await runOperation("switchover", options, (view, deployment) =>
    region === undefined
      ? proposeSwitchover(view, { to })
      : proposeRegionSwitchover(view, { region }, deployment.gates),
  );
}

export async function failover(given: unknown): Promise<void> {
  const options = parseOptions(
    z.strictObject({
      ...operationShape,
      to: optionalWord,
      region: optionalWord,
      force: z.boolean().default(false),
      approve: optionalWord,
    }),
    given,
  );
  const { to, force } = options;
  if (options.approve !== undefined && !options.dryRun) return approve(options.approve, options);
  // What the controller would do is the takeover of its region.
  const region =
    options.approve === undefined
      ? options.region
      : (await proposerOf(options.approve, deploymentOf(options).regions)).name;
  if (force && options.reason === undefined) {
    throw new ClusterError(
      "OPTION_INVALID",
      "--force: needs a --reason, for those who read the log",
    );
  }
  if (to !== undefined && region !== undefined) {
    throw new ClusterError(
      "OPTION_INVALID",
      "--to: names an engine of the leading region; with --region leave it out",
    );
  }
  // A gate that asks for a person is what an approval answers.
  const isForced = force || options.approve !== undefined;
  await runOperation("failover", options, (view, deployment) =>
    region === undefined
      ? proposeFailover(view, { to, isForced })
      : proposeRegionFailover(view, { region, isForced }, deployment.gates),
  );
}

/** Home is what the configuration names first. */
export async function failback(given: unknown): Promise<void> {
  const options = parseOptions(plain, given);
  await runOperation("failback", options, (view, deployment) => proposeHome(view, deployment));
}

export function proposeHome(view: View, deployment: Deployment): Proposal {
  const [home] = deployment.regions;
  if (home === undefined) throw new ClusterError("NOT_POSSIBLE", "there is no region");
  if (deployment.regions.length > 1 && leadingRegion(view).name !== home.name) {
    return proposeRegionSwitchover(view, { region: home.name }, deployment.gates);
  }
  return proposeSwitchover(view, { to: "engine-1" });
}

const toldWords = ["pause", "resume", "fence", "unfence"] as const;
export type ToldWord = (typeof toldWords)[number];

export async function tell(
  word: ToldWord,
  target: string | undefined,
  given: unknown,
): Promise<void> {
  const options = parseOptions(plain, given);
  if (word === "fence" || word === "unfence")
    needs(target, options, `${word}: name an engine or a region`);
  await runOperation(word, options, (view) => proposeTell(view, { word, target }));
}

/** What is continued or given up knows its target. */
function needs(
  target: string | undefined,
  { resume, abandon }: Pick<OperationOptions, "resume" | "abandon">,
  message: string,
): void {
  if (target === undefined && resume === undefined && abandon === undefined) {
    throw new ClusterError("OPTION_INVALID", message);
  }
}

export async function memberReplace(engine: string | undefined, given: unknown): Promise<void> {
  const options = parseOptions(plain, given);
  needs(engine, options, "member replace: name an engine");
  await runOperation("member replace", options, (view, deployment) =>
    proposeMemberReplace(view, {
      engine: engine ?? "",
      label: new Date().toISOString().replace(/[:.]/g, "-"),
      isLocal: deployment.supervisedDir !== undefined,
    }),
  );
}

/** A shift ends by itself after three days at most (StartZonalShift). */
const shiftHours = z.coerce.number().int().min(1).max(72).default(4);

export async function zoneLeave(zone: string | undefined, given: unknown): Promise<void> {
  const shape = { ...operationShape, region: optionalWord, hours: shiftHours };
  const options = parseOptions(z.strictObject(shape), given);
  needs(zone, options, "zone leave: name a zone");
  const { region, hours } = options;
  await runOperation("zone leave", options, (view) =>
    proposeZoneLeave(view, { zone: zone ?? "", region, hours }),
  );
}

export async function zoneReturn(zone: string | undefined, given: unknown): Promise<void> {
  const options = parseOptions(z.strictObject({ ...operationShape, region: optionalWord }), given);
  needs(zone, options, "zone return: name a zone");
  await runOperation("zone return", options, (view) =>
    proposeZoneReturn(view, { zone: zone ?? "", region: options.region }),
  );
}

export async function redisPlace(given: unknown): Promise<void> {
  const options = parseOptions(z.strictObject({ ...operationShape, region: optionalWord }), given);
  await runOperation("redis place", options, (view) =>
    proposeStorePlace(view, { region: options.region }),
  );
}

const statuses = ["auction", "trading", "halt", "cancelOnly"] as const;

export async function reopen(symbol: string | undefined, given: unknown): Promise<void> {
  const options = parseOptions(
    z.strictObject({
      ...operationShape,
      all: z.boolean().default(false),
      status: z.enum(statuses).optional(),
    }),
    given,
  );
  if (
    (symbol !== undefined) === options.all &&
    options.resume === undefined &&
    options.abandon === undefined
  ) {
    throw new ClusterError("OPTION_INVALID", "--all: name one symbol, or say --all");
  }
  const { status } = options;
  if (status === undefined && options.resume === undefined && options.abandon === undefined) {
    throw new ClusterError("OPTION_INVALID", `--status: write one of ${statuses.join(", ")}`);
  }
  await runOperation("reopen", options, (view, deployment) => {
    const { name } = leadingRegion(view);
    const exchange = deployment.regions.find((region) => region.name === name)?.exchange;
    const known = exchange?.genesis.symbols.map((one) => one.name) ?? [];
    const symbols = symbol === undefined ? known : [symbol];
    return proposeTradingStatus(view, { symbols, known, status: status ?? "halt" });
  });
}
