// All policies. Each has a good and a bad example in test/infra/policy/examples/.

import { availabilityRules } from "./availability.ts";
import { doorRules } from "./doors.ts";
import { encryptionRules } from "./encryption.ts";
import { exposureRules } from "./exposure.ts";
import { kubernetesRules } from "./kubernetes.ts";
import { pipelineRules } from "./pipelines.ts";
import { recoveryRules } from "./recovery.ts";
import type { Rule, Subject, Surroundings, Violation } from "./rule.ts";
import { serviceRules } from "./services.ts";
import { watchRules } from "./watch.ts";

export const rules: readonly Rule[] = [
  ...encryptionRules,
  ...exposureRules,
  ...doorRules,
  ...recoveryRules,
  ...watchRules,
  ...availabilityRules,
  ...serviceRules,
  ...pipelineRules,
  ...kubernetesRules,
];

/** Everything that is wrong with a stack. */
export function violationsOf(
  all: readonly Subject[],
  surroundings: Surroundings,
): readonly Violation[] {
  return rules.flatMap((rule) => rule.check(all, surroundings));
}
