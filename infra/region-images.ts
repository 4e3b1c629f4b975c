// The images of Castle's own workloads, for Fargate and Kubernetes alike. Their bundles are made by `npm run build`.

import { fileURLToPath } from "node:url";
import { ServiceImages } from "./components/service-images.ts";
import type { Site } from "./region-site.ts";
import type { Surroundings } from "./workload-specs.ts";

/** Docker's files name what they copy from here. */
const root = fileURLToPath(new URL("..", import.meta.url));
/** As the engines' hosts: one set of native modules is built and tested. */
export const architecture = "X86_64" as const;
const workloads = ["gateway", "history", "controller", "chaos-probe"] as const;

export function imagesOf({ dataKeyArn, options }: Site): Surroundings["images"] {
  const images = new ServiceImages(
    "images",
    {
      context: root,
      dockerfiles: Object.fromEntries(
        workloads.map((name) => [name, `${root}infra/images/${name}.Dockerfile`]),
      ),
      architecture,
      dataKeyArn,
    },
    options,
  );
  return images.imageUris;
}
