// The program that Pulumi runs, one for all stacks: `pulumi up --stack global | prod | dr`.

import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { deploy } from "./deploy.ts";
import { InfraError } from "./errors.ts";

/** What its reader can mend is told alone, without a stack trace. */
function tell(error: unknown): never {
  throw error instanceof InfraError
    ? new pulumi.RunError(`${error.message} (${error.code})`)
    : error;
}

const folder = fileURLToPath(new URL("..", import.meta.url));

/** Its result is the stack's outputs. Pulumi calls the default export. */
export default () => deploy(pulumi.runtime.allConfig(), pulumi.getStack(), folder).catch(tell);
