// ServiceCluster: where Fargate tasks run, on demand and on Spot, and the namespace by whose names they are found:
// by each other, by collectors task for task, and through the link by the other region. It has no instances
// of its own, so a zone's loss costs it nothing but the tasks there.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface ServiceClusterArgs {
  /** Names below it resolve there. */
  readonly vpcId: pulumi.Input<string>;
  readonly namespace: string;
  /** Encrypts the tasks' disks. */
  readonly dataKeyArn: pulumi.Input<string>;
}

export class ServiceCluster extends pulumi.ComponentResource {
  readonly clusterArn: pulumi.Output<string>;
  readonly clusterName: pulumi.Output<string>;
  readonly namespaceId: pulumi.Output<string>;
  /** Hosted zone of the namespace: who is associated with it resolves its names too. */
  readonly hostedZoneId: pulumi.Output<string>;

  constructor(name: string, args: ServiceClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("castle:infra:ServiceCluster", name, {}, options);
    const namespace = new aws.servicediscovery.PrivateDnsNamespace(
      `${name}-namespace`,
      { name: args.namespace, vpc: args.vpcId, description: "Services of the exchange, by name" },
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
    this.namespaceId = namespace.id;
    this.hostedZoneId = namespace.hostedZone;
    this.registerOutputs({
      clusterArn: this.clusterArn,
      clusterName: this.clusterName,
      namespaceId: this.namespaceId,
    });
  }
}
