// What lies where in a region's archive bucket, and what age makes of it. Pure. Each bucket is copied to the other region, so
// what both regions write under one name is below a folder of the region: else the later one takes the earlier one's place.

import { topicPrefix } from "./connector-settings.ts";
import { tradePrefix } from "./trade-schema.ts";

const bundlePrefix = "bundles/";
const pluginPrefix = "plugins/";

/** What hosts of engines unpack at their first start, however long ago it was built. */
export const bundleKey = (region: string, name: string): string =>
  `${bundlePrefix}${region}/${name}.tar.gz`;

export const pluginKey = (region: string, name: string): string =>
  `${pluginPrefix}${region}/${name}.zip`;

/**
 * Storage class by prefix. Reports, snapshots of Config and what the archive takes out of the database are read by people,
 * who can wait for hours. Trades are asked by Athena and the warehouse, which pass over what must be brought back first.
 */
export const agedClasses: Readonly<Record<string, "GLACIER" | "GLACIER_IR">> = {
  "archive/": "GLACIER",
  "config/": "GLACIER",
  "experiments/": "GLACIER",
  [tradePrefix]: "GLACIER_IR",
  [topicPrefix]: "GLACIER_IR",
};

/** Must be there at once, at any age. */
export const promptPrefixes: readonly string[] = [
  bundlePrefix,
  pluginPrefix,
  tradePrefix,
  topicPrefix,
];
