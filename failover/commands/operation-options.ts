// What all operations take on the command line, checked once.

import { hostname, userInfo } from "node:os";
import { resolve } from "node:path";
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

export function deploymentOf(options: { data: string; config?: string | undefined }): Deployment {
  return options.config === undefined
    ? localDeployment(options.data)
    : loadDeployment(options.config);
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
