// Holds captured resources against what the installed SDKs declare: unknown and missing arguments and
// wrong kinds of values, at any depth. TypeScript sees some of this; it does not see what comes out of
// configuration, JSON and Outputs, and a capture does.

import type { CapturedResource } from "../capture/capture.ts";
import { isRecord } from "../capture/property-values.ts";
import { customKinds } from "./custom-kinds.ts";
import { argumentsOf } from "./declarations.ts";
import { type Shape, type ShapeFault, shapeFaults } from "./shape.ts";

export interface SchemaFault extends ShapeFault {
  readonly type: string;
  readonly name: string;
}

/** What a resource is checked by: a capture has it, and so does a provider's request. */
export type Checked = Pick<CapturedResource, "type" | "name" | "inputs">;

export function schemaFaults(resources: readonly CapturedResource[]): SchemaFault[] {
  return resources.filter(({ kind }) => kind === "custom" || kind === "remote").flatMap(faultsOf);
}

/** Whose types are all declared, by an SDK or by us: another one is a mistake. */
const declaredSdks = /^(aws|awsx|eks|kubernetes):/;

export function faultsOf({ type, name, inputs }: Checked): SchemaFault[] {
  const shape = argumentsOf(type) ?? customKinds.get(type);
  if (shape === undefined) {
    const isKnown = declaredSdks.test(type);
    return isKnown ? [{ type, name, path: "", message: "the SDK declares no such type" }] : [];
  }
  const given = type.startsWith("pulumi:providers:") ? openedJson(inputs, shape) : inputs;
  return shapeFaults(given, shape).map((fault) => ({ type, name, ...fault }));
}

/** A provider is told everything but strings as JSON; a string may be JSON by itself, as a kubeconfig is. */
function openedJson(
  inputs: Readonly<Record<string, unknown>>,
  shape: Shape,
): Record<string, unknown> {
  const fields = shape.kind === "object" ? shape.fields() : new Map();
  const isText = (key: string): boolean => fields.get(key)?.shape.kind === "string";
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([key]) => key !== "version")
      .map(([key, value]) => [
        key,
        typeof value === "string" && !isText(key) ? jsonOr(value) : value,
      ]),
  );
}

function jsonOr(text: string): unknown {
  if (!/^[[{]|^(true|false)$/.test(text)) return text;
  const value: unknown = JSON.parse(text);
  return isRecord(value) || Array.isArray(value) || typeof value === "boolean" ? value : text;
}
