// One loss of a region: two fresh regions with a border between them, clients at the gateways of both, every
// process of the leading region killed at once and the border silent. Nobody lends a hand but, where
// that is the mode, the person who approves. Then everything that clients were told is held against
// the region that is left, and the dead one's journal against that. What was started is stopped.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Regions,
  type RegionsPorts,
  reconcileJournals,
  startRegions,
} from "../../failover/index.ts";
import { ChaosError } from "../errors.ts";
import { type LedgerRecord, readLedger } from "../load/ledger.ts";
import { loadLimits } from "../load/load-limits.ts";
import { loadPlan } from "../load/load-plan.ts";
import { LoadProcess, loadMain } from "../load/load-process.ts";
import { Acknowledgements } from "../measure/acknowledgements.ts";
import { type Settled, settle } from "../probes/settled.ts";
import { gather } from "../verify/gather.ts";
import { verify } from "../verify/verify.ts";
import { approve } from "./approval.ts";
import { type Losses, lossesOf } from "./losses.ts";
import { type Takeover, takeoverIn } from "./takeover.ts";

export interface RegionTrialOptions {
  readonly dataDir: string;
  /** Where the ledger goes: fresh. */
  readonly reportDir: string;
  readonly ports: RegionsPorts;
  readonly approval: "automatic" | "manual";
  readonly durability: "zone" | "region-sync";
  readonly rttMs: number;
  readonly ratePerS: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** `undefined`: could not be measured. */
export interface RegionTrial {
  readonly losses: Losses | undefined;
  /** From the loss to the first acknowledgement of an order meant to be sent after it, worst client. */
  readonly gapMs: number | undefined;
  /** To the controller's plan, to serving gateways, to that acknowledgement; together the gap. */
  readonly detectMs: number | undefined;
  readonly takeoverMs: number | undefined;
  readonly reconnectMs: number | undefined;
  readonly takeover: Takeover | undefined;
  readonly acknowledged: number | undefined;
  /** Acknowledged, and not in the region that is left. */
  readonly lost: number | undefined;
  readonly duplicated: number | undefined;
  readonly contradicted: number | undefined;
  readonly unknown: number | undefined;
  /** Acknowledged after the loss, by gateways of the region that is left. */
  readonly acknowledgedThere: number;
  readonly hashesEqual: boolean | undefined;
  readonly historyEqual: boolean | undefined;
  readonly findings: readonly string[];
}

const now = () => performance.timeOrigin + performance.now();

/** The load is stopped when the trial is over. */
const loadLastsMs = 3_600_000;
/** Under load before the loss, so that compilers have seen it; and after the gap. */
const tradeMs = 3_000;
/** A takeover that takes longer has failed: the steps of its plan are cut off before that. */
const takeoverTimeoutMs = 120_000;
const settleTimeoutMs = 60_000;
const lookEveryMs = 50;

export async function loseRegion(options: RegionTrialOptions): Promise<RegionTrial> {
  const { dataDir, ports, approval, durability, rttMs, signal, tell } = options;
  const regions = await startRegions({
    ...{ dataDir, ports, approval, durability, rttMs, signal },
    limits: loadLimits,
  });
  try {
    await follows(regions, durability, signal);
    tell(`prod leads, dr follows at ${rttMs} ms`);
    return await withLoad(regions, options);
  } finally {
    await regions.stop();
  }
}

/** Both regions' members are whole, and the one that follows knows how far it is behind. */
async function follows({ prod, dr }: Regions, durability: string, signal: AbortSignal) {
  const before = await settle(prod, { timeoutMs: settleTimeoutMs, signal });
  if (before.missing.length > 0) {
    const missing = before.missing.join("; ");
    throw new ChaosError("DRILL_ABORTED", `the leading region never came to rest: ${missing}`);
  }
  await until(signal, settleTimeoutMs, async () => {
    const [here, there] = await Promise.all([prod.status(), dr.status()]);
    const engines = there.nodes.flatMap(({ status }) => (status?.kind === "engine" ? status : []));
    const isInForce = here.nodes.some(
      ({ status }) => status?.kind === "engine" && status.region?.durability === durability,
    );
    const isFollowing = engines.length === 2 && engines.every(({ region }) => region?.lag != null);
    return isInForce && isFollowing && there.isServing;
  });
}

async function withLoad(regions: Regions, options: RegionTrialOptions): Promise<RegionTrial> {
  const { prod, dr } = regions;
  const ledgerFile = join(options.reportDir, "ledger.jsonl");
  const { historyFile: _, ...plan } = loadPlan(
    prod,
    {
      ...{ flow: undefined, speed: 1, rate: options.ratePerS, seed: options.seed },
      durationMs: loadLastsMs,
    },
    { ledgerFile, historyFile: "" },
  );
  const endpoints = [prod, dr].flatMap(({ config, gatewayUrls }) =>
    gatewayUrls.map(({ zone, ws }) => ({
      name: `${config.region?.name}/gateway-${zone}`,
      url: `${ws}/ws-api/v3?returnRateLimits=false`,
    })),
  );
  // Of no region: clients live on.
  const child = dr.spawnIn("client", process.execPath, [loadMain], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const load = new LoadProcess(child);
  try {
    await load.prepare({ ...plan, endpoints });
    return await trade(regions, load, { ...options, ledgerFile });
  } finally {
    await load.exit();
  }
}

async function trade(
  regions: Regions,
  load: LoadProcess,
  options: RegionTrialOptions & { readonly ledgerFile: string },
): Promise<RegionTrial> {
  const { signal, tell, approval, ledgerFile } = options;
  const { dr, prod, border, deploymentFile } = regions;
  const startMs = await load.start();
  const finished = load.finished();
  finished.catch(() => {});
  await sleep(Math.max(0, startMs - now()) + tradeMs, undefined, { signal });
  const lostAtMs = now();
  // At one moment: what is under way at the border does not arrive, and nobody is told.
  const cut = border.cut();
  prod.killAll();
  await cut;
  tell("prod is lost");
  const limit = AbortSignal.any([signal, AbortSignal.timeout(takeoverTimeoutMs)]);
  const findings: string[] = [];
  try {
    if (approval === "manual") await approve(deploymentFile, "dr", limit);
    await until(
      limit,
      takeoverTimeoutMs,
      async () => takeoverIn(dr.dataDir, lostAtMs) !== undefined,
    );
  } catch (error) {
    signal.throwIfAborted();
    findings.push(`dr has not taken over: ${(error as Error).message}`);
  }
  await sleep(tradeMs, undefined, { signal });
  load.stop();
  await finished;
  const nudge = () => load.nudge();
  const settled = await settle(dr, { timeoutMs: settleTimeoutMs, signal, nudge });
  const { openOrders } = await load.reconcile();
  findings.push(...settled.missing.map((missing) => `dr did not come to rest: ${missing}`));
  tell("holding the clients' ledger and the dead region's journal against the one that is left");
  const gathered = await gather(dr, settled.look, openOrders);
  const ledger = readLedger(ledgerFile);
  if (typeof gathered === "string") {
    findings.push(`evidence could not be gathered: ${gathered}`);
    return concluded(regions, { ledger, lostAtMs, settled, findings });
  }
  const found = verify(ledger, gathered.evidence);
  const { historyEqual, differences } = gathered.audit;
  const listed = await reconcileJournals({
    ...{ config: dr.config, oldDir: prod.dataDir, newDir: dr.dataDir },
  });
  const losses = lossesOf(listed.rows, { lostOrders: found.lostOrders, lostAtMs });
  findings.push(...differences);
  findings.push(...losses.unlisted.map((order) => `${order} is lost, and not in the list`));
  if (found.contradicted + found.duplicated > 0) findings.push(...found.findings);
  return {
    ...concluded(regions, { ledger, lostAtMs, settled, findings }),
    losses,
    historyEqual,
    ...pick(found),
  };
}

function pick({
  acknowledged,
  lost,
  duplicated,
  contradicted,
  unknown,
}: ReturnType<typeof verify>) {
  return { acknowledged, lost, duplicated, contradicted, unknown };
}

/** All that the clients' ledger and the controller's log tell. */
function concluded(
  { dr }: Regions,
  seen: {
    readonly ledger: readonly LedgerRecord[];
    readonly lostAtMs: number;
    readonly settled: Settled;
    readonly findings: readonly string[];
  },
): RegionTrial {
  const { ledger, lostAtMs, settled, findings } = seen;
  const takeover = takeoverIn(dr.dataDir, lostAtMs);
  const endMs = new Acknowledgements(ledger).worstFirstMs(lostAtMs);
  const gapMs = endMs === undefined ? undefined : Math.round(endMs - lostAtMs);
  const within = (atMs: number) => Math.min(gapMs ?? 0, Math.max(0, Math.round(atMs - lostAtMs)));
  const split =
    gapMs === undefined || takeover === undefined
      ? undefined
      : { detectMs: within(takeover.decidedAtMs), servingMs: within(takeover.servingAtMs), gapMs };
  const there = ledger.filter(
    ({ outcome, intendedMs, via }) =>
      outcome === "accepted" && intendedMs >= lostAtMs && via.startsWith("dr/"),
  );
  const unmeasured = {
    losses: undefined,
    ...{ acknowledged: undefined, lost: undefined, duplicated: undefined },
    ...{ contradicted: undefined, unknown: undefined, historyEqual: undefined },
  };
  return {
    ...unmeasured,
    gapMs,
    detectMs: split?.detectMs,
    takeoverMs: split && split.servingMs - split.detectMs,
    reconnectMs: split && split.gapMs - split.servingMs,
    takeover,
    acknowledgedThere: there.length,
    hashesEqual: settled.hashesEqual,
    findings,
  };
}

async function until(
  signal: AbortSignal,
  timeoutMs: number,
  probe: () => Promise<boolean>,
): Promise<void> {
  const untilMs = now() + timeoutMs;
  while (!(await probe())) {
    signal.throwIfAborted();
    if (now() > untilMs) throw new ChaosError("DRILL_ABORTED", "it took too long");
    await sleep(lookEveryMs, undefined, { signal });
  }
}
