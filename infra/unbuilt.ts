// What a configuration asks for and this program does not deploy yet. It is told in the outputs, by `castle
// cost` and in docs/deploy.md: whoever asks for it must not believe that it is there.

import type { RegionConfig } from "./config/stack-config.ts";

export function unbuilt({ compute, resilience }: RegionConfig): readonly string[] {
  const parts: readonly (readonly [part: string, isAsked: boolean])[] = [
    // Balancers are shifted out of a zone; inside the cluster pods still find those there. @pulumi/eks has no argument for it.
    [
      "zonal shift of the Kubernetes cluster",
      compute.kind !== "ecs" && resilience.hasZonalAutoshift,
    ],
  ];
  return parts.filter(([, isAsked]) => isAsked).map(([part]) => part);
}
