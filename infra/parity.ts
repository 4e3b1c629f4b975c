// How two stacks of one program differ: which resources only one has, and which inputs have other values once
// the words for place (region, zones, network, stack) and invented ids are taken out. Pure.

import type { CapturedResource } from "./capture/capture.ts";

export interface Difference {
  /** `type name`, or `type name: path` of an input. */
  readonly where: string;
  readonly one: string;
  readonly other: string;
}

/** Words that name the place of each stack: replaced, so that what is left is the same in both. */
export type PlaceWords = readonly (readonly [word: string, name: string])[];

export function differences(
  one: readonly CapturedResource[],
  other: readonly CapturedResource[],
  words: { readonly one: PlaceWords; readonly other: PlaceWords },
): Difference[] {
  const [first, second] = [byPlace(one), byPlace(other)];
  const found: Difference[] = [];
  for (const where of new Set([...first.keys(), ...second.keys()])) {
    const [a, b] = [first.get(where), second.get(where)];
    if (a === undefined || b === undefined) {
      const there = (value: unknown) => (value === undefined ? "absent" : "there");
      found.push({ where, one: there(a), other: there(b) });
    } else found.push(...inputDifferences(where, [flat(a, words.one), flat(b, words.other)]));
  }
  return found.toSorted((a, b) => (a.where < b.where ? -1 : 1));
}

/** Type and logical name with those of the parents: what Pulumi calls identity, but for the stack. */
function byPlace(resources: readonly CapturedResource[]): Map<string, CapturedResource> {
  return new Map(
    resources.map((resource) => [resource.urn.split("::").slice(2).join(" "), resource]),
  );
}

type Flat = ReadonlyMap<string, string>;

function inputDifferences(where: string, [one, other]: readonly [Flat, Flat]): Difference[] {
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((path) => {
    const [a = "absent", b = "absent"] = [one.get(path), other.get(path)];
    return a === b ? [] : [{ where: `${where}: ${path}`, one: a, other: b }];
  });
}

/** Inputs and the options that protect them, as paths to plain text. */
function flat({ inputs, options }: CapturedResource, words: PlaceWords): Flat {
  const leaves = new Map<string, string>();
  const left: (readonly [path: string, value: unknown])[] = [
    ...Object.entries(inputs),
    ["(protect)", options.protect],
    ["(ignoreChanges)", options.ignoreChanges.join(" ")],
  ];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [path, value] = next;
    if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value))
        left.push([`${path}.${plain(key, words)}`, inner]);
    } else leaves.set(path, plain(String(value), words));
  }
  return leaves;
}

const suffix = /\b[0-9a-f]{7,}\b|(?<=-)[0-9a-f]{6}\b|(?<=_)[0-9a-f]{9}\b/g;
const uuid = /\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;

/** Ids, suffixes of 6 hexadecimal digits and more, and ids of user pools are invented from the stack's name. */
function plain(text: string, words: PlaceWords): string {
  const named = words.reduce((left, [word, name]) => left.replaceAll(word, `<${name}>`), text);
  return named.replaceAll(uuid, "<id>").replaceAll(suffix, "<id>");
}
