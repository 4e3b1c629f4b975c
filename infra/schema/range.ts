// What AWS takes where the SDK's declarations say only "a string" or "a number". A range is a row of
// data: which resources, where in them, what is allowed, and who says so. Pure.

import { isRecord, unknown } from "../capture/property-values.ts";

/** What a range is held against: a captured resource has it, and a provider's request too. */
export interface Ranged {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly region: string;
}

export interface Range {
  readonly name: string;
  readonly types: readonly string[];
  /** Where the numbers come from. */
  readonly source: string;
  /** Of a row: the one place that it looks at. */
  readonly path?: string;
  /** Sentences of what is wrong. */
  faults(inputs: Readonly<Record<string, unknown>>, region: string): string[];
}

export interface Allowed {
  readonly is: (value: unknown) => boolean;
  readonly advice: string;
}

export const oneOf = (...values: readonly (string | number)[]): Allowed => ({
  is: (value) => values.some((allowed) => allowed === value || String(allowed) === value),
  advice: `write one of ${values.join(", ")}`,
});

/** Numbers in text count: parameters of several services are texts. */
export const between = (min: number, max: number, step = 0): Allowed => ({
  is: (value) => {
    const number = typeof value === "string" && value !== "" ? Number(value) : value;
    if (typeof number !== "number" || !(number >= min && number <= max)) return false;
    return step === 0 || Number.isInteger(number / step);
  },
  advice: `write ${min} to ${max}${step === 0 ? "" : ` in steps of ${step}`}`,
});

export const matching = (pattern: RegExp, advice: string): Allowed => ({
  is: (value) => typeof value === "string" && pattern.test(value),
  advice,
});

/** Every value at a path such as `healthCheck.interval` or `actions[].actionId`, known ones only. */
export const valuesAt = (value: unknown, path: string): unknown[] =>
  givenAt(value, path).filter((one) => one !== unknown);

/** As `valuesAt`, and those that only a deployment knows: in a preview they are given all the same. */
export function givenAt(value: unknown, path: string): unknown[] {
  let found: unknown[] = [value];
  for (const step of path.split(".")) {
    const isList = step.endsWith("[]");
    const key = isList ? step.slice(0, -2) : step;
    found = found.flatMap((one) => {
      const next = isRecord(one) ? one[key] : undefined;
      return isList && Array.isArray(next) ? next : [next];
    });
  }
  return found.filter((one) => one !== undefined && one !== null);
}

/** One place, one set of values. */
export function row(
  name: string,
  types: string | readonly string[],
  path: string,
  allowed: Allowed,
  source: string,
): Range {
  const faults = (inputs: Readonly<Record<string, unknown>>): string[] =>
    valuesAt(inputs, path)
      .filter((value) => !allowed.is(value))
      .map((value) => `${path} is ${JSON.stringify(value)}: ${allowed.advice}`);
  return { ...law(name, types, source, faults), path };
}

/** Several places that must agree. */
export function law(
  name: string,
  types: string | readonly string[],
  source: string,
  faults: Range["faults"],
): Range {
  return { name, types: typeof types === "string" ? [types] : types, source, faults };
}

export interface RangeFault {
  readonly range: string;
  readonly type: string;
  readonly name: string;
  readonly message: string;
}

export function rangeFaults(resources: readonly Ranged[], ranges: readonly Range[]): RangeFault[] {
  return resources.flatMap(({ type, name, inputs, region }) =>
    ranges
      .filter(({ types }) => types.includes(type))
      .flatMap((range) =>
        range.faults(inputs, region).map((message) => ({ range: range.name, type, name, message })),
      ),
  );
}
