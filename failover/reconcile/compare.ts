// Compare: every command that the old region carried out behind the fork, held against the new
// region's journal. What the old region has behind the fork is kept in memory (what was not yet
// over the link when it was lost: seconds of work); the new region's journal, which goes on, streams.

import {
  type Core,
  decodeCommand,
  type Event,
  type JournalEntry,
  type SequencedCommand,
} from "../../engine/index.ts";
import { FailoverError } from "../errors.ts";
import { type Difference, idOf, orderKeyOf, requestKeyOf } from "./difference.ts";
import { isAccepted, isSameOutcome, type Outcome, outcomeOf } from "./outcome.ts";

export interface CompareOptions {
  /** From the fork on. */
  readonly oldTail: AsyncIterable<JournalEntry>;
  readonly newTail: AsyncIterable<JournalEntry>;
  /** Three cores, each at the entry before the fork. */
  readonly cores: { readonly before: Core; readonly old: Core; readonly new: Core };
  /** Both engines of the old region hold its journal up to there. */
  readonly certainUpTo: number;
  /** Commands behind the fork at most. */
  readonly tailMax: number;
}

type Found = { -readonly [K in keyof Difference]: Difference[K] };

/** In the order of the old journal. `cores.old` then stands at the old journal's end. */
export async function compareTails(options: CompareOptions): Promise<Difference[]> {
  const found = await readOldTail(options);
  const byRequest = new Map<string, Found>();
  const byOrder = new Map<string, Found>();
  for (const one of found) {
    const requestKey = requestKeyOf(one);
    const orderKey = orderKeyOf(one.command);
    if (requestKey !== null) byRequest.set(requestKey, one);
    if (orderKey !== null && isAccepted(one.outcome)) byOrder.set(orderKey, one);
  }
  const core = options.cores.new;
  for await (const { position, kind, data } of options.newTail) {
    if (kind !== "command") {
      core.advance(position);
      continue;
    }
    const sequenced = decodeCommand(data);
    const one = match(sequenced, byRequest, byOrder);
    if (one === undefined) {
      core.apply(position, data, null);
      continue;
    }
    const events: Event[] = [];
    // Balances of the new region are not shown, so nothing needs its state before the command.
    core.apply(position, data, events);
    const outcome = outcomeOf(events, core);
    if (outcome !== null) note(one, { position, outcome });
  }
  return found;
}

function match(
  sequenced: SequencedCommand,
  byRequest: ReadonlyMap<string, Found>,
  byOrder: ReadonlyMap<string, Found>,
): Found | undefined {
  const requestKey = requestKeyOf(sequenced);
  const same = requestKey === null ? undefined : byRequest.get(requestKey);
  if (same !== undefined) return same;
  const orderKey = orderKeyOf(sequenced.command);
  return orderKey === null ? undefined : byOrder.get(orderKey);
}

/** The first time that it was accepted counts; refusals, only as long as it never was. */
function note(one: Found, after: { position: number; outcome: Outcome }): void {
  if (one.after !== null && (isAccepted(one.after.outcome) || !isAccepted(after.outcome))) return;
  one.after = after;
  one.kind = isSameOutcome(one.outcome, after.outcome) ? "duplicate" : "divergent";
}

async function readOldTail(options: CompareOptions): Promise<Found[]> {
  const { cores, certainUpTo, tailMax } = options;
  const found: Found[] = [];
  for await (const { position, epoch, kind, data } of options.oldTail) {
    if (kind !== "command") {
      for (const core of [cores.old, cores.before]) core.advance(position);
      continue;
    }
    const { request, timestampUs, command } = decodeCommand(data);
    const events: Event[] = [];
    cores.old.apply(position, data, events);
    const outcome = outcomeOf(events, cores.before);
    cores.before.apply(position, data, null);
    if (outcome === null) continue;
    if (found.length === tailMax)
      throw new FailoverError(
        "JOURNALS_INCOMPARABLE",
        `more than ${tailMax} commands lie behind the fork: are these the right journals?`,
      );
    found.push({
      ...{ id: idOf(request, position), kind: "lost", position, epoch, timestampUs },
      ...{ request, command, isCertain: position <= certainUpTo, outcome, after: null },
    });
  }
  return found;
}
