// One exchange with a load on it, for as long as an experiment lasts. Whatever happens in between,
// what was started is stopped before this returns, and evidence is kept where there is a reason to
// look into it.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  type Exchange,
  openSubstrate,
  portsFrom,
  type Substrate,
  startExchange,
} from "../failover/index.ts";
import type { DrillOptions } from "./drill-options.ts";
import { ChaosError } from "./errors.ts";
import { loadLimits } from "./load/load-limits.ts";
import { loadPlan } from "./load/load-plan.ts";
import { LoadProcess, loadMain } from "./load/load-process.ts";
import type { Verdict } from "./verdict.ts";
import type { View } from "./view.ts";

export type SessionOptions = Pick<
  DrillOptions,
  | "zones"
  | "data"
  | "portBase"
  | "redisUrl"
  | "postgresUrl"
  | "reportDir"
  | "seed"
  | "rate"
  | "flow"
  | "speed"
  | "durationMs"
>;

export interface Session {
  readonly exchange: Exchange;
  /** Prepared, not started. */
  readonly load: LoadProcess;
  readonly clients: number;
  readonly ledgerFile: string;
  readonly historyFile: string;
  readonly reportDir: string;
  readonly view: View;
}

/** Where another exchange may be running on the fixed ports, one for chaos on loopback goes elsewhere. */
const LOOPBACK_PORT_BASE = 17_000;
/** Inside of zones, where zones are possible: the program is started again there by this call. */
export async function withSession<T extends { readonly verdict: Verdict }>(
  options: SessionOptions,
  { makeView, signal }: { makeView: () => View; signal: AbortSignal },
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const substrate = await openSubstrate({
    wanted: options.zones,
    dataDir: options.data ?? tmpdir(),
    needsOutside: options.redisUrl !== undefined || options.postgresUrl !== undefined,
  });
  const view = makeView();
  const dataDir = options.data ?? mkdtempSync(join(tmpdir(), "castle-drill-"));
  const reportDir = makeReportDir(options.reportDir);
  let exchange: Exchange | undefined;
  let isWorthKeeping = false;
  try {
    exchange = await start(options, { substrate, dataDir, view, signal });
    isWorthKeeping = true;
    const result = await withLoad(exchange, options, { reportDir, view }, use);
    isWorthKeeping = result.verdict !== "held";
    return result;
  } catch (error) {
    if (!signal.aborted) throw error;
    isWorthKeeping = false;
    throw new ChaosError(
      "DRILL_INTERRUPTED",
      "interrupted: everything that was started is stopped, and there is no verdict",
    );
  } finally {
    await exchange?.stop();
    view.end();
    if (options.data === undefined && !isWorthKeeping) {
      rmSync(dataDir, { recursive: true, force: true });
    } else view.note(`the exchange's data and logs are kept in ${dataDir}`);
  }
}

async function start(
  options: SessionOptions,
  parts: { substrate: Substrate; dataDir: string; view: View; signal: AbortSignal },
): Promise<Exchange> {
  const { substrate, dataDir, view, signal } = parts;
  view.note(
    substrate.kind === "netns"
      ? "zones are network namespaces: a lost zone is perfectly silent"
      : `zones are processes on loopback (${substrate.reason ?? "as asked"}); the report says so`,
  );
  view.note(`starting an exchange on zones a, b, c; seed ${options.seed}`);
  const isLoopback = substrate.kind === "loopback";
  const portBase = options.portBase ?? (isLoopback ? LOOPBACK_PORT_BASE : undefined);
  return startExchange({
    dataDir,
    substrate,
    ...(portBase !== undefined && { ports: portsFrom(portBase) }),
    redisUrl: options.redisUrl,
    postgresUrl: options.postgresUrl,
    limits: loadLimits,
    tell: (line) => view.note(line),
    signal,
  });
}

async function withLoad<T>(
  exchange: Exchange,
  options: SessionOptions,
  { reportDir, view }: { reportDir: string; view: View },
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const ledgerFile = join(reportDir, "ledger.jsonl");
  const historyFile = join(reportDir, "history.jsonl");
  const plan = loadPlan(exchange, options, { ledgerFile, historyFile });
  const child = exchange.spawnIn("client", process.execPath, [loadMain], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const load = new LoadProcess(child);
  try {
    await load.prepare(plan);
    const clients = plan.accounts.length;
    return await use({ exchange, load, clients, ledgerFile, historyFile, reportDir, view });
  } finally {
    await load.exit();
  }
}

/** Named by time, so that reports lie in order. */
function makeReportDir(asked: string | undefined): string {
  const stamp = new Date().toISOString().replace(/[:.]/g, "-");
  const dir = asked ?? resolve("castle-report", stamp);
  mkdirSync(dir, { recursive: true });
  rmSync(join(dir, "ledger.jsonl"), { force: true });
  return dir;
}
