// castle drill: starts an exchange on three zones, trades on it, takes the primary's zone away,
// gives it back, and holds everything that clients were told against what the exchange kept.
// Whatever happens, what was started is stopped before this returns.

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
import type { DrillReport } from "./drill-report.ts";
import { ChaosError } from "./errors.ts";
import type { Experiment } from "./experiment.ts";
import { primaryCrash } from "./experiments/primary-crash.ts";
import { primaryPause } from "./experiments/primary-pause.ts";
import { zoneLoss } from "./experiments/zone-loss.ts";
import { readLedger } from "./load/ledger.ts";
import { loadPlan } from "./load/load-plan.ts";
import { LoadProcess, loadMain } from "./load/load-process.ts";
import { outcome } from "./outcome.ts";
import { writeReport } from "./report/write-report.ts";
import { runExperiment } from "./run.ts";
import { type Gathered, gather } from "./verify/gather.ts";
import type { View } from "./view.ts";
import { Watch } from "./watch.ts";

const experiments: Readonly<Record<DrillOptions["fault"], Experiment>> = {
  zone: zoneLoss,
  crash: primaryCrash,
  pause: primaryPause,
};

/** Where another exchange may be running on the fixed ports, a drill on loopback goes elsewhere. */
const DRILL_PORT_BASE = 17_000;

const now = () => performance.timeOrigin + performance.now();

/** Inside of zones, where zones are possible: the program is started again there by this call. */
export async function drill(
  options: DrillOptions,
  makeView: () => View,
  signal: AbortSignal,
): Promise<DrillReport> {
  const substrate = await openSubstrate({
    wanted: options.zones,
    dataDir: options.data ?? tmpdir(),
    needsOutside: options.redisUrl !== undefined || options.postgresUrl !== undefined,
  });
  const view = makeView();
  const dataDir = options.data ?? mkdtempSync(join(tmpdir(), "castle-drill-"));
  const reportDir = makeReportDir(options.reportDir);
  let exchange: Exchange | undefined;
  let report: DrillReport | undefined;
  try {
    exchange = await start(options, { substrate, dataDir, view, signal });
    report = await drillOn(exchange, options, { reportDir, view, signal });
    writeReport(report);
    return report;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new ChaosError(
      "DRILL_INTERRUPTED",
      "interrupted: everything that was started is stopped, and there is no verdict",
    );
  } finally {
    await exchange?.stop();
    view.end();
    // Evidence is kept where there is something to look into.
    const isClean = report?.verdict === "held" || exchange === undefined || signal.aborted;
    if (options.data === undefined && isClean) rmSync(dataDir, { recursive: true, force: true });
    else view.note(`the exchange's data and logs are kept in ${dataDir}`);
  }
}

async function start(
  options: DrillOptions,
  parts: { substrate: Substrate; dataDir: string; view: View; signal: AbortSignal },
): Promise<Exchange> {
  const { substrate, dataDir, view, signal } = parts;
  view.note(
    substrate.kind === "netns"
      ? "zones are network namespaces: a lost zone is perfectly silent"
      : `zones are processes on loopback (${substrate.reason ?? "as asked"}); the report says so`,
  );
  view.note(`starting an exchange on zones a, b, c; seed ${options.seed}`);
  const portBase =
    options.portBase ?? (substrate.kind === "loopback" ? DRILL_PORT_BASE : undefined);
  return startExchange({
    dataDir,
    substrate,
    ...(portBase !== undefined && { ports: portsFrom(portBase) }),
    redisUrl: options.redisUrl,
    postgresUrl: options.postgresUrl,
    // A drill's few clients trade for thousands: the limits of one client are not what it tests.
    limits: {
      requestWeightPerMinute: 1e8,
      rawRequestsPer5Minutes: 1e8,
      ordersPer10Seconds: 1e6,
      ordersPerDay: 1e9,
    },
    tell: (line) => view.note(line),
    signal,
  });
}

async function drillOn(
  exchange: Exchange,
  options: DrillOptions,
  parts: { reportDir: string; view: View; signal: AbortSignal },
): Promise<DrillReport> {
  const { reportDir, view, signal } = parts;
  const experiment = experiments[options.fault];
  const ledgerFile = join(reportDir, "ledger.jsonl");
  const plan = loadPlan(exchange, options, ledgerFile);
  const child = exchange.spawnIn("client", process.execPath, [loadMain], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const load = new LoadProcess(child);
  try {
    await load.prepare(plan);
    const watch = new Watch({ exchange, load, view, now });
    const { durationMs } = options;
    const run = await runExperiment({ experiment, exchange, load, durationMs, watch, signal, now });
    view.note("comparing the clients' ledger with the book, the journal and PostgreSQL");
    const engines = run.settled.look.engines
      .toSorted((a, b) => Number(b.role === "primary") - Number(a.role === "primary"))
      .map(({ node }) => node);
    const gathered = await gather(exchange, engines, run.openOrders).catch(
      (error: Error): Gathered | string => error.message,
    );
    return outcome({
      experiment,
      options,
      run,
      ledger: readLedger(ledgerFile),
      gathered,
      substrate: exchange.substrate,
      clients: plan.accounts.length,
      lagMsMax: watch.lagMsMax,
      reportDir,
    });
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
