// The controller of a region as a process: `--config deployment.json --region dr`. Exit codes: 0 stopped, 1 a bug
// (the supervisor starts it again, and it resumes what it had begun), 2 cannot run as configured.

import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { z } from "zod";
import { CastleError } from "../engine/index.ts";
import { Controller } from "./controller.ts";
import { serveController } from "./controller-server.ts";
import { loadDeployment } from "./deployment.ts";
import { ClusterError } from "./errors.ts";
import { openPorts } from "./open-ports.ts";
import { OperationLog } from "./plan/operation-log.ts";

/** The register is asked, and the engines are told, once a second. */
const pollMs = 1_000;

const argumentsSchema = z.object({ config: z.string(), region: z.string() });

async function main(): Promise<void> {
  const logger = pino({ level: "info", redact: ["*.operatorToken", "operatorToken"] });
  const end = (error: unknown) => {
    logger.fatal({ err: error }, "ending");
    process.exit(1);
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
  const { values } = parseArgs({
    options: { config: { type: "string" }, region: { type: "string" } },
  });
  const parsed = argumentsSchema.safeParse(values);
  if (!parsed.success) {
    throw new ClusterError("OPTION_INVALID", "usage: --config deployment.json --region NAME");
  }
  const { config: file, region: name } = parsed.data;
  const deployment = loadDeployment(file);
  const region = deployment.regions.find((candidate) => candidate.name === name);
  const address = region?.controller;
  if (region === undefined || address === undefined) {
    throw new ClusterError("OPTION_INVALID", `--region: ${file} has no controller of ${name}`);
  }
  const controller = new Controller({
    region: name,
    startsAsActive: (region.exchange.region?.startsAs ?? "active") === "active",
    ports: await openPorts(deployment),
    policy: { approval: deployment.approval, gates: deployment.gates },
    log: new OperationLog(join(dirname(region.exchangeFile), "controller")),
    logger,
    nowMs: () => performance.timeOrigin + performance.now(),
    pollMs,
  });
  const server = await serveController(controller, address, region.operatorToken);
  const stop = () => controller.stop();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  await controller.run();
  server.close();
  server.closeAllConnections();
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CastleError) && !(error instanceof ClusterError)) throw error;
  process.stderr.write(`error: ${error.message} (${error.code})\n`);
  process.exit(2);
}
