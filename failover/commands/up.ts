// castle up: an exchange in the foreground, until Ctrl-C or `castle down`.

import { parseOptions, upOptions } from "../cli-options.ts";
import type { Exchange } from "../local/exchange.ts";
import { beganAtMs, openSubstrate } from "../local/open-substrate.ts";
import { startExchange } from "../local/start.ts";
import { portsFrom } from "../local/zones.ts";
import { welcome, welcomeJson } from "./welcome.ts";

export async function up(given: unknown): Promise<void> {
  const options = parseOptions(upOptions, given);
  if (options.regions) {
    await (await import("./up-regions.ts")).upRegions(options);
    return;
  }
  const tell = (line: string) => process.stderr.write(`castle: ${line}\n`);
  const substrate = await openSubstrate({
    wanted: options.zones,
    dataDir: options.data,
    needsOutside: options.redisUrl !== undefined || options.postgresUrl !== undefined,
    tell,
  });
  const interrupted = new AbortController();
  let exchange: Exchange | undefined;
  const onSignal = () => {
    tell("stopping");
    interrupted.abort();
    void exchange?.stop();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, onSignal);
  exchange = await startExchange({
    dataDir: options.data,
    substrate,
    ports: portsFrom(options.portBase),
    redisUrl: options.redisUrl,
    postgresUrl: options.postgresUrl,
    signal: interrupted.signal,
    tell,
  });
  const stopped = new Promise<void>((done) => exchange.once("stopped", () => done()));
  exchange.on("exit", ({ name, code, signal, error, restartInMs }) => {
    const how = error?.message ?? (signal === null ? `exit code ${code}` : signal);
    tell(`${name} died (${how}); started again in ${restartInMs} ms`);
  });
  // What the user has waited for.
  const afterMs = Math.round(performance.timeOrigin + performance.now() - beganAtMs);
  if (options.json) process.stdout.write(`${JSON.stringify(welcomeJson(exchange, afterMs))}\n`);
  else process.stdout.write(welcome(exchange, afterMs));
  await stopped;
  tell("stopped");
}
