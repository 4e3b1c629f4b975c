// What is wrong with a stack, before anything is deployed: registrations that went wrong, inputs that the SDK
// does not know or AWS would refuse, and broken policies.

import { violationsOf } from "./policy/rules.ts";
import { type Rehearsal, rehearse, subjectsOf, surroundingsOf } from "./rehearsal.ts";
import { schemaFaults } from "./schema/check-schema.ts";
import { rangeFaults } from "./schema/range.ts";
import { ranges } from "./schema/ranges.ts";

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

function faultsOf({ config, resources, violations }: Rehearsal): string[] {
  const silent = resources
    .filter(
      ({ kind, registeredOutputs }) => kind === "component" && registeredOutputs === undefined,
    )
    .map(({ name, type }) => `${name}: ${type} registers no outputs`);
  const broken = violationsOf(subjectsOf(resources), surroundingsOf(config)).map(
    ({ rule, name, message }) => `${name}: ${message} (${rule})`,
  );
  const unknown = schemaFaults(resources).map(
    ({ type, name, path, message }) => `${name} (${type}): ${path}: ${message}`,
  );
  const refused = rangeFaults(resources, ranges).map(
    ({ type, name, message }) => `${name} (${type}): ${message}`,
  );
  return [
    ...violations.map(({ message }) => message),
    ...silent,
    ...unknown,
    ...refused,
    ...broken,
  ];
}
