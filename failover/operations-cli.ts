// The operators' commands: declarations only; each action loads what it needs when it runs.

import type { Command } from "commander";
import { defaultDataDir } from "./cli-options.ts";

const exitCodes = `
Exit codes: 0 done, or nothing to do; 1 failed or broken off midway; 2 wrong input or not possible;
3 the checks refuse it, nothing was done.`;

const load = () => import("./commands/operations.ts");

/** Where, and how it is shown. */
function atPlace(command: Command): Command {
  return command
    .option("--data <dir>", "data directory of a local exchange", defaultDataDir)
    .option("--config <file>", "deployment.json, for what is not local or has two regions")
    .option("--json", "print one JSON object");
}

/** What every operation takes. */
function asOperation(command: Command): Command {
  return atPlace(command)
    .option("--dry-run", "print checks, steps and time budgets; do nothing")
    .option("--yes", "do not ask before destructive steps")
    .option("--reason <text>", "why, for those who read the log")
    .option("--by <name>", "who (default: user and host)")
    .option("--resume <id>", "continue an interrupted operation")
    .option("--abandon <id>", "give an interrupted operation up")
    .addHelpText("after", exitCodes);
}

/** Registers switchover, failover, failback, fence, unfence, pause, resume, member, zone, redis, reopen. */
export function registerOperations(program: Command): void {
  asOperation(program.command("switchover"))
    .description("hand over, planned, with nothing lost: to the standby, or to the other region")
    .option("--to <engine>", "engine that is to serve (default: the standby)")
    .option("--region <name>", "region that is to lead")
    .action(async (options) => (await load()).switchover(options));

  asOperation(program.command("failover"))
    .description("take over from what is lost: the primary, or a region")
    .option("--to <engine>", "engine that is to serve (default: the most recent one)")
    .option("--region <name>", "region that is to lead")
    .option("--force", "go on where a check allows it by force; needs --reason")
    .option(
      "--approve <id>",
      "let the takeover go that a controller has proposed (--dry-run shows it)",
    )
    .action(async (options) => (await load()).failover(options));

  asOperation(program.command("failback"))
    .description("a planned switchover home: to the region, or engine, that is configured first")
    .action(async (options) => (await load()).failback(options));

  const told = {
    fence: "tell an engine, or those of a region, to serve nobody until unfenced",
    unfence: "let a fenced engine, or those of a region, take part again",
    pause: "hands off: no automatic failover until resume (of all engines, or one, or a region's)",
    resume: "end the pause",
  } as const;
  for (const word of ["fence", "unfence"] as const) {
    asOperation(program.command(`${word} [target]`))
      .description(told[word])
      .action(async (target, options) => (await load()).tell(word, target, options));
  }
  for (const word of ["pause", "resume"] as const) {
    asOperation(program.command(`${word} [target]`))
      .description(told[word])
      .action(async (target, options) => (await load()).tell(word, target, options));
  }

  const member = program.command("member").description("members of the quorum");
  asOperation(member.command("replace [engine]"))
    .description(
      "give an engine's seat to a new machine or disk; the old one is nobody from then on",
    )
    .action(async (engine, options) => (await load()).memberReplace(engine, options));
  member
    .command("seat <dir>")
    .description("make an empty directory the disk of a new incarnation of an engine")
    .requiredOption("--engine <engine>", "engine-1 or engine-2")
    .requiredOption("--incarnation <n>", "as castle member replace names it")
    .requiredOption("--shard <shard>", "as in exchange.json")
    .option("--dry-run", "say whether the directory may be it; do nothing")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExit codes: 0 it is, or would be; 2 wrong input, or another engine's disk.",
    )
    .action(async (dir, options) =>
      (await import("./commands/member-seat.ts")).memberSeat(dir, options),
    );

  registerZones(program);

  asOperation(program.command("reopen [symbol]"))
    .description(
      "change the trading status of a symbol, or of all: halt, cancelOnly, auction, trading",
    )
    .option("--all", "every symbol")
    .option("--status <status>", "halt, cancelOnly, auction or trading")
    .action(async (symbol, options) => (await load()).reopen(symbol, options));
}

/** What AWS does for a region: balancers shifted out of a zone, the managed Redis brought home. */
function registerZones(program: Command): void {
  const zone = program.command("zone").description("zones of a region, for its clients");
  asOperation(zone.command("leave [zone]"))
    .description(
      "take an ill zone out of the balancers; the primary hands over first if it is there",
    )
    .option("--region <name>", "region of the zone (default: the one that leads)")
    .option("--hours <n>", "after so long it ends by itself, 1 to 72", "4")
    .action(async (name, options) => (await load()).zoneLeave(name, options));
  asOperation(zone.command("return [zone]"))
    .description("let the balancers send to the zone again; the primary stays where it is")
    .option("--region <name>", "region of the zone (default: the one that leads)")
    .action(async (name, options) => (await load()).zoneReturn(name, options));

  const redis = program.command("redis").description("the managed Redis of a region");
  asOperation(redis.command("place"))
    .description("move its primary back to the zone that exchange.json names")
    .option("--region <name>", "region of the Redis (default: the one that leads)")
    .action(async (options) => (await load()).redisPlace(options));
}

/** Registers preflight, doctor, history. */
export function registerInspection(program: Command): void {
  atPlace(program.command("preflight [operation]"))
    .description("say whether switchover, failover or failback would be allowed now, and why")
    .option("--region <name>", "region that is to lead")
    .addHelpText("after", "\nExit codes: 0 it would go; 2 wrong input; 3 it would be refused.")
    .action(async (operation, options) =>
      (await import("./commands/preflight.ts")).preflight(operation, options),
    );

  atPlace(program.command("doctor"))
    .description("find misconfiguration before a failover does: clocks, versions, Redis, disks, …")
    .addHelpText("after", "\nExit codes: 0 nothing fails; 1 something does; 2 it could not look.")
    .action(async (options) => (await import("./commands/doctor.ts")).doctor(options));

  atPlace(program.command("history"))
    .description("show decisions of engines and steps of operations, newest last")
    .option("--since <time>", "a time, or an age like 90s, 10m, 2h, 1d")
    .action(async (options) => (await import("./commands/history.ts")).history(options));

  program
    .command("reconcile <old> <new>")
    .description(
      "list what the old region carried out and the new one does not have; send it again",
    )
    .option("--exchange <file>", "exchange.json of either region (default: beside the directories)")
    .option("--format <format>", "text, csv or json", "text")
    .option("--out <file>", "where csv or json is written; the summary is still printed")
    .option("--replay <file>", "send these again: ids, or account/clientOrderId, one a line")
    .option("--replay-all", "send all that is lost again")
    .option("--to <url>", "the new region's gateway, for --replay and --replay-all")
    .option("--keys <file>", "keys.json with the accounts' keys (default: as the exchange says)")
    .option("--dry-run", "print what --replay would send")
    .option("--yes", "send it; without it --replay only prints")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nold and new are directories of engines, or of exchanges: then the engine whose journal goes\nfurthest is read.\n\nExit codes: 0 nothing differs, or all was sent; 1 differences are listed, or some were refused;\n2 wrong input.",
    )
    .action(async (old, now, options) =>
      (await import("./commands/reconcile.ts")).reconcile(old, now, options),
    );
}
