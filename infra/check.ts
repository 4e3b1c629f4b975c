// What is wrong with a stack, before anything is deployed: registrations that went wrong, and broken policies.

import { violationsOf } from "./policy/rules.ts";
import { type Rehearsal, rehearse, subjectsOf, surroundingsOf } from "./rehearsal.ts";

export interface Checked {
  readonly name: string;
  readonly resources: number;
  readonly faults: readonly string[];
}

/** @param wanted a stack, an example, or a file */
export async function check(wanted: string): Promise<Checked> {
  const rehearsal = await rehearse(wanted);
  return {
    name: rehearsal.name,
    resources: rehearsal.resources.length,
    faults: faultsOf(rehearsal),
  };
}

export function faultsOf({ config, resources, violations }: Rehearsal): string[] {
  const silent = resources
    .filter(
      ({ kind, registeredOutputs }) => kind === "component" && registeredOutputs === undefined,
    )
    .map(({ name, type }) => `${name}: ${type} registers no outputs`);
  const broken = violationsOf(subjectsOf(resources), surroundingsOf(config)).map(
    ({ rule, name, message }) => `${name}: ${message} (${rule})`,
  );
  return [...violations.map(({ message }) => message), ...silent, ...broken];
}
