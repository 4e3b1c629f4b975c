// What a lost region took with it: its own journal, held against the new region's, against what clients
// were told. Pure. What nobody was told of is lost to nobody, so the age of the loss counts from
// the oldest command that a client knows to be carried out.

import type { Reconciliation } from "../../failover/index.ts";

export type LostRow = Pick<
  Reconciliation["rows"][number],
  "kind" | "account" | "clientOrderId" | "time"
>;

export interface Losses {
  /** The RPO in commands: carried out by the lost region, not by the new one. */
  readonly rpoCommands: number;
  /** From the oldest acknowledged one to the loss of the region; 0 where no client has lost anything. */
  readonly rpoMs: number;
  /** Orders that clients were told of and the new region lacks, which the list does not name. */
  readonly unlisted: readonly string[];
}

export function lossesOf(
  rows: readonly LostRow[],
  { lostOrders, lostAtMs }: { readonly lostOrders: readonly string[]; readonly lostAtMs: number },
): Losses {
  const oldestMs = new Map<string, number>();
  for (const { account, clientOrderId, time } of rows) {
    const key = `${account}/${clientOrderId}`;
    const atMs = Date.parse(time);
    oldestMs.set(key, Math.min(oldestMs.get(key) ?? atMs, atMs));
  }
  const told = lostOrders.flatMap((key) => oldestMs.get(key) ?? []);
  return {
    rpoCommands: rows.filter(({ kind }) => kind === "lost").length,
    rpoMs: told.length === 0 ? 0 : Math.max(0, Math.round(lostAtMs - Math.min(...told))),
    unlisted: lostOrders.filter((key) => !oldestMs.has(key)),
  };
}
