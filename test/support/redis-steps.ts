// Steps of a random script of calls to Redis, as primaries and candidates of several epochs would make
// them, and what happens to the server meanwhile.

import fc from "fast-check";

export type Step =
  | { readonly kind: "append"; readonly writer: number; readonly counts: readonly number[] }
  | { readonly kind: "lead"; readonly writer: number; readonly from: number }
  | { readonly kind: "commit"; readonly writer: number }
  | { readonly kind: "vote" | "agree" | "observe" | "loadSnapshot"; readonly epoch: number }
  | { readonly kind: "read"; readonly epoch: number; readonly from: number }
  | { readonly kind: "fill" | "catchUp"; readonly writer: number; readonly behind: number }
  | { readonly kind: "snapshot"; readonly writer: number; readonly lines: readonly number[] }
  | { readonly kind: "trim"; readonly epoch: number; readonly upTo: number }
  | { readonly kind: "follow"; readonly name: string; readonly position: number }
  | { readonly kind: "evict"; readonly what: "meta" | "log" | "image" }
  | { readonly kind: "whileFull"; readonly step: Exclude<Step, { kind: "whileFull" }> }
  | { readonly kind: "flush" }
  | { readonly kind: "stale" };

const small = (max: number) => fc.integer({ min: 0, max });
const writer = small(2);
const epoch = small(9);

export type SimpleStep = Exclude<Step, { kind: "whileFull" }>;

const simpleStep: fc.Arbitrary<SimpleStep> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      writer,
      counts: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("lead" as const), writer, from: writer }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("commit" as const), writer }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("vote" as const, "agree" as const, "observe" as const),
      epoch,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("loadSnapshot" as const), epoch }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("read" as const), epoch, from: small(40) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("fill" as const), writer, behind: small(6) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("catchUp" as const), writer, behind: small(6) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("snapshot" as const),
      writer,
      lines: fc.array(small(30), { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("trim" as const), epoch, upTo: small(40) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("follow" as const),
      name: fc.constantFrom("history", "archive"),
      position: small(40),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("evict" as const),
      what: fc.constantFrom("meta" as const, "log" as const, "image" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stale" as const) }) },
);

/** Now and then the server has no memory for what a call would write. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: simpleStep },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("whileFull" as const), step: simpleStep }),
  },
);
