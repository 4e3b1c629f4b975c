// The trials of a campaign: wait for the steady state, choose a moment, do it to whoever is primary,
// wait until another one serves, mend it. Every wait is bounded; a trial that does not end as it must
// is counted as failed, and the campaign goes on for as long as the exchange becomes whole again.

import type { Exchange } from "../../failover/index.ts";
import type { Random } from "../../flow/random.ts";
import { ChaosError } from "../errors.ts";
import type { Campaign } from "../experiments/campaigns.ts";
import { aim } from "../faults/aim.ts";
import { guard } from "../guard.ts";
import type { FaultTime } from "../measure/time-split.ts";
import { look } from "../probes/roles.ts";
import { unready } from "../probes/settled.ts";

export interface Trial {
  readonly number: number;
  readonly title: string;
  readonly time: FaultTime;
  /** How long the exchange needed to be whole before it. */
  readonly readyAfterMs: number;
  /** Why it counts as failed, whatever its gap was. */
  readonly failure: string | undefined;
}

export interface TrialParts {
  readonly exchange: Exchange;
  readonly campaign: Campaign;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** A machine that starts an engine anew needs a second; one that is in trouble shows it by this. */
const readyTimeoutMs = 30_000;
/** Two in a row: what was seen once may be the moment before the next hiccup. */
const readyLooks = 2;
const lookEveryMs = 40;
/** After the exchange is whole, up to so much later: the moment is to be random. */
const momentMs = 250;
/** Ten times what a silent loss may take. */
const servedTimeoutMs = 10_000;
/** Clients behind the silent zone have found their other gateway by then; the gap is over. */
const silenceBeyondMs = 250;

/** @throws ChaosError DRILL_ABORTED where the exchange does not become whole: no trial is possible. */
export async function runTrial(parts: TrialParts, number: number): Promise<Trial> {
  const { exchange, campaign, random, now } = parts;
  const sinceMs = now();
  await ready(parts, number);
  const readyAfterMs = now() - sinceMs;
  // A second silence right after a switch is to last longer (anti-flap): each trial is a first one.
  const isRestDue = campaign.trial === "zone-silent" && number > 1;
  if (isRestDue) await sleep(exchange.config.timing.antiFlapMs);
  parts.signal.throwIfAborted();
  await sleep(random.fraction() * momentMs);
  const kind = campaign.trial;
  if (kind === undefined) throw new RangeError(`the campaign ${campaign.name} has no trials`);
  const fault = await aim(exchange, { kind, target: "primary" });
  guard(campaign, fault.reach, { ...(await look(exchange)), unwell: [] });
  const standby = await nameOf(exchange, "standby");
  const begunMs = now();
  await fault.begin();
  const time = { begunMs, heldMs: now() };
  try {
    const failure = await takeover(parts, standby);
    if (kind === "zone-silent") await sleep(silenceBeyondMs);
    return { number, title: fault.title, time, readyAfterMs, failure };
  } finally {
    await fault.end();
  }
}

/** Waits until any single fault may come. */
async function ready({ exchange, signal, now }: TrialParts, number: number): Promise<void> {
  const untilMs = now() + readyTimeoutMs;
  for (let looks = 0; looks < readyLooks; ) {
    signal.throwIfAborted();
    const missing = unready(await look(exchange));
    looks = missing.length === 0 ? looks + 1 : 0;
    if (now() > untilMs) {
      throw new ChaosError(
        "DRILL_ABORTED",
        `before trial ${number} the exchange did not become whole: ${missing.join("; ")}`,
      );
    }
    await sleep(lookEveryMs);
  }
}

/** Waits until the standby serves; answers what went wrong where it never does. */
async function takeover(
  { exchange, signal, now }: TrialParts,
  standby: string,
): Promise<string | undefined> {
  const untilMs = now() + servedTimeoutMs;
  while (now() < untilMs) {
    signal.throwIfAborted();
    const { status } = await exchange.nodeStatus(standby);
    if (status?.kind === "engine" && status.isServing) return undefined;
    await sleep(lookEveryMs / 2);
  }
  return `${standby} did not serve within ${servedTimeoutMs} ms`;
}

async function nameOf(exchange: Exchange, role: "standby"): Promise<string> {
  const zone = await exchange.zoneOf(role);
  const engine = exchange.config.engines.find((one) => one.zone === zone);
  if (engine === undefined)
    throw new ChaosError("NO_TARGET", `no engine says that it is the ${role}`);
  return `engine-${engine.id}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, Math.max(0, ms)));
}
