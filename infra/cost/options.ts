// Options that are off, with what they would add: a price that is not in an estimate is told all the same.
// They are the global stack's, and named with the estimate of every stack.

import type { GlobalConfig } from "../config/stack-config.ts";
import { hoursPerMonth, prices } from "./prices.ts";

export interface OptionOff {
  /** The field that turns it on. */
  readonly field: string;
  readonly what: string;
  readonly usdPerMonth: number;
}

export function optionsOff({ global }: GlobalConfig): readonly OptionOff[] {
  const rows = [
    ["hasShieldAdvanced", "shield:advanced", "Shield Advanced, with a commitment of one year"],
    ["hasRoutingControls", "arc:cluster", "ARC, a switch for each region"],
  ] as const;
  return rows
    .filter(([field]) => !global[field])
    .map(([field, price, what]) => ({
      field: `castle:global.${field}`,
      what,
      usdPerMonth: monthly(price),
    }));
}

/** @throws Error where the table lacks it: an option is never told as free */
function monthly(key: string): number {
  const price = prices[key];
  if (price === undefined) throw new Error(`there is no price of ${key}`);
  return price.usd * (price.per === "hour" ? hoursPerMonth : 1);
}
