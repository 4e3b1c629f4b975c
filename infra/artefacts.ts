// What workloads are made of: what nobody gives is left out, and told. What a region's configuration names, and what
// `npm run build` leaves, must be there before anything is made: Pulumi alone would find out in the middle, and tell of
// a hash.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { RegionConfig } from "./config/stack-config.ts";
import { InfraError } from "./errors.ts";
import { isFlow, workloadsOf } from "./workloads.ts";

/** Of the engines' hosts; by `npm run build`. */
export const hostBundle = "dist/engine-host.tar.gz";

/**
 * @param folder that paths are relative to: of the stack files
 * @throws InfraError ARTEFACT_MISSING, of all that are missing at once
 */
export function assertArtefacts(config: RegionConfig, folder: string): void {
  const isMissing = (path: string): boolean => !existsSync(resolve(folder, path));
  const faults = namedBy(config)
    .filter(({ path }) => isMissing(path))
    .map(({ field, path }) => `${field}: ${path} is not there; put it there, or leave it out`);
  if (isMissing(hostBundle)) faults.push(`${hostBundle} is not there; run npm run build`);
  if (faults.length > 0) throw new InfraError("ARTEFACT_MISSING", faults.join("\n"));
}

interface Named {
  readonly field: string;
  readonly path: string;
}

function namedBy(config: RegionConfig): Named[] {
  const functions = workloadsOf(config).flatMap(({ name, kind, artefact }) =>
    kind === "lambda" && artefact.from === "operator"
      ? [{ field: `castle:workloads.functions.${name}`, path: artefact.reference }]
      : [],
  );
  const plugins = isFlow(config) ? Object.entries(config.pipeline.msk.connectors) : [];
  return [
    ...functions,
    ...plugins.flatMap(([name, path]) =>
      path === undefined ? [] : [{ field: `castle:pipeline.msk.connectors.${name}`, path }],
    ),
  ];
}

/** Those whose artefact nobody has given: their components are not made. */
export function leftOut(config: RegionConfig): readonly string[] {
  const workloads = workloadsOf(config).filter(({ artefact }) => artefact.from === "nobody");
  return [...workloads.map(({ name }) => name), ...connectorsLeftOut(config)];
}

/** MSK Connect's of seed 004, whose plugins are the operator's. */
function connectorsLeftOut(config: RegionConfig): readonly string[] {
  if (!isFlow(config)) return [];
  const { connectors } = config.pipeline.msk;
  return (["s3", "kinesis"] as const)
    .filter((name) => connectors[name] === undefined)
    .map((name) => `connector-${name}`);
}
