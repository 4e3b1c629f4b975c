// NameRegistrar: ExternalDNS, which keeps the region's namespace (Cloud Map) in step with the pods, so that controllers,
// collectors and the other region find them by the same names as tasks of Fargate. It touches only the names
// that it made itself.

import * as pulumi from "@pulumi/pulumi";
import { helmRelease } from "./helm-charts.ts";
import { type ClusterPlace, identify } from "./pod-identity.ts";
import type { Statement } from "./trust.ts";

export interface NameRegistrarArgs {
  readonly place: ClusterPlace;
  /** Of Cloud Map, such as prod.castle.internal. */
  readonly namespaceName: string;
  readonly namespaceId: pulumi.Input<string>;
  readonly hostedZoneId: pulumi.Input<string>;
}

const namespace = "kube-system";
const serviceAccount = "external-dns";

export class NameRegistrar extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: NameRegistrarArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:NameRegistrar", name, {}, options);
    const { place, namespaceName } = args;
    const identity = identify(
      name,
      { place, namespace, serviceAccount, statements: statementsOf(args) },
      { parent: this },
    );
    helmRelease(
      `${name}-controller`,
      {
        chart: "external-dns",
        namespace,
        values: {
          provider: { name: "aws-sd" },
          registry: "aws-sd",
          txtOwnerId: place.clusterName,
          sources: ["service"],
          domainFilters: [namespaceName],
          policy: "sync",
          // A pod that comes or goes is told at once, and once a minute all of them.
          interval: "1m",
          triggerLoopOnEvent: true,
          env: [{ name: "AWS_REGION", value: place.region }],
          serviceAccount: { create: true, name: serviceAccount },
          resources: {
            requests: { cpu: "50m", memory: "128Mi" },
            limits: { cpu: "200m", memory: "128Mi" },
          },
        },
      },
      { parent: this, dependsOn: [identity] },
    );
    this.registerOutputs({ namespaceName });
  }
}

/** In place of AWSCloudMapFullAccess, which the project suggests: one namespace, and its zone. */
function statementsOf({ place, namespaceId, hostedZoneId }: NameRegistrarArgs): Statement[] {
  const cloudMap = (resource: pulumi.Input<string>) =>
    pulumi.interpolate`arn:aws:servicediscovery:${place.region}:${place.accountId}:${resource}`;
  const here = pulumi.interpolate`namespace/${namespaceId}`;
  return [
    {
      Sid: "SeeNames",
      Effect: "Allow",
      Action: [
        "servicediscovery:DiscoverInstances",
        "servicediscovery:GetOperation",
        "servicediscovery:ListInstances",
        "servicediscovery:ListNamespaces",
        "servicediscovery:ListServices",
        "ec2:DescribeVpcs",
      ],
      // Listing knows no narrower resource than all.
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": place.region } },
    },
    {
      Sid: "MakeNames",
      Effect: "Allow",
      Action: "servicediscovery:CreateService",
      Resource: cloudMap(here),
    },
    {
      Sid: "KeepNames",
      Effect: "Allow",
      Action: [
        "servicediscovery:DeleteService",
        "servicediscovery:DeregisterInstance",
        "servicediscovery:GetService",
        "servicediscovery:RegisterInstance",
        "servicediscovery:UpdateService",
      ],
      Resource: cloudMap("service/*"),
      Condition: { ArnEquals: { "servicediscovery:NamespaceArn": cloudMap(here) } },
    },
    {
      Sid: "WriteTheirRecords",
      Effect: "Allow",
      Action: ["route53:ChangeResourceRecordSets", "route53:GetHostedZone"],
      Resource: pulumi.interpolate`arn:aws:route53:::hostedzone/${hostedZoneId}`,
    },
  ];
}
