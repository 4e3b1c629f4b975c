// One component, built alone under mocks: what it registers, found by type and name.

import { type CapturedResource, captureWhole } from "../../../infra/capture/capture.ts";

export interface Alone<T> {
  readonly component: T;
  readonly resources: readonly CapturedResource[];
  all(type: string): readonly CapturedResource[];
  named(name: string): CapturedResource;
}

export async function alone<T>(make: () => T, region = "us-east-1"): Promise<Alone<T>> {
  const made: T[] = [];
  const { resources } = await captureWhole({ region, build: () => void made.push(make()) });
  const [component] = made;
  if (component === undefined) throw new Error("nothing was made");
  return {
    component,
    resources,
    all: (type) => resources.filter((resource) => resource.type === type),
    named(name) {
      const found = resources.find((resource) => resource.name === name);
      if (found === undefined) throw new Error(`nothing is called ${name}`);
      return found;
    },
  };
}

export interface PolicyStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Of a policy in a resource's input, as text or object. */
export function statementsIn(document: unknown): readonly PolicyStatement[] {
  const parsed = typeof document === "string" ? JSON.parse(document) : document;
  return (parsed as { Statement: readonly PolicyStatement[] }).Statement;
}
