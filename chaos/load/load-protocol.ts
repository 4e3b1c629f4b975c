// What a drill and its load process say to each other: one JSON object a line, orders in by stdin,
// reports out by stdout. Checked on entry, since a load that misunderstands proves nothing.

import { z } from "zod";

export const loadOptionsSchema = z.strictObject({
  kind: z.literal("options"),
  endpoints: z.array(z.strictObject({ name: z.string(), url: z.string() })).min(1),
  accounts: z
    .array(z.strictObject({ accountId: z.int(), apiKey: z.string(), secretKey: z.string() }))
    .min(1),
  /** One instrument of the flow each, with the price that its middle starts at. */
  markets: z.array(z.strictObject({ symbol: z.string(), midPrice: z.number().positive() })).min(1),
  flow: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("synthetic"), ratePerS: z.number().positive() }),
    z.strictObject({
      kind: z.literal("file"),
      file: z.string(),
      speed: z.number().positive(),
    }),
  ]),
  /** Steady orders besides the flow, all clients together; 0 for none. */
  beatsPerS: z.number().nonnegative(),
  /** The rate rises for so long before the duration begins. */
  rampMs: z.number().nonnegative(),
  durationMs: z.number().positive(),
  seed: z.int(),
  ledgerFile: z.string(),
  /** Where every operation and its times go, queries included; none are made where absent. */
  historyFile: z.string().optional(),
  hedgeAfterMs: z.number().positive().optional(),
});
export type LoadOptions = z.infer<typeof loadOptionsSchema>;

export const loadOrderSchema = z.discriminatedUnion("kind", [
  loadOptionsSchema,
  z.strictObject({ kind: z.literal("start") }),
  /** Ends the flow early; what is under way is waited for. */
  z.strictObject({ kind: z.literal("stop") }),
  /** After the flow: one small order that never fills, so that the exchange marks its state anew. */
  z.strictObject({ kind: z.literal("nudge") }),
  /** After the flow: finds out what became of unknown outcomes, and which orders are open. */
  z.strictObject({ kind: z.literal("reconcile") }),
  z.strictObject({ kind: z.literal("exit") }),
]);
export type LoadOrder = z.infer<typeof loadOrderSchema>;

export interface LoadProgress {
  readonly kind: "progress";
  readonly atMs: number;
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly retried: number;
  readonly pending: number;
  /** Acknowledgements a second since the last report. */
  readonly ackPerS: number;
  /** Of what was acknowledged since the last report, from the intended time; 0 where nothing was. */
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  /** How late the load itself was: its own delay, not the exchange's. */
  readonly lagMsMax: number;
}

/** An order that the exchange calls open. */
export interface OpenOrder {
  readonly accountId: number;
  readonly symbol: string;
  readonly orderId: number;
  readonly clientOrderId: string;
}

export type LoadReport =
  /** Connected, symbols known: `start` may come. */
  | { readonly kind: "ready" }
  /** `atMs`: the end of the ramp. */
  | { readonly kind: "started"; readonly atMs: number }
  | LoadProgress
  | {
      readonly kind: "connection";
      readonly accountId: number;
      readonly atMs: number;
      readonly endpoint: string;
      readonly state: "opened" | "lost";
      readonly reason: string;
    }
  /** All settled, the ledger is on disk. `skipped`: actions on orders that had ended by then. */
  | { readonly kind: "finished"; readonly skipped: number; readonly unsent: number }
  | {
      readonly kind: "reconciled";
      /** `undefined` where the exchange did not answer. */
      readonly openOrders: readonly OpenOrder[] | undefined;
    }
  | { readonly kind: "failed"; readonly message: string };
