// What it takes to give an interrupted plan up. Most leave nothing behind that stands in the way; a planned move of
// regions that has drained the leading one would leave nobody trading. A drain is for good in its term, so the
// region goes on leading in the next one.

import { ClusterError } from "../errors.ts";
import type { PlanRecord } from "../plan/operation-log.ts";
import { type ParametersOf, parametersSchema } from "./parameters.ts";

/**
 * `undefined`: a record in the log is enough. A move whose answer was lost is found out by the register, which
 * refuses to go back. @throws ClusterError NOT_POSSIBLE where the other region leads already
 */
export function abandonmentOf({
  planned,
  records,
  notes,
}: PlanRecord): ParametersOf<"regionKeep"> | undefined {
  const parameters = parametersSchema.parse(planned.parameters);
  if (parameters.kind !== "regionSwitchover") return undefined;
  const isDrained = records.some(
    (record) => record.kind === "stepBegan" && record.step === "drain",
  );
  if (!isDrained) return undefined;
  const { from, to, term } = parameters;
  if (notes.has("move-register")) {
    const message = `the register says already that ${to} leads: --resume ${planned.plan} finishes it`;
    throw new ClusterError("NOT_POSSIBLE", message);
  }
  return { kind: "regionKeep", region: from, follower: to, term };
}
