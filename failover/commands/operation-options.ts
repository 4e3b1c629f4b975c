// What all operations take on the command line, checked once.

import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { dataDir } from "../cli-options.ts";
import { type Deployment, loadDeployment, localDeployment } from "../deployment.ts";

const word = z
  .string()
  .min(1)
  .refine((text) => !text.startsWith("-"), { message: "needs a value" });

export const placeShape = {
  data: dataDir,
  config: word.transform((path) => resolve(path)).optional(),
  json: z.boolean().default(false),
};

export const operationShape = {
  ...placeShape,
  dryRun: z.boolean().default(false),
  yes: z.boolean().default(false),
  reason: word.optional(),
  by: word.optional(),
  resume: word.optional(),
  abandon: word.optional(),
};

const operationOptions = z.object(operationShape);
export type OperationOptions = z.infer<typeof operationOptions>;

export const optionalWord = word.optional();

/** Two regions on one machine have their deployment file in the data directory. */
export function configOf({ data, config }: Place): string | undefined {
  const found = join(data, "deployment.json");
  return config ?? (existsSync(found) ? found : undefined);
}

interface Place {
  readonly data: string;
  readonly config?: string | undefined;
}

export function deploymentOf(place: Place): Deployment {
  const config = configOf(place);
  return config === undefined ? localDeployment(place.data) : loadDeployment(config);
}

export function whoOf(options: Pick<OperationOptions, "by" | "reason">) {
  const by = options.by ?? `${userNameOf()}@${hostname()}`;
  return { by, reason: options.reason ?? "no reason given" };
}

function userNameOf(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without a name, as in many containers.
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
