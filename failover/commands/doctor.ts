// castle doctor: finds misconfiguration before a failover does. Exit codes: 0 nothing that fails, 1 something
// does, 2 it could not look.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { exchangeSchema, loadJson } from "../../engine/index.ts";
import { parseOptions } from "../cli-options.ts";
import { lookAtDeployment } from "../controllers.ts";
import type { Deployment, DeploymentRegion } from "../deployment.ts";
import {
  examineCertificate,
  examineClock,
  examineDisk,
  examineServed,
} from "../doctor/examine-clocks.ts";
import { type ConfigCopy, examineConfigs } from "../doctor/examine-config.ts";
import { examineRedis } from "../doctor/examine-redis.ts";
import { type DatabaseSeen, examineRegions } from "../doctor/examine-regions.ts";
import { examineView } from "../doctor/examine-view.ts";
import { bad, type Finding, well } from "../doctor/finding.ts";
import { nodesOf } from "../local/nodes.ts";
import { openPorts } from "../open-ports.ts";
import { OperationLog } from "../plan/operation-log.ts";
import type { Ports } from "../ports.ts";
import { outcomeOf } from "../view.ts";
import { deploymentOf, placeShape } from "./operation-options.ts";

const foundExit = 1;
/** A call to AWS, from another continent, with a retry. */
const databaseTimeoutMs = 3_000;

export async function doctor(given: unknown): Promise<void> {
  const options = parseOptions(z.strictObject(placeShape), given);
  const deployment = deploymentOf(options);
  const ports = await openPorts(deployment);
  const view = await lookAtDeployment(deployment, ports, AbortSignal.timeout(10_000));
  const findings = [
    ...examineView(view),
    ...examineRegions(view, deployment.gates, await databaseSeen(ports)),
    ...(await Promise.all(deployment.regions.map(examineRegion))).flat(),
    ...examineConfigs(deployment.regions.flatMap(copiesOf)),
    ...deployment.certificates.map((file) => examineCertificate(file, Date.now())),
    ...examineServed(view, Date.now()),
    ...examineTokens(deployment),
    ...examineOperations(deployment),
  ];
  const count = (level: Finding["level"]) => findings.filter((one) => one.level === level).length;
  const isWell = count("fail") === 0;
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ isWell, findings })}\n`
      : `${findings.map(line).join("")}${count("fail")} fail, ${count("warn")} warn, ${count("ok")} ok\n`,
  );
  if (!isWell) process.exitCode = foundExit;
}

const line = ({ level, id, text, advice }: Finding): string =>
  `${level.padEnd(4)}  ${id.padEnd(17)}  ${text}${advice === undefined ? "" : ` -> ${advice}`}\n`;

async function examineRegion({ name, exchange, exchangeFile }: DeploymentRegion) {
  const dataDir = resolve(dirname(exchangeFile), exchange.dataDir);
  const nodes = nodesOf(exchange);
  const clocks = await Promise.all(
    nodes.map((node) => examineClock(`${name}/${node.name}`, node.statusUrl)),
  );
  const disk = await examineDisk(name, dataDir);
  const isNear = nodes.every(({ statusUrl }) => statusUrl.startsWith("http://127."));
  if (!isNear && clocks.every((found) => found.length === 0)) {
    // Zones of a local exchange that are namespaces, or a network that this program is not in.
    const text = `${name}: no node can be asked directly: clocks and Redis are not looked at`;
    return [bad("warn", "network", text, "run castle doctor in the network of the nodes"), ...disk];
  }
  return [...(await examineRedis(name, exchange.redis.url)), ...clocks.flat(), ...disk];
}

async function databaseSeen({ database }: Ports): Promise<DatabaseSeen | undefined> {
  if (database === undefined) return undefined;
  const { name } = database;
  const writer = await outcomeOf(database.writerRegion(AbortSignal.timeout(databaseTimeoutMs)));
  return writer.kind === "answered"
    ? { name, region: writer.value }
    : { name, problem: writer.problem };
}

/** The region's file, and copies that nodes have beside their data. */
function copiesOf({ name, exchange, exchangeFile }: DeploymentRegion): ConfigCopy[] {
  const dataDir = resolve(dirname(exchangeFile), exchange.dataDir);
  const own = nodesOf(exchange).flatMap((node) => {
    const file = join(dataDir, node.name, "exchange.json");
    if (!existsSync(file)) return [];
    return [{ place: `${name}/${node.name}`, file, exchange: loadJson(exchangeSchema, file) }];
  });
  return [{ place: name, file: exchangeFile, exchange }, ...own];
}

function examineTokens({ regions }: Deployment): Finding[] {
  return regions.map(({ name, operatorToken }) =>
    operatorToken === undefined
      ? bad(
          "fail",
          "token",
          `${name}: this program finds no operatorToken: nothing can be operated from here`,
          "put it into the keys file, or name a file by operatorTokenFile",
        )
      : well("token", `${name}: the operators' token is here`),
  );
}

/** What was begun and never ended, by operators and by controllers. */
function examineOperations({ dataDir, regions }: Deployment): Finding[] {
  const controllers = regions.map(({ exchangeFile }) => join(dirname(exchangeFile), "controller"));
  const left = [...new Set([dataDir, ...controllers])]
    .filter((directory) => existsSync(directory))
    .flatMap((directory) => new OperationLog(directory).plans())
    .filter(({ state }) => state === "unfinished");
  if (left.length === 0) return [well("operations", "no operation is unfinished")];
  return left.map(({ planned }) => {
    const { verb, plan, by, title } = planned;
    return bad(
      "warn",
      "operations",
      `${verb} ${plan} by ${by} is unfinished since ${new Date(planned.atMs).toISOString()}: ${title}`,
      `castle ${verb} --resume ${plan}, or --abandon; a controller resumes its own`,
    );
  });
}
