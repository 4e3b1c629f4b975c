// castle drill: trades on an exchange of three zones, takes the primary's zone away, gives it back,
// and holds everything that clients were told against what the exchange kept.

import type { DrillOptions } from "./drill-options.ts";
import type { DrillReport } from "./drill-report.ts";
import type { Experiment } from "./experiment.ts";
import { primaryCrash } from "./experiments/primary-crash.ts";
import { primaryPause } from "./experiments/primary-pause.ts";
import { plannedSwitchover } from "./experiments/switchover.ts";
import { zoneLoss } from "./experiments/zone-loss.ts";
import { readLedger } from "./load/ledger.ts";
import { outcome } from "./outcome.ts";
import { writeReport } from "./report/write-report.ts";
import { runExperiment } from "./run.ts";
import { type Session, withSession } from "./session.ts";
import { gather } from "./verify/gather.ts";
import { linearizability } from "./verify/linearizability.ts";
import type { View } from "./view.ts";
import { Watch } from "./watch.ts";

const experiments: Readonly<Record<DrillOptions["fault"], Experiment>> = {
  zone: zoneLoss,
  crash: primaryCrash,
  pause: primaryPause,
  switchover: plannedSwitchover,
};

const now = () => performance.timeOrigin + performance.now();

/** Resolves with the report, whose files are written; nothing runs any more then. */
export function drill(
  options: DrillOptions,
  makeView: () => View,
  signal: AbortSignal,
): Promise<DrillReport> {
  return withSession(options, { makeView, signal }, (session) => drillOn(session, options, signal));
}

async function drillOn(
  session: Session,
  options: DrillOptions,
  signal: AbortSignal,
): Promise<DrillReport> {
  const { exchange, load, view, reportDir, clients } = session;
  const experiment = experiments[options.fault];
  const watch = new Watch({ exchange, load, view, now });
  const { durationMs } = options;
  const run = await runExperiment({ experiment, exchange, load, durationMs, watch, signal, now });
  view.note("comparing the clients' ledger with the book, the journal and PostgreSQL");
  const report = outcome({
    experiment,
    options,
    run,
    ledger: readLedger(session.ledgerFile),
    gathered: await gather(exchange, run.settled.look, run.openOrders),
    history: linearizability(session.historyFile),
    substrate: exchange.substrate,
    clients,
    lagMsMax: watch.lagMsMax,
    reportDir,
  });
  writeReport(report);
  return report;
}
