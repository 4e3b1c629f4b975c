// Limits of an exchange under a load: a few clients trade for thousands, and the limits of one client are not
// what is tested.

import type { Exchange } from "../../failover/index.ts";

export const loadLimits: Exchange["config"]["limits"] = {
  requestWeightPerMinute: 1e8,
  rawRequestsPer5Minutes: 1e8,
  ordersPer10Seconds: 1e6,
  ordersPerDay: 1e9,
};
