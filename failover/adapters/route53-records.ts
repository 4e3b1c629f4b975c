// Route 53 records: which sets of a record belong to which region, and the change that sends clients to one
// of them. Pure. Both sets of a record change in one transaction, by deleting exactly what was read and
// creating what shall be: a compare-and-set, and at no moment two primaries or none.

import type { Change, ResourceRecordSet, RRType } from "@aws-sdk/client-route-53";
import { FailoverError } from "../errors.ts";

export interface RecordName {
  readonly name: string;
  readonly type: RRType;
}

/** The sets of one record, by region. */
export type RecordSets = ReadonlyMap<string, ResourceRecordSet>;

/** All clients; nobody. Of weighted records, where zero excludes as long as another is above zero. */
const weightOfAll = 100;
const weightOfNone = 0;

/**
 * @param found what Route 53 holds from that name on.
 * @param setIdentifiers by region.
 * @throws FailoverError TRAFFIC_UNSAFE where the record has other sets than the deployment knows.
 */
export function setsOf(
  record: RecordName,
  found: readonly ResourceRecordSet[],
  setIdentifiers: ReadonlyMap<string, string>,
): RecordSets {
  const sets = found.filter((set) => isOf(set, record));
  const byRegion = new Map<string, ResourceRecordSet>();
  for (const [region, identifier] of setIdentifiers) {
    const set = sets.find(({ SetIdentifier }) => SetIdentifier === identifier);
    if (set === undefined) throw unsafe(record, `has no set ${identifier} for region ${region}`);
    byRegion.set(region, set);
  }
  const unknown = sets.find((set) => ![...byRegion.values()].includes(set));
  if (unknown !== undefined) {
    throw unsafe(record, `has a set ${unknown.SetIdentifier} that is no region's`);
  }
  return byRegion;
}

/** Region that the record prefers; `null` where that is not exactly one. */
export function preferredRegion(sets: RecordSets): string | null {
  const preferred = [...sets].filter(([, set]) => isPreferred(set)).map(([region]) => region);
  return preferred.length === 1 ? (preferred[0] ?? null) : null;
}

/** Empty where the record prefers that region already. */
export function changesTo(toRegion: string, record: RecordName, sets: RecordSets): Change[] {
  const changed = [...sets].flatMap(([region, before]) => {
    const after = preferring(before, region === toRegion, record);
    return after === before ? [] : [{ before, after }];
  });
  // Deletions first: in between there may be no primary, and never two.
  return [
    ...changed.map(({ before }) => ({ Action: "DELETE" as const, ResourceRecordSet: before })),
    ...changed.map(({ after }) => ({ Action: "CREATE" as const, ResourceRecordSet: after })),
  ];
}

const isPreferred = ({ Failover, Weight }: ResourceRecordSet): boolean =>
  Failover === "PRIMARY" || (Weight ?? 0) > 0;

/** The set as it shall be; itself where it is so already. */
function preferring(
  set: ResourceRecordSet,
  isPreferredNow: boolean,
  record: RecordName,
): ResourceRecordSet {
  if (set.Failover !== undefined) {
    const Failover = isPreferredNow ? "PRIMARY" : "SECONDARY";
    return set.Failover === Failover ? set : { ...set, Failover };
  }
  if (set.Weight === undefined) throw unsafe(record, "is neither a failover nor a weighted record");
  const isSo = isPreferred(set) === isPreferredNow;
  return isSo ? set : { ...set, Weight: isPreferredNow ? weightOfAll : weightOfNone };
}

const isOf = ({ Name, Type }: ResourceRecordSet, { name, type }: RecordName): boolean =>
  Type === type && plain(Name ?? "") === plain(name);

const plain = (name: string): string => name.toLowerCase().replace(/\.$/, "");

const unsafe = ({ name, type }: RecordName, problem: string): FailoverError =>
  new FailoverError("TRAFFIC_UNSAFE", `Route 53 record ${name} ${type} ${problem}`, { name, type });
