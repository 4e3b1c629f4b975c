// castle status --config: every region's table, the register, controllers, traffic, the last switches. Pure.

import type { ControllerView } from "../controllers.ts";
import type { StorePrimary } from "../store.ts";
import type { RegionView, View } from "../view.ts";
import { nodeTable, switchesText } from "./status-table.ts";

export function deploymentText(view: View, controllers: readonly ControllerView[]): string {
  return [
    `${registerText(view)}\n`,
    ...controllers.map((controller) => `${controllerText(controller)}\n`),
    ...view.traffic.map(
      ({ router, region, problem }) =>
        `traffic: ${router} -> ${problem ?? region ?? "no region"}\n`,
    ),
    ...view.regions.map((region) => {
      const { name, engines, followers } = region;
      const nodes = [
        ...engines.map((engine) => ({ ...engine, kind: "engine" as const })),
        ...followers,
      ];
      return `\nregion ${name}\n${insideText(region)}${nodeTable(nodes, [])}${switchesText(nodes)}`;
    }),
  ].join("");
}

/** Of what the deployment names only. */
function insideText({ away, awayProblem, store, storeProblem }: RegionView): string {
  const shifts = away?.map(({ zone, isWhole }) => `zone ${zone}${isWhole ? "" : " in part"}`);
  const traffic = awayProblem ?? (shifts?.length === 0 ? "no zone" : shifts?.join(", "));
  const placed = storeProblem ?? (store && primaryText(store));
  return [
    ...(traffic === undefined ? [] : [`shifted away from: ${traffic}\n`]),
    ...(placed === undefined ? [] : [`Redis: primary in ${placed}\n`]),
  ].join("");
}

const primaryText = ({ zone, isSettled }: StorePrimary): string =>
  `${zone === null ? "no zone that is named" : `zone ${zone}`}${isSettled ? "" : ", in motion"}`;

function registerText({ leadership, registerProblem, regions }: View): string {
  if (registerProblem !== undefined) return `register: does not answer: ${registerProblem}`;
  if (leadership === undefined) return `one region, ${regions[0]?.name}, without a register`;
  if (leadership === null) return "register: no leader yet";
  const { region, term, by, reason, atMs } = leadership;
  const at = new Date(atMs).toISOString();
  return `register: ${region} leads in term ${term} since ${at}, by ${by}: ${reason}`;
}

function controllerText({ region, status, problem, proposal }: ControllerView): string {
  if (status === undefined) return `controller of ${region}: does not answer: ${problem}`;
  const { decision, approval, confirmedAgoMs } = status;
  const told = confirmedAgoMs === null ? "" : `, told its engines ${confirmedAgoMs} ms ago`;
  const asks =
    proposal === undefined
      ? ""
      : `; PROPOSES a takeover (${proposal.reason}): castle failover --approve ${proposal.id}`;
  return `controller of ${region}: ${decision.kind} ${decision.reason} (${approval})${told}${asks}`;
}
