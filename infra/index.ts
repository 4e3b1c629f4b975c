// The program that Pulumi runs, one for all stacks: `pulumi up --stack global | prod | dr`.

import * as pulumi from "@pulumi/pulumi";
import { deploy } from "./deploy.ts";

/** Its result is the stack's outputs. Pulumi calls the default export. */
export default () => deploy(pulumi.runtime.allConfig(), pulumi.getStack());
