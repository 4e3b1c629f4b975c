// Run before a node's program, on hosts and in containers: writes exchange.json, keys.json and what else
// the environment brings into a folder in memory. `node configure.mjs FOLDER`. It prints no value.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InfraError } from "../errors.ts";
import { fillConfig, keysFile, nodeName } from "./fill-config.ts";

async function configure(folder: string): Promise<void> {
  const { env } = process;
  const exchange = given(env.CASTLE_EXCHANGE, env.CASTLE_EXCHANGE_FILE);
  const keep = (name: string, text: string) =>
    writeFileSync(join(folder, name), text, { mode: 0o600 });
  mkdirSync(join(folder, "tls"), { recursive: true, mode: 0o700 });
  if (exchange !== undefined) keep("exchange.json", fillConfig(exchange, env));
  if (env.CASTLE_DEPLOYMENT !== undefined) keep("deployment.json", env.CASTLE_DEPLOYMENT);
  // Of the controller: the other region's exchange.
  if (env.CASTLE_PEER_EXCHANGE !== undefined) {
    keep("peer-exchange.json", fillConfig(env.CASTLE_PEER_EXCHANGE, env));
  }
  keep("keys.json", keysFile(env));
  if (env.TLS_CERTIFICATE !== undefined) keep("tls/cert.pem", env.TLS_CERTIFICATE);
  if (env.TLS_KEY !== undefined) keep("tls/key.pem", env.TLS_KEY);
  if (env.CASTLE_CERTIFICATE_ARN !== undefined) {
    // Only where it is used: it brings the SDK with it.
    const { gatewayCertificate } = await import("./gateway-certificate.ts");
    const { CASTLE_CERTIFICATE_ARN: arn, AWS_ENDPOINT_URL_ACM: endpoint } = env;
    const { certificate, key } = await gatewayCertificate(arn, endpoint);
    keep("tls/cert.pem", certificate);
    keep("tls/key.pem", key);
  }
  keep("node", nodeName(env.CASTLE_NODE ?? "", await zoneName(), env.CASTLE_ZONES ?? "{}"));
}

const given = (text: string | undefined, file: string | undefined): string | undefined =>
  text ?? (file === undefined ? undefined : readFileSync(file, "utf8"));

/** A pod is told; a task of ECS has to ask; elsewhere it is nothing. */
async function zoneName(): Promise<string | undefined> {
  if (process.env.CASTLE_ZONE) return process.env.CASTLE_ZONE;
  const uri = process.env.ECS_CONTAINER_METADATA_URI_V4;
  if (uri === undefined) return undefined;
  const answer = await fetch(`${uri}/task`, { signal: AbortSignal.timeout(5_000) });
  const task = (await answer.json()) as { readonly AvailabilityZone?: string };
  return task.AvailabilityZone;
}

try {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new InfraError("SECRET_MISSING", "usage: configure.mjs FOLDER");
  await configure(folder);
} catch (error) {
  const code = error instanceof InfraError ? error.code : "BUG";
  process.stderr.write(`error: ${(error as Error).message} (${code})\n`);
  process.exit(2);
}
