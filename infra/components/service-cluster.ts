// ServiceCluster: where Fargate tasks run, on demand and on Spot, and the namespace by which they find each
// other. It has no instances of its own, so a zone's loss costs it nothing but the tasks there.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface ServiceClusterArgs {
  /** Encrypts the tasks' disks. */
  readonly dataKeyArn: pulumi.Input<string>;
}

export class ServiceCluster extends pulumi.ComponentResource {
  readonly clusterArn: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  readonly namespaceArn: pulumi.Output<string>;

  constructor(name: string, args: ServiceClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("castle:infra:ServiceCluster", name, {}, options);
    const namespace = new aws.servicediscovery.HttpNamespace(
      `${name}-namespace`,
      { description: "Services of the exchange, by name" },
      { parent: this },
    );
    const cluster = new aws.ecs.Cluster(
      `${name}-cluster`,
      {
        // Task-level metrics: the count of running tasks is what its alarms look at.
        settings: [{ name: "containerInsights", value: "enhanced" }],
        configuration: {
          // The key's policy lets Fargate make grants for it (keys.ts).
          managedStorageConfiguration: { fargateEphemeralStorageKmsKeyId: args.dataKeyArn },
        },
        serviceConnectDefaults: { namespace: namespace.arn },
      },
      { parent: this },
    );
    new aws.ecs.ClusterCapacityProviders(
      `${name}-providers`,
      {
        clusterName: cluster.name,
        capacityProviders: ["FARGATE", "FARGATE_SPOT"],
        // Of what is started without a word about it, such as the chaos probe: never on Spot.
        defaultCapacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }],
      },
      { parent: this },
    );
    this.clusterArn = cluster.arn;
    this.clusterName = cluster.name;
    this.namespaceArn = namespace.arn;
    this.registerOutputs({
      clusterArn: this.clusterArn,
      clusterName: this.clusterName,
      namespaceArn: this.namespaceArn,
    });
  }
}
