// ServiceImages: the container images of Castle's own workloads, each in a repository of its own. The
// repositories are plain resources, so that tests and previews see how they are kept; awsx builds and
// pushes (its plugin drives Docker's build), which needs a Docker daemon where `pulumi up` runs.

import * as aws from "@pulumi/aws";
// Not the whole of awsx: its index loads every component that it has, and what those need.
import { Image } from "@pulumi/awsx/ecr/image.js";
import * as pulumi from "@pulumi/pulumi";

export interface ServiceImagesArgs {
  /** Workload to its Dockerfile. */
  readonly dockerfiles: Readonly<Record<string, string>>;
  /** The folder that Dockerfiles copy from: what the build command has made. */
  readonly context: string;
  /** As the machines that run them. */
  readonly architecture: "X86_64" | "ARM64";
  readonly dataKeyArn: pulumi.Input<string>;
}

/** Enough to roll back to; older ones cost storage and hold old faults. */
const imagesKept = 30;

export class ServiceImages extends pulumi.ComponentResource {
  /** Workload to image, by digest: what runs is what was built. */
  readonly imageUris: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: ServiceImagesArgs, options?: pulumi.ComponentResourceOptions) {
    super("castle:infra:ServiceImages", name, {}, options);
    this.imageUris = Object.fromEntries(
      Object.entries(args.dockerfiles).map(([workload, dockerfile]) => {
        const repository = this.repository(`${name}-${workload}`, args);
        const image = new Image(
          `${name}-${workload}-image`,
          {
            repositoryUrl: repository.repositoryUrl,
            context: args.context,
            dockerfile,
            platform: args.architecture === "ARM64" ? "linux/arm64" : "linux/amd64",
          },
          { parent: this },
        );
        return [workload, image.imageUri];
      }),
    );
    this.registerOutputs({ imageUris: this.imageUris });
  }

  private repository(name: string, args: ServiceImagesArgs): aws.ecr.Repository {
    const repository = new aws.ecr.Repository(
      `${name}-repository`,
      {
        // awsx makes the tag from the build's arguments, so a new build has the old tag. What runs is named
        // by its digest, which nothing can change.
        imageTagMutability: "MUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: args.dataKeyArn }],
      },
      { parent: this },
    );
    new aws.ecr.LifecyclePolicy(
      `${name}-lifecycle`,
      {
        repository: repository.name,
        policy: JSON.stringify({
          rules: [
            {
              rulePriority: 1,
              description: "Keep the newest",
              selection: {
                tagStatus: "any",
                countType: "imageCountMoreThan",
                countNumber: imagesKept,
              },
              action: { type: "expire" },
            },
          ],
        }),
      },
      { parent: this },
    );
    return repository;
  }
}
