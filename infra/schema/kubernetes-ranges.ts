// Ranges of what a cluster takes: its nodes as AWS has them, its objects as their controllers read them. "CRD" is the
// published definition of a custom object; other sources as in ranges.ts.

import { between, matching, oneOf, type Range, row } from "./range.ts";

const nodeGroup = "aws:eks/nodeGroup:NodeGroup";
const nodePool = "kubernetes:karpenter.sh/v1:NodePool";
const deployment = "kubernetes:apps/v1:Deployment";
const scaledObject = "kubernetes:keda.sh/v1alpha1:ScaledObject";
const pod = "spec.template.spec";

const quantity = (pattern: RegExp, example: string) =>
  matching(pattern, `write a quantity such as ${example}`);

/** Kinds whose name is a label: what holds it as a label or as DNS refuses more. */
const named = [
  deployment,
  scaledObject,
  nodePool,
  "kubernetes:core/v1:Service",
  "kubernetes:core/v1:ServiceAccount",
  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
  "kubernetes:policy/v1:PodDisruptionBudget",
];

export const kubernetesRanges: readonly Range[] = [
  row("node-capacity", nodeGroup, "capacityType", oneOf("ON_DEMAND", "SPOT"), "SDK"),
  row(
    "node-image",
    nodeGroup,
    "amiType",
    oneOf(
      "AL2023_ARM_64_STANDARD",
      "AL2023_x86_64_STANDARD",
      "BOTTLEROCKET_ARM_64",
      "BOTTLEROCKET_x86_64",
    ),
    "API: AMITypes, without other systems and Amazon Linux 2, which EKS gave up in 2025-11",
  ),
  row(
    "node-count",
    nodeGroup,
    "scalingConfig.maxSize",
    between(1, 450, 1),
    "docs.aws.amazon.com/eks/latest/userguide/service-quotas.html",
  ),
  row(
    "node-taint",
    nodeGroup,
    "taints[].effect",
    oneOf("NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE"),
    "SDK",
  ),
  row(
    "pool-taint",
    nodePool,
    "spec.template.spec.taints[].effect",
    oneOf("NoSchedule", "NoExecute", "PreferNoSchedule"),
    "CRD",
  ),
  row(
    "pool-consolidation",
    nodePool,
    "spec.disruption.consolidationPolicy",
    oneOf("WhenEmpty", "WhenEmptyOrUnderutilized"),
    "CRD",
  ),
  row("pool-weight", nodePool, "spec.weight", between(1, 100, 1), "CRD"),
  row(
    "object-name",
    named,
    "metadata.name",
    matching(
      /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
      "write up to 63 small letters, digits and inner hyphens",
    ),
    "kubernetes.io/docs/concepts/overview/working-with-objects/names: labels of RFC 1123",
  ),
  row(
    "pod-cpu",
    deployment,
    `${pod}.containers[].resources.limits.cpu`,
    quantity(/^\d+m?$/, "500m"),
    "kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity",
  ),
  row(
    "pod-memory",
    deployment,
    `${pod}.containers[].resources.limits.memory`,
    quantity(/^\d+[KMG]i?$/, "512Mi"),
    "kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity",
  ),
  row(
    "pod-spread",
    deployment,
    `${pod}.topologySpreadConstraints[].whenUnsatisfiable`,
    oneOf("DoNotSchedule", "ScheduleAnyway"),
    "SDK",
  ),
  row(
    "pod-toleration",
    deployment,
    `${pod}.tolerations[].operator`,
    oneOf("Exists", "Equal"),
    "SDK",
  ),
  row(
    "trigger-type",
    scaledObject,
    "spec.triggers[].type",
    oneOf("kafka", "aws-sqs-queue", "aws-cloudwatch", "aws-kinesis-stream", "prometheus", "cron"),
    "keda.sh/docs/2.18/scalers: those that are used here",
  ),
  row(
    "trigger-sasl",
    scaledObject,
    "spec.triggers[].metadata.sasl",
    oneOf("plaintext", "scram_sha256", "scram_sha512", "gssapi", "oauthbearer", "none"),
    "keda.sh/docs/2.18/scalers/apache-kafka: aws_msk_iam is a saslTokenProvider",
  ),
  row(
    "trigger-threshold",
    scaledObject,
    "spec.triggers[].metadata.lagThreshold",
    between(1, 1e9, 1),
    "keda.sh/docs/2.18/scalers/apache-kafka",
  ),
  row(
    "size-mode",
    "kubernetes:autoscaling.k8s.io/v1:VerticalPodAutoscaler",
    "spec.updatePolicy.updateMode",
    oneOf("Off", "Initial", "Recreate", "InPlaceOrRecreate", "Auto"),
    "CRD",
  ),
  row(
    "target-binding-type",
    "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding",
    "spec.targetType",
    oneOf("ip", "instance"),
    "CRD",
  ),
];
