// StackConfig: everything that a stack is told, as one frozen value. The role decides which sections
// there are: the global stack owns what both regions need, prod and dr differ in values only.

import { z } from "zod";
import {
  analyticsSection,
  apiSection,
  computeSection,
  databaseSection,
  globalSection,
  identitySection,
  journalSection,
  matchingSection,
  networkSection,
  observabilitySection,
  pipelineSection,
  placeSection,
  resilienceSection,
  siteSection,
  tablesSection,
  workloadsSection,
} from "./sections.ts";

export const globalSchema = z.strictObject({
  role: z.literal("global"),
  site: siteSection,
  global: globalSection,
});

export const regionSchema = z.strictObject({
  role: z.enum(["prod", "dr"]),
  site: siteSection,
  place: placeSection,
  network: networkSection,
  matching: matchingSection.prefault({}),
  journal: journalSection.prefault({}),
  compute: computeSection.prefault({}),
  pipeline: pipelineSection.prefault({}),
  api: apiSection.prefault({}),
  identity: identitySection.prefault({}),
  database: databaseSection.prefault({}),
  tables: tablesSection.prefault({}),
  analytics: analyticsSection.prefault({}),
  observability: observabilitySection.prefault({}),
  resilience: resilienceSection.prefault({}),
  workloads: workloadsSection.prefault({}),
});

export type GlobalConfig = z.infer<typeof globalSchema>;
export type RegionConfig = z.infer<typeof regionSchema>;
export type StackConfig = GlobalConfig | RegionConfig;
