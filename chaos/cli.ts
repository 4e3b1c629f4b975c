// The drill's command: declarations only; the action loads what it needs when it runs.

import type { Command } from "commander";

/** Registers drill. */
export function registerDrill(program: Command): void {
  program
    .command("drill")
    .description(
      "start an exchange on three zones, trade on it, take the primary's zone away and give it back, " +
        "and prove by a report that no acknowledged order was lost",
    )
    .option("--rate <n>", "orders and cancels a second of the synthetic flow (default: 2000)")
    .option("--duration <seconds>", "how long the load lasts (default: 30)")
    .option("--seed <n>", "repeats the synthetic flow of an earlier drill (default: by chance)")
    .option("--flow <file>", "replay recorded order flow instead (LOBSTER messages, .gz too)")
    .option("--speed <factor>", "with --flow: how much faster than recorded (default: 20)")
    .option("--zones <kind>", "auto, netns (network namespaces) or loopback (default: auto)")
    .option(
      "--fault <name>",
      "zone (falls silent), crash or pause of the primary, or a planned switchover (default: zone)",
    )
    .option("--report-dir <dir>", "where the report goes (default: castle-report/<time>)")
    .option("--data <dir>", "use and keep this data directory (default: a fresh one)")
    .option("--port-base <port>", "lowest of the ports' range")
    .option("--redis-url <url>", "use this Redis (7 or newer) instead of starting one")
    .option("--postgres-url <url>", "use this PostgreSQL instead of starting one")
    .option("--json", "print one JSON object at the end; all else goes to stderr")
    .addHelpText(
      "after",
      "\nExit codes: 0 the hypothesis held; 1 it deviated or stayed unknown; 2 it could not run.",
    )
    .action(async (options) => (await import("./drill-command.ts")).drillCommand(options));
}

const exitCodes =
  "\nExit codes: 0 everything held; 1 it deviated or stayed unknown; 2 it could not run.";

/** Registers chaos and its campaigns. */
export function registerChaos(program: Command): void {
  const chaos = program
    .command("chaos")
    .description("attack an exchange from outside, for long, and look whether it holds");
  attack(
    chaos,
    "kill-any",
    "kill any one process (engines, gateways, Redis, PostgreSQL, history) at random moments under " +
      "load, again and again, and prove that nothing acknowledged is lost",
    300,
  )
    .option("--times <n>", "how many kills (default: 100)")
    .action(async (options) => (await import("./kill-any-command.ts")).killAnyCommand(options));
  campaign(chaos, "crash", "kill the primary's process under load, again and again").option(
    "--times <n>",
    "how many crashes (default: 100)",
  );
  campaign(
    chaos,
    "zone-loss",
    "let the primary's zone fall silent under load and give it back, again and again",
  ).option("--times <n>", "how many losses (default: 100)");
  campaign(
    chaos,
    "switchover",
    "let the primary hand over to its standby under load, as planned, again and again",
  ).option("--times <n>", "how many switchovers (default: 100)");
  campaign(
    chaos,
    "false-failover",
    "lose packets between all zones and let every process stand still for a moment each second: " +
      "nobody may be promoted by it",
  )
    .option("--minutes <n>", "for how long (default: 30)")
    .option("--loss <percent>", "of the packets between zones, each way (default: 10)")
    .option("--pause <ms>", "of each process, once a second (default: 100)");
  regionLoss(chaos);
}

/** Two regions at once need more room, and zones inside of them are processes. */
function regionLoss(chaos: Command): void {
  chaos
    .command("region-loss")
    .description(
      "kill the region that leads, under load at the gateways of both, and let the other one open; " +
        "measure the gap and list what is lost, each time with two fresh regions",
    )
    .option("--times <n>", "how many losses (default: 10)")
    .option(
      "--approval <mode>",
      "automatic, or manual by castle failover --approve (default: automatic)",
    )
    .option("--region-sync", "durability of both regions: nothing acknowledged may be lost")
    .option("--rtt <ms>", "round trip between the regions (default: 70)")
    .option("--rate <n>", "orders and cancels a second (default: 200)")
    .option("--seed <n>", "repeats the flow of an earlier run (default: by chance)")
    .option("--report-dir <dir>", "where the report goes (default: castle-report/<time>)")
    .option("--data <dir>", "use and keep this data directory (default: a fresh one)")
    .option("--port-base <port>", "lowest of the ports' range")
    .option("--json", "print one JSON object at the end; all else goes to stderr")
    .addHelpText("after", exitCodes)
    .action(async (options) =>
      (await import("./region-loss/region-loss-command.ts")).regionLossCommand(options),
    );
}

type CampaignName = "crash" | "zone-loss" | "switchover" | "false-failover";

function campaign(chaos: Command, name: CampaignName, description: string): Command {
  return attack(chaos, name, description, 200).action(async (options) =>
    (await import("./campaign/campaign-command.ts")).campaignCommand(name, options),
  );
}

/** What all attacks have in common. */
function attack(chaos: Command, name: string, description: string, rate: number): Command {
  return chaos
    .command(name)
    .description(description)
    .option("--rate <n>", `orders and cancels a second (default: ${rate})`)
    .option("--seed <n>", "repeats the choices of an earlier run (default: by chance)")
    .option("--zones <kind>", "auto, netns (network namespaces) or loopback (default: auto)")
    .option("--report-dir <dir>", "where the report goes (default: castle-report/<time>)")
    .option("--data <dir>", "use and keep this data directory (default: a fresh one)")
    .option("--port-base <port>", "lowest of the ports' range")
    .option("--json", "print one JSON object at the end; all else goes to stderr")
    .addHelpText("after", exitCodes);
}
