// What a configuration asks for and this program does not deploy yet. It is told in the outputs, by `castle
// cost` and in docs/deploy.md: whoever asks for it must not believe that it is there.

import type { RegionConfig } from "./config/stack-config.ts";

export function unbuilt({ compute, api, identity }: RegionConfig): readonly string[] {
  const parts: readonly (readonly [part: string, isAsked: boolean])[] = [
    ["services on Fargate (gateway, history, controller, probe)", compute.kind !== "eks"],
    ["services on EKS", compute.kind !== "ecs"],
    ["REST API", api.hasRest],
    ["WebSocket API", api.hasWebSocket],
    ["user pool", identity.isEnabled],
  ];
  return parts.filter(([, isAsked]) => isAsked).map(([part]) => part);
}
