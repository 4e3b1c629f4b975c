// Members: which incarnation of an engine's seat takes part. Engine 1 and engine 2 are *seats*; each
// machine or disk that takes one is an incarnation, counted from 1. A Member entry in the log names the
// next one, and from where it stands in a log the one before is nobody there: its answers do not count
// (docs/replication.md, rule 14). So what is known of members is as durable as the log, and is cut with it.
// Kept as text, behind the Redis instance in a snapshot or checkpoint: "|1=2|2=5", "" while nobody was replaced.

import { assert } from "../core/assert.ts";
import type { EngineId } from "./messages.ts";

/** Every seat begins with it. */
export const firstIncarnation = 1;

const mark = /\|([^|=]+)=(\d+)/g;
const entry = /^([^|=]+)=(\d+)$/;

/** Regions have engines of equal ids, and a region that follows has the other one's log. */
export function seatOf(id: EngineId, regionName?: string): string {
  return regionName === undefined ? String(id) : `${regionName}/${id}`;
}

/** Text of a Member entry. */
export function memberText(seat: string, incarnation: number): string {
  assert(incarnation > firstIncarnation, "the first incarnation replaces nobody");
  return `${seat}=${incarnation}`;
}

export function incarnationIn(members: string, seat: string): number {
  // Asked with each message; most exchanges have replaced nobody.
  return members === "" ? firstIncarnation : (marksOf(members).get(seat) ?? firstIncarnation);
}

/** Members once the entry with this text is in the log. */
export function withMember(members: string, text: string): string {
  const match = entry.exec(text);
  assert(match !== null, "a Member entry names a seat and an incarnation");
  const marks = marksOf(members).set(match[1] as string, Number(match[2]));
  const seats = [...marks].sort(([a], [b]) => (a < b ? -1 : 1));
  return seats.map(([seat, incarnation]) => `|${seat}=${incarnation}`).join("");
}

function marksOf(members: string): Map<string, number> {
  return new Map(
    [...members.matchAll(mark)].map(([, seat, number]) => [seat as string, Number(number)]),
  );
}

/** The two parts of what a snapshot says of its place in the log: Redis instance, and members. */
export function partsOfStamp(stamp: string): { instance: string; members: string } {
  const at = stamp.indexOf("|");
  if (at === -1) return { instance: stamp, members: "" };
  return { instance: stamp.slice(0, at), members: stamp.slice(at) };
}
