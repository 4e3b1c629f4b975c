// Values as the engine's protocol carries them, and as a check wants to read them: secrets opened and
// their places remembered, references to resources as ids, assets as plain objects.

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const archiveSignature = "0def7320c3a5731c473e5ecbe6d01bc7";
const resourceSignature = "5cf8f73096256a8f31e491e813e4eb8e";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Stands for a value that only a deployment knows. */
export const unknown = "<unknown>";

export interface PlainValue {
  readonly value: unknown;
  /** Where a secret was, as `a.b[0]`; the empty path is the whole value. */
  readonly secretPaths: readonly string[];
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const childPath = (path: string, key: string): string =>
  path === "" ? key : `${path}.${key}`;

/** Opens what the protocol wraps. Assets become `{ "@asset": {…} }`, archives `{ "@archive": {…} }`. */
export function toPlain(wire: unknown): PlainValue {
  const secretPaths: string[] = [];
  return { value: open(wire, "", secretPaths), secretPaths };
}

function open(wire: unknown, path: string, secretPaths: string[]): unknown {
  if (wire === unknownValue) return unknown;
  if (Array.isArray(wire)) {
    return wire.map((item, index) => open(item, `${path}[${index}]`, secretPaths));
  }
  if (!isRecord(wire)) return wire;
  const { [signatureKey]: signature, ...rest } = wire;
  switch (signature) {
    case secretSignature:
      secretPaths.push(path);
      return open(rest.value, path, secretPaths);
    case outputSignature:
      if (rest.secret === true) secretPaths.push(path);
      return rest.value === undefined ? unknown : open(rest.value, path, secretPaths);
    case resourceSignature:
      return rest.id ?? rest.urn;
    case assetSignature:
      return { "@asset": openFields(rest, path, secretPaths) };
    case archiveSignature:
      return { "@archive": openFields(rest, path, secretPaths) };
    default:
      return openFields(rest, path, secretPaths);
  }
}

function openFields(
  fields: Record<string, unknown>,
  path: string,
  secretPaths: string[],
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      open(value, childPath(path, key), secretPaths),
    ]),
  );
}

/** Every string within, with its path: keys count as well, they end up in documents. */
function stringsOf(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "string") return [[path, value]];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => stringsOf(item, `${path}[${index}]`));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    [childPath(path, key), key] as [string, string],
    ...stringsOf(child, childPath(path, key)),
  ]);
}

/** Places where an `Output` was turned into a string instead of being waited for. */
export function stringifiedOutputs(value: unknown): string[] {
  return stringsOf(value)
    .filter(([, text]) => /Calling \[(toString|toJSON)\]/.test(text))
    .map(([path]) => path);
}
