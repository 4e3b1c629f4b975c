// castle preflight: would this operation be allowed now? The checks of the operations themselves, each shown.

import { z } from "zod";
import { parseOptions } from "../cli-options.ts";
import { lookAtDeployment } from "../controllers.ts";
import type { Deployment } from "../deployment.ts";
import { ClusterError } from "../errors.ts";
import { openPorts } from "../open-ports.ts";
import { type Check, isRefused, ok, warn } from "../operations/checks.ts";
import { type Proposal, proposeFailover, proposeSwitchover } from "../operations/propose.ts";
import { proposeRegionFailover, proposeRegionSwitchover } from "../operations/propose-region.ts";
import type { View } from "../view.ts";
import { deploymentOf, optionalWord, placeShape } from "./operation-options.ts";
import { checksText } from "./operation-text.ts";
import { proposeHome } from "./operations.ts";

const verbs = ["switchover", "failover", "failback"] as const;
type Verb = (typeof verbs)[number];

const refusedExit = 3;

export async function preflight(asked: string | undefined, given: unknown): Promise<void> {
  const options = parseOptions(z.strictObject({ ...placeShape, region: optionalWord }), given);
  const verb = verbs.find((known) => known === (asked ?? "switchover"));
  if (verb === undefined) {
    throw new ClusterError("OPTION_INVALID", `${asked}: write one of ${verbs.join(", ")}`);
  }
  const deployment = deploymentOf(options);
  const ports = await openPorts(deployment);
  const view = await lookAtDeployment(deployment, ports, AbortSignal.timeout(10_000));
  const proposal = propose(verb, view, deployment, options.region);
  const found: readonly Check[] =
    proposal.kind === "nothing" ? [ok("nothing", proposal.sentence)] : proposal.checks;
  const checks = found.map((check) => (isNotNeeded(check) ? asWarning(check) : check));
  const isAllowed = !isRefused(checks);
  const ready = found.some(isNotNeeded) ? "possible, not needed" : "ready";
  const text = `${verb}: ${isAllowed ? ready : "would be refused"}\n${checksText(checks)}`;
  process.stdout.write(options.json ? `${JSON.stringify({ verb, isAllowed, checks })}\n` : text);
  if (!isAllowed) process.exitCode = refusedExit;
}

/** A failover is refused while somebody serves; that it is possible is what a preflight wants to know. */
const isNotNeeded = ({ id, level, isForceable }: Check): boolean =>
  level === "fail" && isForceable === true && (id === "primary" || id === "lost");

const asWarning = ({ id, text }: Check): Check => warn(id, `not needed: ${text}`);

function propose(
  verb: Verb,
  view: View,
  deployment: Deployment,
  region: string | undefined,
): Proposal {
  switch (verb) {
    case "switchover":
      return region === undefined
        ? proposeSwitchover(view, {})
        : proposeRegionSwitchover(view, { region }, deployment.gates);
    case "failover":
      return region === undefined
        ? proposeFailover(view, { isForced: false })
        : proposeRegionFailover(view, { region, isForced: false }, deployment.gates);
    case "failback":
      return proposeHome(view, deployment);
  }
}
