// The shape of a value as the SDK's declarations give it, and whether a value has that shape. Pure.
// A shape says what is known, not more: where a declaration allows anything, so does the shape.

import { childPath, isRecord, unknown } from "../capture/property-values.ts";

export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "string" | "number" | "boolean" | "asset" }
  | { readonly kind: "literal"; readonly value: string | number | boolean }
  | { readonly kind: "array" | "map"; readonly of: Shape }
  | { readonly kind: "union"; readonly of: readonly Shape[] }
  | { readonly kind: "object"; readonly fields: Fields };

/** Made when first asked for: declarations refer to themselves. */
export type Fields = () => ReadonlyMap<string, Field>;

export interface Field {
  readonly shape: Shape;
  readonly isRequired: boolean;
}

export interface ShapeFault {
  readonly path: string;
  readonly message: string;
}

/** @returns one fault for each place where the value is not what the shape allows */
export function shapeFaults(value: unknown, shape: Shape, path = ""): ShapeFault[] {
  if (value === unknown || value === null || value === undefined) return [];
  switch (shape.kind) {
    case "any":
      return [];
    case "string":
    case "number":
    case "boolean": {
      const isSo = typeof value === shape.kind;
      return isSo ? [] : [{ path, message: `write a ${shape.kind}, not ${show(value)}` }];
    }
    case "asset": {
      const isSo = isRecord(value) && ("@asset" in value || "@archive" in value);
      return isSo ? [] : [{ path, message: `write an asset or an archive, not ${show(value)}` }];
    }
    case "literal":
      return value === shape.value
        ? []
        : [{ path, message: `write ${show(shape.value)}, not ${show(value)}` }];
    case "array":
      return Array.isArray(value)
        ? value.flatMap((item, index) => shapeFaults(item, shape.of, `${path}[${index}]`))
        : [{ path, message: `write a list, not ${show(value)}` }];
    case "map":
      return isRecord(value)
        ? Object.entries(value).flatMap(([key, item]) =>
            shapeFaults(item, shape.of, childPath(path, key)),
          )
        : [{ path, message: `write an object, not ${show(value)}` }];
    case "union":
      return unionFaults(value, shape.of, path);
    case "object":
      return objectFaults(value, shape.fields(), path);
  }
}

/** Of the member that fits best: it is the one that was meant. */
function unionFaults(value: unknown, members: readonly Shape[], path: string): ShapeFault[] {
  const found = members.map((member) => shapeFaults(value, member, path));
  if (found.some((faults) => faults.length === 0)) return [];
  const within = found.filter((faults) => faults.some((fault) => fault.path !== path));
  if (within.length > 0) return within.reduce((a, b) => (b.length < a.length ? b : a));
  const messages = found.flat().map(({ message }) => message.replace(/, not .*$/, ""));
  return [{ path, message: `${messages.join(", or ")}, not ${show(value)}` }];
}

function objectFaults(
  value: unknown,
  fields: ReadonlyMap<string, Field>,
  path: string,
): ShapeFault[] {
  if (!isRecord(value)) return [{ path, message: `write an object, not ${show(value)}` }];
  const faults: ShapeFault[] = [];
  for (const [key, item] of Object.entries(value)) {
    const field = fields.get(key);
    if (field === undefined) {
      const allowed = [...fields.keys()].join(", ");
      faults.push({
        path: childPath(path, key),
        message: `no such argument; there are ${allowed}`,
      });
    } else {
      faults.push(...shapeFaults(item, field.shape, childPath(path, key)));
    }
  }
  for (const [key, field] of fields) {
    const isMissing = value[key] === undefined || value[key] === null;
    if (field.isRequired && isMissing) {
      faults.push({ path: childPath(path, key), message: "is required and missing" });
    }
  }
  return faults;
}

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
