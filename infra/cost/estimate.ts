// What a stack costs a month, resource by resource, before a dollar is spent. Pure. A resource is priced, or
// free of charge by itself, or unknown; unknown ones are listed and never counted as nothing.

import type { Subject } from "../policy/rule.ts";
import { freeTypes, uncounted } from "./free-types.ts";
import { hoursPerMonth, prices } from "./prices.ts";
import { pricings } from "./pricings.ts";
import type { Usage } from "./usage.ts";

/** A resource, and the component that it is a part of. */
export interface Costed extends Subject {
  readonly component: string;
}

/** So much of something that has a price. */
export interface Item {
  readonly what: string;
  /** Key of the price table. */
  readonly price: string;
  /** In the price's unit; hourly prices are multiplied by the hours of a month. */
  readonly count: number;
  /** Part of the list price that is paid: 1, or less with Spot and reservations. */
  readonly share?: number;
}

export interface Line extends Item {
  readonly component: string;
  readonly name: string;
  readonly type: string;
  readonly usdPerMonth: number;
}

export interface Unknown {
  readonly component: string;
  readonly name: string;
  readonly type: string;
  readonly why: string;
}

export interface Estimate {
  readonly lines: readonly Line[];
  readonly unknown: readonly Unknown[];
  readonly usdPerMonth: number;
  readonly byComponent: readonly { readonly component: string; readonly usdPerMonth: number }[];
}

export function estimate(all: readonly Costed[], usage: Usage): Estimate {
  const lines: Line[] = [];
  const unknown: Unknown[] = [];
  for (const resource of all) {
    const { component, name, type } = resource;
    if (freeTypes.has(type)) continue;
    const items = pricings[type]?.(resource, { all, usage });
    if (items === undefined) {
      unknown.push({ component, name, type, why: uncounted[type] ?? "no price is known" });
    }
    for (const item of items ?? []) {
      const price = prices[item.price];
      if (price === undefined) {
        unknown.push({ component, name, type, why: `no price of ${item.price} is known` });
        continue;
      }
      const hours = price.per === "hour" ? hoursPerMonth : 1;
      const usdPerMonth = price.usd * item.count * hours * (item.share ?? 1);
      lines.push({ ...item, component, name, type, usdPerMonth });
    }
  }
  const sum = (some: readonly Line[]) => some.reduce((total, line) => total + line.usdPerMonth, 0);
  const components = [...new Set(lines.map(({ component }) => component))];
  const byComponent = components
    .map((component) => ({
      component,
      usdPerMonth: sum(lines.filter((line) => line.component === component)),
    }))
    .toSorted((a, b) => b.usdPerMonth - a.usdPerMonth);
  return { lines, unknown, usdPerMonth: sum(lines), byComponent };
}
