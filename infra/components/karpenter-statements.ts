// What Karpenter may do: the policy that Karpenter 1.12 publishes (its cloudformation.yaml), narrowed to our
// subnets, our security group, our image and one instance profile that is made beforehand, so that it makes no
// profiles itself. It may start and end only what carries this cluster's tags.

import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlace } from "./pod-identity.ts";
import { keyUse, type Statement } from "./trust.ts";

export interface KarpenterScope {
  readonly place: ClusterPlace;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly securityGroupId: pulumi.Input<string>;
  readonly imageId: pulumi.Input<string>;
  readonly nodeRoleArn: pulumi.Input<string>;
  readonly instanceProfileArn: pulumi.Input<string>;
  readonly queueArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
}

export function karpenterStatements(scope: KarpenterScope): Statement[] {
  return [...startStatements(scope), ...endStatements(scope), ...supportStatements(scope)];
}

/** A resource of EC2 in this account. */
const ec2 = ({ place }: KarpenterScope, resource: pulumi.Input<string>) =>
  pulumi.interpolate`arn:aws:ec2:${place.region}:${place.accountId}:${resource}`;
/** Of nobody's account: images and their snapshots. */
const shared = ({ place }: KarpenterScope, resource: pulumi.Input<string>) =>
  pulumi.interpolate`arn:aws:ec2:${place.region}::${resource}`;

const owned = ({ place }: KarpenterScope, where: "Request" | "Resource") => ({
  [`aws:${where}Tag/kubernetes.io/cluster/${place.clusterName}`]: "owned",
});
const pooled = (where: "Request" | "Resource") => ({
  [`aws:${where}Tag/karpenter.sh/nodepool`]: "*",
});

/** What a start makes; each is tagged in the same call. */
const made = (scope: KarpenterScope) =>
  [
    "fleet/*",
    "instance/*",
    "volume/*",
    "network-interface/*",
    "launch-template/*",
    "spot-instances-request/*",
  ].map((resource) => ec2(scope, resource));

function startStatements(scope: KarpenterScope): Statement[] {
  const { place } = scope;
  const asked = {
    ...owned(scope, "Request"),
    "aws:RequestTag/eks:eks-cluster-name": place.clusterName,
  };
  return [
    {
      Sid: "StartInOurPlace",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: [
        shared(scope, pulumi.interpolate`image/${scope.imageId}`),
        shared(scope, "snapshot/*"),
        ec2(scope, pulumi.interpolate`security-group/${scope.securityGroupId}`),
        ...scope.subnetIds.map((id) => ec2(scope, pulumi.interpolate`subnet/${id}`)),
      ],
    },
    {
      Sid: "StartFromItsTemplates",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: ec2(scope, "launch-template/*"),
      Condition: { StringEquals: owned(scope, "Resource"), StringLike: pooled("Resource") },
    },
    {
      Sid: "StartWhatIsTagged",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"],
      Resource: made(scope),
      Condition: { StringEquals: asked, StringLike: pooled("Request") },
    },
    {
      Sid: "TagWhatItStarts",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: made(scope),
      Condition: {
        StringEquals: {
          ...asked,
          "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
        },
        StringLike: pooled("Request"),
      },
    },
  ];
}

function endStatements(scope: KarpenterScope): Statement[] {
  const ours = { StringEquals: owned(scope, "Resource"), StringLike: pooled("Resource") };
  return [
    {
      Sid: "NameItsInstances",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: ec2(scope, "instance/*"),
      Condition: {
        ...ours,
        StringEqualsIfExists: {
          "aws:RequestTag/eks:eks-cluster-name": scope.place.clusterName,
        },
        "ForAllValues:StringEquals": {
          "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"],
        },
      },
    },
    {
      Sid: "EndWhatItStarted",
      Effect: "Allow",
      Action: ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
      Resource: [ec2(scope, "instance/*"), ec2(scope, "launch-template/*")],
      Condition: ours,
    },
  ];
}

function supportStatements(scope: KarpenterScope): Statement[] {
  const { place, queueArn, dataKeyArn } = scope;
  const here = { StringEquals: { "aws:RequestedRegion": place.region } };
  return [
    {
      Sid: "GiveNodesTheirRole",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: scope.nodeRoleArn,
      Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
    {
      Sid: "FindTheProfile",
      Effect: "Allow",
      Action: "iam:GetInstanceProfile",
      Resource: scope.instanceProfileArn,
    },
    {
      Sid: "LookForProfilesLeftBehind",
      Effect: "Allow",
      Action: "iam:ListInstanceProfiles",
      Resource: pulumi.interpolate`arn:aws:iam::${place.accountId}:instance-profile/*`,
    },
    {
      Sid: "FindTheCluster",
      Effect: "Allow",
      Action: "eks:DescribeCluster",
      Resource: place.clusterArn,
    },
    {
      Sid: "HearOfInterruptions",
      Effect: "Allow",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      Resource: queueArn,
    },
    keyUse(dataKeyArn, "sqs", place.region, ["kms:Decrypt"]),
    keyUse(dataKeyArn, "ec2", place.region, [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:GenerateDataKeyWithoutPlaintext",
      "kms:ReEncryptFrom",
      "kms:ReEncryptTo",
    ]),
    {
      Sid: "GrantsForDisksOfNodes",
      Effect: "Allow",
      Action: "kms:CreateGrant",
      Resource: dataKeyArn,
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
    {
      Sid: "SeeWhatThereIs",
      Effect: "Allow",
      Action: [
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
      ],
      // Describing knows no narrower resource than all.
      Resource: "*",
      Condition: here,
    },
    {
      Sid: "SeePrices",
      Effect: "Allow",
      Action: "pricing:GetProducts",
      // The price list has no ARN, and answers in two regions only.
      Resource: "*",
    },
  ];
}
