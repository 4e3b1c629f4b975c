// Controller of a region, one process a region: looks once a second, decides (decide/), acts. It keeps its
// engines told who leads, and takes over from a lost region from the surviving side only: nothing here
// calls anything in the other region but its engines, as a courtesy. Killed at any point, the next one
// finds the unfinished plan in its operation log and goes on.

import type { Logger } from "pino";
import { enginesSeen, observe, registerSeen, type Sight } from "./controller-observation.ts";
import {
  type DecisionReason,
  decideRegion,
  type RegionDecision,
  type RegionPolicy,
} from "./decide/region-decision.ts";
import { nothingSeenYet, type RegionWatch, watchRegion } from "./decide/region-watch.ts";
import { buildPlan } from "./operations/build-plan.ts";
import { type Parameters, parametersSchema } from "./operations/parameters.ts";
import type { OperationLog, PlanRecord } from "./plan/operation-log.ts";
import { type PlanEnd, runPlan } from "./plan/run-plan.ts";
import type { Ports, RegionPorts } from "./ports.ts";

export interface ControllerOptions {
  readonly region: string;
  readonly startsAsActive: boolean;
  readonly ports: Ports;
  readonly policy: RegionPolicy;
  readonly log: OperationLog;
  readonly logger: Logger;
  readonly nowMs: () => number;
  readonly pollMs: number;
}

/** What stands until the other region is seen again, somebody approves, or leadership moves. */
export interface RegionProposal {
  readonly id: string;
  readonly atMs: number;
  readonly reason: DecisionReason;
  readonly lag: RegionWatch["lagWhenSeen"];
}

export interface Counts {
  looks: number;
  registerFailures: number;
  ownFailures: number;
  otherFailures: number;
}

/** Engines answer within milliseconds; those of a lost region not at all. */
const tellTimeoutMs = 800;
/** A plan that fails again and again is tried again more and more rarely: each try is in the log. */
const retryMsMax = 60_000;

export class Controller {
  readonly counts: Counts = { looks: 0, registerFailures: 0, ownFailures: 0, otherFailures: 0 };
  /** By kind and reason. */
  readonly decided = new Map<string, number>();
  readonly options: ControllerOptions;
  decision: RegionDecision = { kind: "none", reason: "SUSPECTED" };
  watch: RegionWatch = nothingSeenYet;
  sight: Sight | undefined;
  proposal: RegionProposal | undefined;
  lastPlan: PlanEnd | undefined;
  confirmedAtMs: number | undefined;
  /** Since when every look has said that its engines are to be told that they lead. */
  private confirmingSinceMs: number | undefined;
  private approvedId: string | undefined;
  private failuresInRow = 0;
  private retryAtMs = 0;
  private readonly own: RegionPorts;
  private readonly other: RegionPorts | undefined;
  private readonly stopping = new AbortController();

  constructor(options: ControllerOptions) {
    this.options = options;
    const own = options.ports.regions.find(({ name }) => name === options.region);
    if (own === undefined) throw new RangeError(`no region is named ${options.region}`);
    this.own = own;
    this.other = options.ports.regions.find(({ name }) => name !== options.region);
  }

  /** Until `stop`. */
  async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const beganMs = this.options.nowMs();
      await this.step();
      const restMs = Math.max(0, this.options.pollMs - (this.options.nowMs() - beganMs));
      await this.options.ports.pause(restMs, signal).catch(() => {});
    }
  }

  /** One look, one decision, what follows from it. */
  async step(): Promise<void> {
    await this.look();
    await this.act();
  }

  stop(): void {
    this.stopping.abort(new Error("the controller stops: its successor goes on"));
  }

  /** `false`: no proposal of this id stands. */
  approve(id: string): boolean {
    if (this.proposal?.id !== id) return false;
    this.approvedId = id;
    return true;
  }

  /**
   * Since the own engines last took the word that they lead, or since they are to hear it. Absent where it is not
   * theirs to hear: engines that follow are told once, and wait for nothing.
   */
  get confirmAgeMs(): number | undefined {
    if (this.confirmingSinceMs === undefined) return undefined;
    const fromMs = Math.max(this.confirmingSinceMs, this.confirmedAtMs ?? 0);
    return this.options.nowMs() - fromMs;
  }

  private async look(): Promise<void> {
    const { ports, nowMs, region, startsAsActive, policy } = this.options;
    const sight = await observe(ports, this.own, this.other);
    this.sight = sight;
    this.watch = watchRegion(this.watch, sight.look, nowMs());
    this.counts.looks += 1;
    this.counts.ownFailures += sight.ownProblems.length;
    if (!sight.look.isOtherSeen) this.counts.otherFailures += 1;
    if (sight.leadership.kind === "unreachable") this.counts.registerFailures += 1;
    const decision = decideRegion(
      {
        region,
        startsAsActive,
        register: registerSeen(sight.leadership),
        engines: enginesSeen(sight),
        watch: this.watch,
        isApproved: this.proposal !== undefined && this.proposal.id === this.approvedId,
      },
      policy,
      nowMs(),
    );
    this.note(decision);
  }

  private note(decision: RegionDecision): void {
    const { kind, reason } = decision;
    const key = `${kind} ${reason}`;
    this.decided.set(key, (this.decided.get(key) ?? 0) + 1);
    const isNew = kind !== this.decision.kind || reason !== this.decision.reason;
    this.decision = decision;
    if (kind !== "confirm") this.confirmingSinceMs = undefined;
    else this.confirmingSinceMs ??= this.options.nowMs();
    if (isNew) this.options.logger.info({ code: reason, kind, watch: this.watch }, "decided");
    if (kind !== "propose" && kind !== "failover") this.proposal = undefined;
    if (kind === "propose" && this.proposal?.reason !== reason) {
      const atMs = this.options.nowMs();
      const id = `${this.options.region}-${this.leadership()?.term ?? 0}-${Math.round(atMs)}`;
      this.proposal = { id, atMs, reason, lag: this.watch.lagWhenSeen };
      this.options.logger.warn({ code: reason, id }, "a takeover waits for approval");
    }
  }

  private leadership() {
    const answer = this.sight?.leadership;
    return answer?.kind === "answered" ? (answer.value ?? undefined) : undefined;
  }

  private async act(): Promise<void> {
    const left = this.unfinishedPlan();
    const isDue = this.options.nowMs() >= this.retryAtMs;
    if (left !== undefined && isDue && this.leadership() !== undefined) return this.resume(left);
    // What was begun is finished before anything else is.
    if (left !== undefined && this.decision.kind === "failover") return;
    switch (this.decision.kind) {
      case "none":
      case "propose":
        return;
      case "open":
        return this.open();
      case "confirm":
        return this.tellEngines("active");
      case "demote":
        return this.tellEngines("dr");
      case "failover":
        return this.takeOver();
    }
  }

  private async open(): Promise<void> {
    const { ports, region, logger } = this.options;
    const first = {
      shard: ports.shard,
      region,
      by: `controller of ${region}`,
      reason: "the first leadership",
    };
    try {
      await ports.register?.open(first, AbortSignal.timeout(2 * tellTimeoutMs));
    } catch (error) {
      logger.warn({ err: error }, "the register could not be opened; tried again");
    }
  }

  private async tellEngines(role: "active" | "dr"): Promise<void> {
    const leadership = this.leadership();
    if (leadership === undefined) return;
    const { term, sinceTerm, region, reason } = leadership;
    const word = {
      by: `controller of ${this.options.region}`,
      reason: `the register: ${region} leads in term ${term}: ${reason}`.slice(0, 500),
      role,
      term,
      sinceTerm,
    };
    const limit = AbortSignal.timeout(tellTimeoutMs);
    const engines = this.sight?.engines ?? [];
    const results = await Promise.all(
      engines.map(async ({ port }) => ({ port, result: await port.ask("region", word, limit) })),
    );
    for (const { port, result } of results) {
      if (result.kind === "done") continue;
      this.options.logger.warn({ engine: port.name, result }, "an engine was not told who leads");
    }
    const isTold = results.length > 0 && results.every(({ result }) => result.kind === "done");
    if (isTold) this.confirmedAtMs = this.options.nowMs();
  }

  private async takeOver(): Promise<void> {
    const leadership = this.leadership();
    if (leadership === undefined || this.other === undefined) return;
    const answers = await Promise.all(
      this.other.engines.map(async (engine) => ({
        name: engine.name,
        answer: await engine.status(AbortSignal.timeout(tellTimeoutMs)),
      })),
    );
    const parameters: Parameters = {
      kind: "regionFailover",
      from: leadership.region,
      to: this.options.region,
      term: leadership.term,
      demote: answers.flatMap(({ name, answer }) => (answer.kind === "answered" ? [name] : [])),
    };
    await this.carryOut(parameters, undefined);
  }

  private unfinishedPlan(): PlanRecord | undefined {
    return this.options.log.plans().find(({ state }) => state === "unfinished");
  }

  /** What a controller before this one left. Where leadership has moved on since, it is over. */
  private async resume(left: PlanRecord): Promise<void> {
    const parameters = parametersSchema.parse(left.planned.parameters);
    const now = this.leadership();
    const isOurs =
      parameters.kind === "regionFailover" &&
      ((now?.region === parameters.from && now.term === parameters.term) ||
        (now?.region === parameters.to && now.term === parameters.term + 1));
    if (isOurs) return this.carryOut(parameters, left);
    const reason = "leadership has moved on without it";
    const by = `controller of ${this.options.region}`;
    const atMs = Math.round(this.options.nowMs());
    this.options.log.add({ atMs, plan: left.planned.plan, kind: "abandoned", by, reason });
  }

  private async carryOut(parameters: Parameters, resumes: PlanRecord | undefined): Promise<void> {
    const { ports, region, log, logger, policy } = this.options;
    const reason =
      resumes?.planned.reason ??
      `${this.decision.reason} (${policy.approval} approval${this.approvedId === undefined ? "" : `, proposal ${this.approvedId}`})`;
    const who = { by: `controller of ${region}`, reason };
    const plan = buildPlan("failover", parameters, ports, who);
    logger.warn(
      { code: this.decision.reason, parameters, resumes: resumes?.planned.plan },
      plan.title,
    );
    this.lastPlan = await runPlan(plan, {
      log,
      resumes,
      signal: this.stopping.signal,
      onEnd: (step) => logger.info({ code: "STEP", ...step }, "a step has ended"),
    });
    logger.warn(
      { code: "PLAN", end: this.lastPlan.kind, ms: this.lastPlan.ms },
      "the plan has ended",
    );
    this.proposal = undefined;
    this.approvedId = undefined;
    this.failuresInRow = this.lastPlan.kind === "done" ? 0 : this.failuresInRow + 1;
    const pauseMs = Math.min(retryMsMax, this.options.pollMs * 2 ** this.failuresInRow);
    this.retryAtMs = this.failuresInRow === 0 ? 0 : this.options.nowMs() + pauseMs;
  }
}
