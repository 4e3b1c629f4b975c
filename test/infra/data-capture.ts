// Builds a component alone, without AWS, and finds among what it registered.

import { type CapturedResource, captureWhole } from "../../infra/capture/capture.ts";

export type Registered = CapturedResource;

export interface Built<T> {
  readonly component: T;
  /** In the order of registration. */
  readonly resources: readonly Registered[];
  /** The only resource of the type, or the one whose name ends so. */
  one(type: string, nameEnd?: string): Registered;
  all(type: string): readonly Registered[];
}

/** @param make constructs the component; all that it registers is settled when this resolves */
export async function build<T>(make: () => T): Promise<Built<T>> {
  const made: T[] = [];
  const { resources } = await captureWhole({ build: () => void made.push(make()) });
  const [component] = made;
  if (component === undefined) throw new Error("nothing was made");
  const all = (type: string) => resources.filter((resource) => resource.type === type);
  return {
    component,
    resources,
    all,
    one(type, nameEnd = "") {
      const found = all(type).filter(({ name }) => name.endsWith(nameEnd));
      const [first] = found;
      if (first === undefined || found.length > 1) {
        throw new Error(`${found.length} resources of ${type} ending in "${nameEnd}"`);
      }
      return first;
    },
  };
}

/** Of a policy document: each statement of each policy. */
export function statements(policies: readonly Registered[]): Statement[] {
  return policies.flatMap(
    ({ inputs }) => (JSON.parse(String(inputs.policy)) as { Statement: Statement[] }).Statement,
  );
}

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}
