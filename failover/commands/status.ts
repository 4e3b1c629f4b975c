// castle status: what every node says of itself, as a table: of a local exchange through its supervisor, which
// knows the processes too; of a deployment by its configuration.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseOptions } from "../cli-options.ts";
import { lookAtDeployment } from "../controllers.ts";
import { loadDeployment } from "../deployment.ts";
import { askSupervisor } from "../local/control.ts";
import type { ExchangeStatus } from "../local/exchange-status.ts";
import { openPorts } from "../open-ports.ts";
import { deploymentText } from "./deployment-status.ts";
import { configOf, placeShape } from "./operation-options.ts";
import { statusTable } from "./status-table.ts";

const watchEveryMs = 1_000;

/** One look: for people, and for programs. */
interface Look {
  readonly text: string;
  readonly json: object;
}

const statusOptions = z.strictObject({ ...placeShape, watch: z.boolean().default(false) });

export async function status(given: unknown): Promise<void> {
  const options = parseOptions(statusOptions, given);
  const { data, watch, json } = options;
  const config = configOf(options);
  // Two regions on this machine are a deployment, and its file lies in their directory.
  const ofRegions = join(data, "deployment.json");
  const file = config ?? (existsSync(ofRegions) ? ofRegions : undefined);
  const ask = file === undefined ? () => localLook(data) : deploymentLook(file);
  show(await ask(), json, "");
  while (watch) {
    await new Promise((wake) => setTimeout(wake, watchEveryMs));
    // Home and clear, so that the table stands still on a terminal.
    show(await ask(), json, process.stdout.isTTY ? "\x1b[H\x1b[2J" : "\n");
  }
}

/** An object is a line of its own, whatever was before it. */
function show(seen: Look, isJson: boolean, before: string): void {
  process.stdout.write(isJson ? `${JSON.stringify(seen.json)}\n` : `${before}${seen.text}`);
}

async function localLook(data: string): Promise<Look> {
  const found = (await askSupervisor(data, "GET", "/status", 3_000)) as unknown as ExchangeStatus;
  return { text: statusTable(found), json: found };
}

function deploymentLook(file: string): () => Promise<Look> {
  const deployment = loadDeployment(file);
  const opening = openPorts(deployment);
  return async () => {
    const view = await lookAtDeployment(deployment, await opening, AbortSignal.timeout(10_000));
    return { text: deploymentText(view, view.controllers), json: view };
  };
}
