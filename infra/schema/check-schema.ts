// Holds captured resources against what the installed SDKs declare: unknown and missing arguments and
// wrong kinds of values, at any depth. TypeScript sees some of this; it does not see what comes out of
// configuration, JSON and Outputs, and a capture does.

import type { CapturedResource } from "../capture/capture.ts";
import { isRecord } from "../capture/property-values.ts";
import { argumentsOf } from "./declarations.ts";
import { type ShapeFault, shapeFaults } from "./shape.ts";

export interface SchemaFault extends ShapeFault {
  readonly type: string;
  readonly name: string;
}

/** What a resource is checked by: a capture has it, and so does a provider's request. */
export type Checked = Pick<CapturedResource, "type" | "name" | "inputs">;

export function schemaFaults(resources: readonly CapturedResource[]): SchemaFault[] {
  return resources.filter(({ kind }) => kind === "custom" || kind === "remote").flatMap(faultsOf);
}

export function faultsOf({ type, name, inputs }: Checked): SchemaFault[] {
  const shape = argumentsOf(type);
  if (shape === undefined) {
    const isKnown = type.startsWith("aws:");
    return isKnown ? [{ type, name, path: "", message: "the SDK declares no such type" }] : [];
  }
  const given = type.startsWith("pulumi:providers:") ? openedJson(inputs) : inputs;
  return shapeFaults(given, shape).map((fault) => ({ type, name, ...fault }));
}

/** A provider is told everything but strings as JSON. */
function openedJson(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([key]) => key !== "version")
      .map(([key, value]) => [key, typeof value === "string" ? jsonOr(value) : value]),
  );
}

function jsonOr(text: string): unknown {
  if (!/^[[{]|^(true|false)$/.test(text)) return text;
  const value: unknown = JSON.parse(text);
  return isRecord(value) || Array.isArray(value) || typeof value === "boolean" ? value : text;
}
