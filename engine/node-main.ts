// What all node programs have in common: their two arguments, their logger, and how they end.
// Exit codes: 0 stopped, 1 a bug (the supervisor starts the node again), 2 cannot run as configured.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Logger, pino } from "pino";
import { z } from "zod";
import { diskFaultOf } from "./adapters/storage/disk-fault.ts";
import { type ExchangeConfig, exchangeSchema, type Keys, keysSchema, loadJson } from "./config.ts";
import { CastleError } from "./errors.ts";

export interface NodeContext {
  readonly config: ExchangeConfig;
  readonly keys: Keys;
  readonly name: string;
  /** The node's own folder below the data directory. */
  readonly directory: string;
  readonly log: Logger;
  /** Ends the process at once: crash beats guess. */
  readonly onFatal: (error: unknown) => void;
}

/** Bounded: what hangs at the end is ended by the exit. */
const stopTimeoutMs = 4_000;

const argumentsSchema = z.object({ config: z.string(), node: z.string() });

function parseArguments(): z.infer<typeof argumentsSchema> {
  try {
    const { values } = parseArgs({
      options: { config: { type: "string" }, node: { type: "string" } },
    });
    return argumentsSchema.parse(values);
  } catch {
    throw new CastleError("CONFIG_INVALID", "usage: --config FILE --node NAME");
  }
}

/** Runs a node until it is told to stop. `start` returns how to stop it. */
export async function runNode(
  start: (context: NodeContext) => Promise<() => Promise<void>>,
): Promise<void> {
  const log = pino({ level: "info", redact: ["*.secretKey", "secretKey"] });
  const onFatal = (error: unknown) => {
    const fault = error instanceof CastleError ? error : diskFaultOf(error);
    if (fault === null) log.fatal({ err: error }, "ending: the state cannot be trusted any more");
    else {
      log.fatal({ code: fault.code, err: error }, fault.message);
      process.stderr.write(`error: ${fault.message} (${fault.code})\n`);
    }
    // Only another version of the code can go on from it.
    process.exit(fault?.code === "VERSION_MISMATCH" ? 2 : 1);
  };
  process.on("uncaughtException", onFatal);
  process.on("unhandledRejection", onFatal);
  try {
    const { config: file, node: name } = parseArguments();
    const config = loadJson(exchangeSchema, file);
    const keys = loadJson(keysSchema, config.keysFile);
    const directory = join(config.dataDir, name);
    const stop = await start({ config, keys, name, directory, log, onFatal });
    stopOnSignal(stop, log);
  } catch (error) {
    if (!(error instanceof CastleError)) throw error;
    log.error({ code: error.code }, error.message);
    process.stderr.write(`error: ${error.message} (${error.code})\n`);
    process.exit(2);
  }
}

/** A follower starts without Redis too; one of the wrong version must be replaced first. */
export function passUnreachable(error: unknown): null {
  if (error instanceof CastleError && error.code !== "REDIS_TOO_OLD") return null;
  throw error;
}

function stopOnSignal(stop: () => Promise<void>, log: Logger): void {
  let isStopping = false;
  const end = () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, "did not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}
