// A rehearsal: a stack's program under mocks, with those that it reads before it (global, prod). What it would
// register is what checks, costs and drawings look at.

import { type Capture, type CapturedResource, capture } from "./capture/capture.ts";
import { parseConfig } from "./config/parse-config.ts";
import type { StackConfig } from "./config/stack-config.ts";
import { deploy } from "./deploy.ts";
import type { Subject, Surroundings } from "./policy/rule.ts";
import { readStackFile, type StackFile } from "./stack-file.ts";

export interface Rehearsal extends Capture {
  readonly name: string;
  readonly config: StackConfig;
}

type Outputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** @throws InfraError where the stack, or one that it reads, has no valid configuration */
export async function rehearse(wanted: string | StackFile): Promise<Rehearsal> {
  const file = typeof wanted === "string" ? readStackFile(wanted) : wanted;
  const config = parseConfig(file.values, file.name);
  const stackOutputs: Record<string, Readonly<Record<string, unknown>>> = {};
  if (config.role !== "global") {
    const { globalStack, prodStack } = config.place;
    stackOutputs[globalStack] = (await run(readStackFile("global"), {})).outputs;
    if (prodStack !== undefined) {
      stackOutputs[prodStack] = (await run(readStackFile("prod"), stackOutputs)).outputs;
    }
  }
  return { name: file.name, config, ...(await run(file, stackOutputs)) };
}

function run({ name, values }: StackFile, stackOutputs: Outputs): Promise<Capture> {
  const role = values["castle:role"];
  return capture({
    // Examples are prod under another name.
    stack: role === undefined || role === "global" || role === "dr" ? (role ?? name) : "prod",
    config: values,
    stackOutputs,
    build: () => deploy(values, name),
  });
}

/** As policies see it. */
export function subjectsOf(resources: readonly CapturedResource[]): Subject[] {
  return resources
    .filter(({ kind }) => kind !== "existing")
    .map(({ type, name, id = "", inputs, outputs, options }) => ({
      type,
      name,
      id,
      props: { arn: outputs.arn, ...inputs },
      options: { isProtected: options.protect, ignoreChanges: options.ignoreChanges },
    }));
}

export function surroundingsOf(config: StackConfig): Surroundings {
  const isActive = config.role === "global" || config.place.isActive;
  return { role: config.role, isActive };
}

/** Name of the outermost component around each resource, by URN. */
export function componentsOf(resources: readonly CapturedResource[]): ReadonlyMap<string, string> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  return new Map(
    resources.map((resource) => {
      let top = resource;
      for (let depth = 0; depth < byUrn.size; depth++) {
        const parent = byUrn.get(top.parentUrn ?? "");
        if (parent === undefined) break;
        top = parent;
      }
      return [resource.urn, top.name];
    }),
  );
}
