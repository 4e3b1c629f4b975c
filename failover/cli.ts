// The cluster's commands: declarations only; each action loads what it needs when it runs.

import type { Command } from "commander";
import { defaultDataDir } from "./cli-options.ts";
import { defaultPortBase } from "./local/zones.ts";

/** Registers up, status and down. */
export function registerCluster(program: Command): void {
  const dataOption = ["--data <dir>", "where the exchange keeps its data", defaultDataDir] as const;

  program
    .command("up")
    .description("start an exchange on this machine and supervise it; Ctrl-C stops it cleanly")
    .option(...dataOption)
    .option("--zones <kind>", "what zones are made of: loopback or netns", "loopback")
    .option("--port-base <port>", "lowest of the fixed ports' range", String(defaultPortBase))
    .option("--redis-url <url>", "use this Redis (7 or newer) instead of starting one")
    .option("--postgres-url <url>", "use this PostgreSQL instead of starting one")
    .option("--regions", "two regions, prod and dr, with a register and controllers")
    .option("--region-sync", "with --regions: nothing is acknowledged before both have it")
    .option("--rtt <ms>", "with --regions: round trip between them", "70")
    .option("--json", "print one JSON object when serving; all else goes to stderr")
    .action(async (options) => (await import("./commands/up.ts")).up(options));

  program
    .command("status")
    .description("show roles, epochs, positions and lag, what is paused or fenced, last switches")
    .option(...dataOption)
    .option("--config <file>", "deployment.json: both regions, register, controllers, traffic")
    .option("--watch", "show it again every second, until Ctrl-C")
    .option("--json", "print one JSON object; with --watch one a line, each second")
    .action(async (options) => (await import("./commands/status.ts")).status(options));

  program
    .command("down")
    .description("stop a running exchange and wait until it has ended; none running is fine too")
    .option(...dataOption)
    .option("--json", "print one JSON object")
    .action(async (options) => (await import("./commands/down.ts")).down(options));
}
