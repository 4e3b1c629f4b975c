// Options of the cluster's commands: what the user typed, checked once. All faults at once.

import { resolve } from "node:path";
import { z } from "zod";
import { ClusterError } from "./errors.ts";

export const defaultDataDir = ".castle";

const url = (...protocols: string[]) =>
  z.string().refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), {
    message: `must begin with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`,
  });

export const dataDir = z
  .string()
  .min(1)
  // `--data --json`: a value was forgotten, nobody means such a folder.
  .refine((path) => !path.startsWith("-"), { message: "needs a directory" })
  .transform((path) => resolve(path));

export const upOptions = z.strictObject({
  data: dataDir,
  zones: z.enum(["loopback", "netns"]),
  portBase: z.coerce.number().int().min(1024).max(65_000),
  redisUrl: url("redis", "rediss").optional(),
  postgresUrl: url("postgres", "postgresql").optional(),
  regions: z.boolean().default(false),
  regionSync: z.boolean().default(false),
  rtt: z.coerce.number().min(0).max(10_000).default(70),
  json: z.boolean().default(false),
});

export const downOptions = z.strictObject({
  data: dataDir,
  json: z.boolean().default(false),
});

/** @throws ClusterError OPTION_INVALID naming each option that is wrong. */
export function parseOptions<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(
    ({ path, message }) => `--${optionName(String(path[0]))}: ${message}`,
  );
  throw new ClusterError("OPTION_INVALID", faults.join("; "));
}

const optionName = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
