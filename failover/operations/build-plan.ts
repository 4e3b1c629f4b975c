// From parameters to a plan. Total: every operation that can be in the log can be built again.

import type { Plan, Step } from "../plan/plan.ts";
import type { Ports } from "../ports.ts";
import { memberReplaceSteps } from "./member-plan.ts";
import type { Parameters } from "./parameters.ts";
import { regionFailoverSteps, regionKeepSteps, regionSwitchoverSteps } from "./region-plans.ts";
import type { Who } from "./steps.ts";
import { storePlaceSteps, zoneLeaveSteps, zoneReturnSteps } from "./zone-aws-plans.ts";
import {
  tellSteps,
  tradingStatusSteps,
  zoneFailoverSteps,
  zoneSwitchoverSteps,
} from "./zone-plans.ts";

export function buildPlan(verb: string, parameters: Parameters, ports: Ports, who: Who): Plan {
  const steps = stepsOf(parameters, ports, who);
  return { verb, title: titleOf(parameters), parameters, ...who, steps };
}

function stepsOf(parameters: Parameters, ports: Ports, who: Who): Step[] {
  switch (parameters.kind) {
    case "zoneSwitchover":
      return zoneSwitchoverSteps(parameters, ports, who);
    case "zoneFailover":
      return zoneFailoverSteps(parameters, ports, who);
    case "regionSwitchover":
      return regionSwitchoverSteps(parameters, ports, who);
    case "regionKeep":
      return regionKeepSteps(parameters, ports, who);
    case "regionFailover":
      return regionFailoverSteps(parameters, ports, who);
    case "zoneLeave":
      return zoneLeaveSteps(parameters, ports, who);
    case "zoneReturn":
      return zoneReturnSteps(parameters, ports);
    case "storePlace":
      return storePlaceSteps(parameters, ports);
    case "tell":
      return tellSteps(parameters, ports, who);
    case "tradingStatus":
      return tradingStatusSteps(parameters, ports, who);
    case "memberReplace":
      return memberReplaceSteps(parameters, ports, who);
  }
}

function titleOf(parameters: Parameters): string {
  switch (parameters.kind) {
    case "zoneSwitchover":
      return `${parameters.from} hands over to ${parameters.to}`;
    case "zoneFailover":
      return `${parameters.to} takes over${parameters.isAlone ? " alone" : ""}`;
    case "regionSwitchover":
      return `region ${parameters.from} hands over to region ${parameters.to}`;
    case "regionKeep":
      return `region ${parameters.region} goes on leading`;
    case "regionFailover":
      return `region ${parameters.to} takes over from region ${parameters.from}${
        parameters.alone === undefined ? "" : `, with ${parameters.alone} alone`
      }`;
    case "zoneLeave":
      return `zone ${parameters.zone} of ${parameters.region} gets no clients for ${parameters.hours} h`;
    case "zoneReturn":
      return `zone ${parameters.zone} of ${parameters.region} gets clients again`;
    case "storePlace":
      return `the primary of ${parameters.region}'s Redis moves to zone ${parameters.zone}`;
    case "tell":
      return `${parameters.word} ${parameters.targets.map(({ engine }) => engine).join(", ")}`;
    case "tradingStatus":
      return `${parameters.symbols.join(", ")} to ${parameters.status}`;
    case "memberReplace":
      return `${parameters.engine} is replaced by incarnation ${parameters.incarnation}, which is empty`;
  }
}
