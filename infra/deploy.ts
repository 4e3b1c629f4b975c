// From configuration to resources. The provider is explicit, so that region and tags are what the
// configuration says, whatever the shell's environment is.

import * as aws from "@pulumi/aws";
import { assertArtefacts } from "./artefacts.ts";
import { parseConfig } from "./config/parse-config.ts";
import { tagsOf } from "./conventions.ts";
import { deployGlobal } from "./global-stack.ts";
import type { GlobalOutputs, RegionOutputs } from "./outputs.ts";
import { deployRegion } from "./region-stack.ts";

/**
 * @param values the stack's configuration, by full key
 * @param folder where artefacts must lie; without it (a rehearsal) nobody looks for them
 * @returns the stack's outputs (infra/outputs.ts)
 * @throws InfraError STACK_CONFIG_INVALID, STACK_NOT_DEPLOYED, ARTEFACT_MISSING before anything is made
 */
export async function deploy(
  values: Readonly<Record<string, string>>,
  stack: string,
  folder?: string,
): Promise<GlobalOutputs | RegionOutputs> {
  const config = parseConfig(values, stack);
  if (folder !== undefined && config.role !== "global") assertArtefacts(config, folder);
  const provider = new aws.Provider("site", {
    region: config.site.region as aws.Region,
    defaultTags: { tags: tagsOf(config, stack) },
  });
  const options = { providers: { aws: provider } };
  return config.role === "global" ? deployGlobal(config, options) : deployRegion(config, options);
}
