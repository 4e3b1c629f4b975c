// An example of a policy: resources that keep it, and the same with one mistake.

import type { Subject, Surroundings } from "../../../../infra/policy/rule.ts";

export interface Example {
  readonly rule: string;
  readonly good: readonly Subject[];
  readonly bad: readonly Subject[];
  readonly surroundings?: Surroundings;
}

type Props = Readonly<Record<string, unknown>>;

interface Options {
  readonly id?: string;
  readonly isProtected?: boolean;
  readonly ignoreChanges?: readonly string[];
}

export function subject(type: string, props: Props, options: Options = {}): Subject {
  const { id = "id-1", isProtected = false, ignoreChanges = [] } = options;
  return { type, name: "example", id, props, options: { isProtected, ignoreChanges } };
}

/** One resource, right, and with some of its properties replaced. */
export function one(
  rule: string,
  type: string,
  right: Props,
  ...wrong: readonly Props[]
): Example[] {
  return wrong.map((mistake) => ({
    rule,
    good: [subject(type, right)],
    bad: [subject(type, { ...right, ...mistake })],
  }));
}
