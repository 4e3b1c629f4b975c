// Castle's rules as Pulumi's policies: each sees all resources of a stack, real ones or those of a preview.

import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import type { Subject, Surroundings } from "../policy/rule.ts";
import { rules } from "../policy/rules.ts";

/** @param stack its name; only `global`, `prod` and `dr` have a role of their own */
export function stackPolicies(stack: string): StackValidationPolicy[] {
  const role = stack === "global" || stack === "dr" ? stack : "prod";
  const surroundings: Surroundings = { role, isActive: role !== "dr" };
  return rules
    .filter(({ isOfCreation }) => isOfCreation !== true)
    .map((rule) => ({
      name: rule.name,
      description: rule.why,
      enforcementLevel: "mandatory",
      validateStack: ({ resources }, report) => {
        const urnOf = new Map(resources.map(({ name, urn }) => [name, urn]));
        for (const { name, message } of rule.check(resources.map(subjectOf), surroundings)) {
          report(`${name}: ${message} (${rule.why})`, urnOf.get(name));
        }
      },
    }));
}

function subjectOf({ type, name, props, opts }: PolicyResource): Subject {
  return {
    type,
    name,
    id: typeof props.id === "string" ? props.id : "",
    props,
    options: { isProtected: opts.protect, ignoreChanges: opts.ignoreChanges },
  };
}
