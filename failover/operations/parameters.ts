// Parameters of each operation: what was decided before its first step, plain JSON, kept in the operation
// log. A plan is a function of them, so that the same plan continues after a crash of this program,
// whatever has changed meanwhile.

import { z } from "zod";

const memberSchema = z.object({
  node: z.string(),
  kind: z.enum(["engine", "redis"]),
  zone: z.string(),
  address: z.string(),
  incarnation: z.int().min(1),
});

const epoch = z.int().min(0);
const term = z.int().min(1);
const nodes = z.array(z.string()).min(1);

export const parametersSchema = z.discriminatedUnion("kind", [
  /** Primary and standby of one region change places. `epoch`: the one that ends. */
  z.object({
    kind: z.literal("zoneSwitchover"),
    region: z.string(),
    from: z.string(),
    to: z.string(),
    epoch,
  }),
  /**
   * The standby takes over from a primary that is lost, also while paused. `fence`: engines to be fenced
   * first; `isAlone`: by rule 11, with what it has.
   */
  z.object({
    kind: z.literal("zoneFailover"),
    region: z.string(),
    to: z.string(),
    fence: z.array(z.string()),
    epoch,
    isAlone: z.boolean(),
  }),
  /** Both regions live; nothing is lost. `term`: the leadership that ends. */
  z.object({ kind: z.literal("regionSwitchover"), from: z.string(), to: z.string(), term }),
  /** A planned move is given up after its drain: `region`, which led in `term`, leads in the next one. */
  z.object({
    kind: z.literal("regionKeep"),
    region: z.string(),
    follower: z.string(),
    term,
  }),
  /**
   * The active region is lost. `demote`: engines of it that still answered; `alone`: of the new region the
   * one engine that is left, which goes on by rule 11.
   */
  z.object({
    kind: z.literal("regionFailover"),
    from: z.string(),
    to: z.string(),
    term,
    demote: z.array(z.string()),
    alone: z.string().optional(),
  }),
  /**
   * A zone that is ill gets no clients for so many hours. `switchover`: the primary is there, and changes places
   * first.
   */
  z.object({
    kind: z.literal("zoneLeave"),
    region: z.string(),
    zone: z.string(),
    hours: z.int().min(1),
    switchover: z.object({ from: z.string(), to: z.string(), epoch }).optional(),
  }),
  z.object({ kind: z.literal("zoneReturn"), region: z.string(), zone: z.string() }),
  /** The managed Redis's primary moves into that zone. `isLed`: the region has a primary that counts it. */
  z.object({
    kind: z.literal("storePlace"),
    region: z.string(),
    zone: z.string(),
    isLed: z.boolean(),
  }),
  /** One word to several engines. */
  z.object({
    kind: z.literal("tell"),
    word: z.enum(["pause", "resume", "fence", "unfence"]),
    targets: z.array(z.object({ region: z.string(), engine: z.string() })).min(1),
  }),
  z.object({
    kind: z.literal("tradingStatus"),
    region: z.string(),
    symbols: nodes,
    status: z.enum(["trading", "halt", "cancelOnly", "auction"]),
    /** What each had when this was proposed, where the primary told it. */
    present: z.record(z.string(), z.string()).default({}),
  }),
  /**
   * Another machine or disk takes an engine's seat, as this incarnation. `label` names the archive of the old
   * disk; `register`: the members that replace those of `fromVersion` there.
   */
  z.object({
    kind: z.literal("memberReplace"),
    region: z.string(),
    engine: z.enum(["engine-1", "engine-2"]),
    label: z.string(),
    incarnation: z.int().min(2),
    isLocal: z.boolean(),
    register: z
      .object({ fromVersion: z.int().min(0), members: z.array(memberSchema).min(1) })
      .optional(),
  }),
]);

export type Parameters = z.infer<typeof parametersSchema>;
export type ParametersOf<K extends Parameters["kind"]> = Extract<Parameters, { kind: K }>;
