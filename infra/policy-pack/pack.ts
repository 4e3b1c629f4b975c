// The policy pack: `pulumi preview --policy-pack infra/policy-pack`. It starts a server when it is loaded, as
// Pulumi wants it; the policies themselves are in stack-policies.ts.

import { PolicyPack } from "@pulumi/policy";
import * as pulumi from "@pulumi/pulumi";
import { stackPolicies } from "./stack-policies.ts";

new PolicyPack("castle", { policies: stackPolicies(pulumi.getStack()) });
