// The person who approves a takeover, as a process: what an operator types once the surviving region's
// controller proposes it. `castle status` shows proposals; the controller's own word is asked for here.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { ChaosError } from "../errors.ts";

const program = fileURLToPath(new URL("../../castle.ts", import.meta.url));
const lookEveryMs = 100;
const lookTimeoutMs = 1_000;

const deploymentSchema = z.object({
  regions: z.array(
    z.object({
      name: z.string(),
      controller: z.object({ host: z.string(), statusPort: z.int() }),
    }),
  ),
});
const statusSchema = z.object({ proposal: z.object({ id: z.string() }).optional() });

/** Resolves when the region has taken over; rejects when it has not, or `signal` ends first. */
export async function approve(
  deploymentFile: string,
  region: string,
  signal: AbortSignal,
): Promise<void> {
  const { regions } = deploymentSchema.parse(JSON.parse(readFileSync(deploymentFile, "utf8")));
  const controller = regions.find(({ name }) => name === region)?.controller;
  if (controller === undefined) {
    throw new ChaosError("NO_TARGET", `${deploymentFile} names no controller of ${region}`);
  }
  const url = `http://${controller.host}:${controller.statusPort}/status`;
  let id: string | undefined;
  while (id === undefined) {
    signal.throwIfAborted();
    id = await proposalAt(url);
    if (id === undefined) await new Promise((wake) => setTimeout(wake, lookEveryMs));
  }
  const args = [program, "failover", "--approve", id, "--config", deploymentFile, "--json"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"], signal });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (code !== 0) {
    throw new ChaosError(
      "DRILL_ABORTED",
      `castle failover --approve ${id} ended with code ${code}`,
    );
  }
}

async function proposalAt(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(lookTimeoutMs) });
    return statusSchema.parse(await response.json()).proposal?.id;
  } catch {
    // A controller that does not answer proposes nothing; the caller's signal ends the wait.
    return undefined;
  }
}
