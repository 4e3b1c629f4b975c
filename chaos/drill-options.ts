// Options of a drill: what the user typed, checked once, all faults at once.

import { randomInt } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";
import { ChaosError } from "./errors.ts";

export const faultNames = ["zone", "crash", "pause", "switchover"] as const;

const number = (least: number, most: number) => z.coerce.number().min(least).max(most);

const schema = z.strictObject({
  // More than 50,000/s no client of one process drives.
  rate: number(1, 50_000).default(2000),
  /** Seconds: a third of it must be longer than any failover. */
  duration: number(6, 86_400).default(30),
  seed: z.coerce
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  flow: z.string().min(1).optional(),
  speed: number(0.01, 10_000).optional(),
  zones: z.enum(["auto", "netns", "loopback"]).default("auto"),
  fault: z.enum(faultNames).default("zone"),
  reportDir: z.string().min(1).optional(),
  data: z.string().min(1).optional(),
  portBase: z.coerce.number().int().min(1024).max(65_000).optional(),
  redisUrl: z.string().optional(),
  postgresUrl: z.string().optional(),
  json: z.boolean().default(false),
});

export interface DrillOptions {
  readonly rate: number;
  readonly durationMs: number;
  readonly seed: number;
  /** A recorded flow; the generator where absent. */
  readonly flow: string | undefined;
  readonly speed: number;
  readonly zones: "auto" | "netns" | "loopback";
  readonly fault: (typeof faultNames)[number];
  readonly reportDir: string | undefined;
  /** Kept afterwards; a fresh one, removed when all held, where absent. */
  readonly data: string | undefined;
  readonly portBase: number | undefined;
  readonly redisUrl: string | undefined;
  readonly postgresUrl: string | undefined;
  readonly json: boolean;
}

/** Recorded minutes pass in seconds: some hundred actions a second, as one busy share has. */
const SPEED_DEFAULT = 20;

/** @throws ChaosError DRILL_OPTION_INVALID naming each option that is wrong. */
export function parseDrillOptions(given: unknown): DrillOptions {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0] ?? "").replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`);
      return `--${name}: ${message}`;
    });
    throw new ChaosError("DRILL_OPTION_INVALID", faults.join("; "));
  }
  const { duration, reportDir, data, flow, speed, seed, ...rest } = parsed.data;
  if (speed !== undefined && flow === undefined) {
    throw new ChaosError("DRILL_OPTION_INVALID", "--speed: goes with --flow; see --rate otherwise");
  }
  return {
    redisUrl: undefined,
    postgresUrl: undefined,
    portBase: undefined,
    ...rest,
    flow: flow && resolve(flow),
    speed: speed ?? SPEED_DEFAULT,
    seed: seed ?? randomInt(2 ** 32),
    durationMs: duration * 1000,
    reportDir: reportDir && resolve(reportDir),
    data: data && resolve(data),
  };
}
