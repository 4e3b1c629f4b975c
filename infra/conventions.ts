// Conventions as data: what every resource of every stack has. Tags come through the provider's
// defaultTags, so that resources made later by hand of a component have them too.

import type { StackConfig } from "./config/stack-config.ts";

/** Tags of everything: who pays, who is asked, how secret it is. */
export function tagsOf(config: StackConfig, stack: string): Readonly<Record<string, string>> {
  const { owner, costCenter, domain } = config.site;
  return { service: "castle", stack, site: domain, owner, costCenter, dataClass: "confidential" };
}
