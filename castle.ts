// The command line: `castle <verb>`. A verb's module is loaded only when the verb is asked for, so that
// every command starts quickly and a fault in one leaves the others alone.
// Exit codes: 0 done; 1 the command's own "no" (a drill not held, a failed test); 2 it could not run;
// operations besides: 1 broken off midway, 3 refused by their checks.

import { Command, CommanderError } from "commander";

interface Verb {
  readonly summary: string;
  readonly load: () => Promise<(program: Command) => void>;
}

const cluster = async () => (await import("./failover/cli.ts")).registerCluster;

const operations = async () => (await import("./failover/operations-cli.ts")).registerOperations;
const inspection = async () => (await import("./failover/operations-cli.ts")).registerInspection;

const verbs: Readonly<Record<string, Verb>> = {
  up: { summary: "start an exchange on this machine and supervise it", load: cluster },
  status: { summary: "show roles, epochs, positions and lag of a running exchange", load: cluster },
  down: { summary: "stop a running exchange", load: cluster },
  switchover: { summary: "hand over to the standby, or to the other region", load: operations },
  failover: { summary: "take over from a lost primary, or a lost region", load: operations },
  failback: { summary: "hand over to where it is at home", load: operations },
  fence: { summary: "tell an engine or a region to serve nobody", load: operations },
  unfence: { summary: "let a fenced engine or region take part again", load: operations },
  pause: { summary: "hands off: no automatic failover", load: operations },
  resume: { summary: "end the pause", load: operations },
  member: { summary: "replace a member of the quorum", load: operations },
  zone: { summary: "take an ill zone out of traffic, and let it in again", load: operations },
  redis: { summary: "bring a managed Redis back to its zone", load: operations },
  reopen: { summary: "change the trading status of symbols", load: operations },
  preflight: { summary: "say whether an operation would be allowed now", load: inspection },
  doctor: { summary: "find misconfiguration before a failover does", load: inspection },
  reconcile: {
    summary: "list, and send again, what a lost region did and the new one does not have",
    load: inspection,
  },
  history: { summary: "show what engines decided and operators did", load: inspection },
  drill: {
    summary: "take the primary's zone away under load, and prove that no order was lost",
    load: async () => (await import("./chaos/cli.ts")).registerDrill,
  },
  replay: {
    summary: "feed recorded order flow through the engine's core",
    load: async () => (await import("./engine/replay/cli.ts")).registerReplay,
  },
  sim: {
    summary: "run the replication protocol under a simulated, faulty network",
    load: async () => (await import("./test/sim/cli.ts")).registerSim,
  },
  chaos: {
    summary: "kill any one process at random moments, again and again",
    load: async () => (await import("./chaos/cli.ts")).registerChaos,
  },
  cost: {
    summary: "estimate what a stack costs a month on AWS, before it is deployed",
    load: async () => (await import("./infra/cli.ts")).registerCost,
  },
  diagram: {
    summary: "draw what a stack deploys",
    load: async () => (await import("./infra/cli.ts")).registerDiagram,
  },
  test: {
    summary: "run the project's whole check",
    load: async () => (await import("./test/cli.ts")).registerTest,
  },
};

async function main(argv: readonly string[]): Promise<number> {
  const wantsJson = argv.includes("--json");
  const writeJson = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
  try {
    const program = new Command("castle")
      .description("An exchange that survives the loss of its zone and of its region.")
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({
        writeOut: (text) => (wantsJson ? writeJson({ help: text }) : process.stdout.write(text)),
        outputError: (text, write) => write(`${text.trimEnd()} (see --help)\n`),
      });
    const asked = (argv[0] === "help" ? argv[1] : argv[0]) ?? "";
    if (Object.hasOwn(verbs, asked)) (await verbs[asked]?.load())?.(program);
    const registered = new Set(program.commands.map((command) => command.name()));
    for (const [name, { summary }] of Object.entries(verbs)) {
      if (!registered.has(name)) program.command(name).description(summary);
    }
    await program.parseAsync([...argv], { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const fault = error as Error & { readonly code?: unknown };
    const isUsage = error instanceof CommanderError;
    const code = isUsage ? "USAGE" : typeof fault.code === "string" ? fault.code : "BUG";
    // An error with a code says all there is to say; anything else is a bug and shows where it is.
    // Commander has printed its own line already.
    const oneLine = fault.message.replaceAll(/\s*\n\s*/g, " | ");
    const line = code === "BUG" ? fault.stack : `${oneLine} (${code})`;
    if (!isUsage) process.stderr.write(`error: ${line}\n`);
    if (wantsJson) {
      writeJson({ error: { code, message: fault.message.replace(/^error: /, "") } });
    }
    return 2;
  }
}

const exitCode = await main(process.argv.slice(2));
// Everything written to a pipe must be out before the process ends.
process.stdout.write("", () => process.exit(exitCode));
