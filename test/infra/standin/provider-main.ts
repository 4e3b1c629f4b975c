// The plugin `pulumi-resource-…` of the tests. Its folder of resources is in STANDIN_CLOUD.

import { providerService, serve } from "./protocol.ts";
import { StandIn } from "./provider.ts";

const { STANDIN_CLOUD = "", STANDIN_VERSION = "0.0.0" } = process.env;
if (STANDIN_CLOUD === "") throw new Error("STANDIN_CLOUD names no folder");
const standIn = new StandIn(STANDIN_CLOUD, STANDIN_VERSION);
serve(providerService.ResourceProviderService, standIn.implementation());
