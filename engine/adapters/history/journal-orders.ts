// Every order that a journal brought about, as it stands at the journal's end: what clients' own
// records are held against. Replayed from the first entry; an id that was executed twice is there
// twice.

import { assert } from "../../core/assert.ts";
import { Core } from "../../core/core.ts";
import type { Event, OrderStatus, OrderView } from "../../core/event.ts";
import type { Capacity } from "../../core/instrument.ts";
import type { AuditEntry } from "./audit.ts";

export interface JournalOrder {
  readonly accountId: number;
  readonly clientOrderId: string;
  readonly orderId: number;
  readonly status: OrderStatus;
}

/** `journal`: every committed entry from position 1 on, in order. */
export async function journalOrders(
  journal: AsyncIterable<AuditEntry> | Iterable<AuditEntry>,
  capacity: Capacity,
): Promise<JournalOrder[]> {
  const core = new Core(capacity);
  const orders = new Map<number, JournalOrder>();
  const events: Event[] = [];
  const take = ({ accountId, clientOrderId, orderId, status }: OrderView) => {
    orders.set(orderId, { accountId, clientOrderId, orderId, status });
  };
  let last = 0;
  for await (const { position, kind, data } of journal) {
    assert(position === last + 1, "the journal is read from 1 on, without a gap");
    last = position;
    if (kind !== "command") {
      core.advance(position);
      continue;
    }
    events.length = 0;
    core.apply(position, data, events);
    for (const event of events) {
      if (event.kind === "trade") {
        take(event.maker);
        take(event.taker);
      } else if ("order" in event) take(event.order);
    }
  }
  return [...orders.values()];
}
