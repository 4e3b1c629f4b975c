// TargetRegistrar: AWS's load balancer controller, for one thing: to register pods in the target groups that the stack
// made. It makes no balancer, no group and no rule itself: it has no right to, and no kind of object asks it to.

import * as pulumi from "@pulumi/pulumi";
import { helmRelease } from "./helm-charts.ts";
import { type ClusterPlace, identify } from "./pod-identity.ts";
import type { Statement } from "./trust.ts";

export interface TargetRegistrarArgs {
  readonly place: ClusterPlace;
  readonly vpcId: pulumi.Input<string>;
  readonly targetGroupArns: readonly pulumi.Input<string>[];
}

const namespace = "kube-system";
const serviceAccount = "aws-load-balancer-controller";

export class TargetRegistrar extends pulumi.ComponentResource {
  /** Brings the kind TargetGroupBinding. */
  readonly release: pulumi.Resource;

  constructor(
    name: string,
    args: TargetRegistrarArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:TargetRegistrar", name, {}, options);
    const { place, vpcId } = args;
    const identity = identify(
      name,
      { place, namespace, serviceAccount, statements: statementsOf(args) },
      { parent: this },
    );
    this.release = helmRelease(
      `${name}-controller`,
      {
        chart: "aws-load-balancer-controller",
        namespace,
        values: {
          clusterName: place.clusterName,
          // Said here, because pods cannot ask the node.
          region: place.region,
          vpcId,
          replicaCount: 2,
          podDisruptionBudget: { maxUnavailable: 1 },
          serviceAccount: { create: true, name: serviceAccount },
          createIngressClassResource: false,
          enableServiceMutatorWebhook: false,
          enableShield: false,
          enableWaf: false,
          enableWafv2: false,
          resources: {
            requests: { cpu: "100m", memory: "200Mi" },
            limits: { cpu: "500m", memory: "200Mi" },
          },
        },
      },
      { parent: this, dependsOn: [identity] },
    );
    this.registerOutputs({ targetGroupArns: args.targetGroupArns });
  }
}

/** Of the controller's published policy what target groups of others need: registering, and looking. */
function statementsOf({ place, targetGroupArns }: TargetRegistrarArgs): Statement[] {
  return [
    {
      Sid: "RegisterPods",
      Effect: "Allow",
      Action: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
      Resource: targetGroupArns,
    },
    {
      Sid: "SeeTargets",
      Effect: "Allow",
      Action: [
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeInstances",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcs",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
      ],
      // Describing knows no narrower resource than all.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": place.region } },
    },
  ];
}
