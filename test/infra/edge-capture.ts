// Builds one component alone and finds its resources by type and name.

import type * as pulumi from "@pulumi/pulumi";
import { type CapturedResource, captureWhole } from "../../infra/capture/capture.ts";

export interface Found {
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into inputs of many shapes.
  readonly inputs: Readonly<Record<string, any>>;
  readonly isProtected: boolean;
  readonly ignoreChanges: readonly string[];
  readonly id: string;
}

export interface Built {
  readonly resources: readonly CapturedResource[];
  // biome-ignore lint/suspicious/noExplicitAny: as above, of what the component registered.
  readonly outputs: Readonly<Record<string, any>>;
  /** By the middle of the type, such as lb/listener. */
  all(type: string): readonly Found[];
  /** The only resource of the type, or the one of that name. */
  one(type: string, name?: string): Found;
}

export async function build(make: () => pulumi.ComponentResource): Promise<Built> {
  const { resources } = await captureWhole({ build: () => void make() });
  const component = resources.find(
    ({ parentUrn, kind }) => kind === "component" && !isIn(parentUrn),
  );
  const all = (type: string) =>
    resources.filter((resource) => resource.type.startsWith(`aws:${type}:`)).map(found);
  return {
    resources,
    outputs: component?.registeredOutputs ?? {},
    all,
    one(type, name) {
      const those = all(type).filter((resource) => name === undefined || resource.name === name);
      const [first] = those;
      if (first === undefined || those.length > 1) {
        const names = all(type).map((resource) => resource.name);
        throw new Error(`${those.length} of ${type} ${name ?? ""} among ${names.join(", ")}`);
      }
      return first;
    },
  };
}

const isIn = (parentUrn: string | undefined): boolean =>
  parentUrn?.includes("castle:infra:") ?? false;

function found({ name, inputs, options, id }: CapturedResource): Found {
  const { protect, ignoreChanges } = options;
  return { name, inputs, isProtected: protect, ignoreChanges, id: id ?? "" };
}
