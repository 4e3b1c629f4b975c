// What the pricings of pricings.ts and watch-pricings.ts are made with.

import type { Subject } from "../policy/rule.ts";
import type { Costed, Item } from "./estimate.ts";
import type { Usage } from "./usage.ts";

interface Context {
  readonly all: readonly Costed[];
  readonly usage: Usage;
}

/** How much of what a resource uses; undefined where that cannot be told. */
export type Pricing = (resource: Costed, context: Context) => readonly Item[] | undefined;

export const item = (what: string, price: string, count = 1): Item => ({ what, price, count });

export const fixed =
  (what: string, price: string): Pricing =>
  () => [item(what, price)];

export const text = (value: unknown): string => String(value ?? "");

export const number = (value: unknown, usual: number): number =>
  value === undefined || value === null ? usual : Number(value);

/** The resource that a property names, by its id or ARN. */
export function named(all: readonly Costed[], value: unknown): Subject | undefined {
  return all.find(({ id, props }) => id === value || (value !== undefined && props.arn === value));
}

export const countOf = (all: readonly Costed[], type: string): number =>
  all.filter((one) => one.type === type).length;
