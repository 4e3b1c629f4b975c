// What a configuration asks for and this program does not deploy yet. It is told in the outputs, by `castle
// cost` and in docs/deploy.md: whoever asks for it must not believe that it is there.

import type { RegionConfig } from "./config/stack-config.ts";

export function unbuilt({ compute }: RegionConfig): readonly string[] {
  const parts: readonly (readonly [part: string, isAsked: boolean])[] = [
    ["services on EKS", compute.kind !== "ecs"],
  ];
  return parts.filter(([, isAsked]) => isAsked).map(([part]) => part);
}
