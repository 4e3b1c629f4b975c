// Good and bad examples of infra/policy/kubernetes.ts.

import type { Subject } from "../../../../infra/policy/rule.ts";
import { type Example, one, subject } from "./example.ts";

const cluster = "eks:index:Cluster";
const nodeGroup = "aws:eks/nodeGroup:NodeGroup";
const nodePool = "kubernetes:karpenter.sh/v1:NodePool";
const deployment = "kubernetes:apps/v1:Deployment";
const autoscaler = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const scaled = "kubernetes:keda.sh/v1alpha1:ScaledObject";
const budget = "kubernetes:policy/v1:PodDisruptionBudget";
const sizer = "kubernetes:autoscaling.k8s.io/v1:VerticalPodAutoscaler";

const three = ["subnet-a", "subnet-b", "subnet-c"];
const nodes = (props: object): Subject =>
  subject(
    nodeGroup,
    {
      clusterName: "castle",
      capacityType: "ON_DEMAND",
      subnetIds: three,
      scalingConfig: { minSize: 3 },
      ...props,
    },
    { ignoreChanges: ["scalingConfig.desiredSize"] },
  );

const pool = (values: readonly string[], taints: readonly object[]) =>
  subject(nodePool, {
    spec: {
      template: {
        spec: {
          requirements: [{ key: "karpenter.sh/capacity-type", operator: "In", values }],
          taints,
        },
      },
    },
  });
const taint = { key: "castle/capacity", value: "spot" };

const container = {
  name: "gateway",
  image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/gateway:1.0.0",
  securityContext: {
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  resources: {
    requests: { cpu: "1000m", memory: "1Gi" },
    limits: { cpu: "1000m", memory: "1Gi" },
  },
  env: [{ name: "API_KEYS", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
};
const zones = {
  topologyKey: "topology.kubernetes.io/zone",
  maxSkew: 1,
  whenUnsatisfiable: "DoNotSchedule",
  nodeTaintsPolicy: "Honor",
};
const labels = { "app.kubernetes.io/name": "gateway", "castle/critical": "true" };
const metadata = { name: "gateway", namespace: "castle" };

interface Changes {
  readonly container?: object;
  readonly context?: object;
  readonly spread?: readonly object[];
  readonly tolerations?: readonly object[];
  readonly isScaled?: boolean;
}

const pods = ({ context, spread = [zones], tolerations = [], isScaled, ...more }: Changes = {}) =>
  subject(
    deployment,
    {
      metadata,
      spec: {
        template: {
          metadata: { labels },
          spec: {
            securityContext: { runAsNonRoot: true },
            containers: [
              {
                ...container,
                ...more.container,
                securityContext: { ...container.securityContext, ...context },
              },
            ],
            topologySpreadConstraints: spread,
            tolerations,
          },
        },
      },
    },
    { ignoreChanges: isScaled === true ? ["spec.replicas"] : [] },
  );

const named = (rule: string, good: Subject, ...bad: readonly Subject[]): Example[] =>
  bad.map((wrong) => ({ rule, good: [good], bad: [wrong] }));

const selecting = (name: string, namespace = "castle") =>
  subject(budget, {
    metadata: { name, namespace },
    spec: { maxUnavailable: 1, selector: { matchLabels: { "app.kubernetes.io/name": name } } },
  });
const aimed = (type: string, key: string, more: object = {}) =>
  subject(type, { metadata, spec: { [key]: { name: "gateway" }, ...more } });
const sized = (updateMode: string) => aimed(sizer, "targetRef", { updatePolicy: { updateMode } });

const trigger = (changes: object) =>
  subject(scaled, {
    metadata,
    spec: {
      triggers: [
        {
          type: "kafka",
          metadata: { topic: "order-requests", tls: "enable" },
          authenticationRef: { name: "gateway" },
          ...changes,
        },
      ],
    },
  });

export const kubernetesExamples: readonly Example[] = [
  ...one(
    "kubernetes-api-private",
    cluster,
    { endpointPublicAccess: false, endpointPrivateAccess: true },
    { endpointPublicAccess: true },
    { endpointPublicAccess: undefined },
    { endpointPrivateAccess: false },
  ),
  ...one(
    "kubernetes-secrets-encrypted",
    cluster,
    { encryptionConfigKeyArn: "arn:aws:kms:us-east-1:111122223333:key/1" },
    { encryptionConfigKeyArn: undefined },
  ),
  ...one(
    "kubernetes-access-entries",
    cluster,
    { authenticationMode: "API" },
    { authenticationMode: "CONFIG_MAP" },
  ),
  ...named("nodes-three-zones", nodes({}), nodes({ subnetIds: ["subnet-a"] })),
  {
    rule: "nodes-three-zones",
    // A group for each zone is as good.
    good: three.map((id) => nodes({ capacityType: "SPOT", subnetIds: [id] })),
    bad: [nodes({ subnetIds: three.slice(1) })],
  },
  {
    rule: "nodes-on-demand",
    good: [subject(cluster, {}), nodes({})],
    bad: [subject(cluster, {}), nodes({ capacityType: "SPOT" })],
  },
  {
    rule: "nodes-on-demand",
    good: [],
    bad: [subject(cluster, {}), nodes({ scalingConfig: { minSize: 1 } })],
  },
  {
    rule: "nodes-stay",
    good: [nodes({})],
    bad: [subject(nodeGroup, { clusterName: "castle" })],
  },
  ...named(
    "spot-nodes-tainted",
    nodes({ capacityType: "SPOT", taints: [taint] }),
    nodes({ capacityType: "SPOT" }),
  ),
  ...named("spot-nodes-tainted", pool(["spot"], [taint]), pool(["on-demand", "spot"], [])),
  ...named(
    "node-class-locked",
    subject("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", {
      spec: {
        metadataOptions: { httpTokens: "required" },
        blockDeviceMappings: [{ ebs: { encrypted: true } }],
      },
    }),
    subject("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", {
      spec: {
        metadataOptions: { httpTokens: "optional" },
        blockDeviceMappings: [{ ebs: { encrypted: true } }],
      },
    }),
    subject("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", {
      spec: {
        metadataOptions: { httpTokens: "required" },
        blockDeviceMappings: [{ ebs: {} }],
      },
    }),
  ),
  ...one(
    "chart-pinned",
    "kubernetes:helm.sh/v3:Release",
    { chart: "keda", version: "2.18.1" },
    { version: undefined },
    { version: "2.x" },
    { version: "^2.18.1" },
  ),
  ...named(
    "pod-locked",
    pods(),
    pods({ context: { privileged: true } }),
    pods({ context: { allowPrivilegeEscalation: true } }),
    pods({ context: { readOnlyRootFilesystem: false } }),
    pods({ context: { capabilities: { add: ["NET_ADMIN"] } } }),
  ),
  ...named(
    "pod-limited",
    pods(),
    pods({
      container: {
        resources: { ...container.resources, limits: { cpu: "1000m" } },
      },
    }),
  ),
  ...named(
    "pod-image-pinned",
    pods(),
    pods({ container: { image: "gateway" } }),
    pods({ container: { image: "gateway:latest" } }),
  ),
  ...named(
    "pod-image-pinned",
    pods({ container: { image: `gateway@sha256:${"0".repeat(64)}` } }),
    pods({ container: { image: "registry:5000/gateway" } }),
  ),
  ...named(
    "pod-without-plain-secrets",
    pods(),
    pods({ container: { env: [{ name: "DATABASE_PASSWORD", value: "hunter2" }] } }),
  ),
  {
    rule: "deployment-budget",
    good: [pods(), selecting("gateway")],
    bad: [pods(), selecting("history"), selecting("gateway", "default")],
  },
  ...named(
    "deployment-spread",
    pods(),
    pods({ spread: [] }),
    pods({ spread: [{ ...zones, whenUnsatisfiable: "ScheduleAnyway" }] }),
    pods({ spread: [{ ...zones, maxSkew: 3 }] }),
    pods({ spread: [{ ...zones, nodeTaintsPolicy: "Ignore" }] }),
  ),
  ...named(
    "critical-not-on-spot",
    pods(),
    pods({ tolerations: [{ key: "castle/capacity", operator: "Exists" }] }),
    pods({ tolerations: [{ operator: "Exists" }] }),
  ),
  {
    rule: "count-has-one-owner",
    good: [pods({ isScaled: true }), aimed(autoscaler, "scaleTargetRef")],
    bad: [
      pods({ isScaled: true }),
      aimed(autoscaler, "scaleTargetRef"),
      aimed(scaled, "scaleTargetRef"),
    ],
  },
  {
    rule: "count-has-one-owner",
    good: [pods()],
    bad: [pods(), aimed(autoscaler, "scaleTargetRef")],
  },
  {
    rule: "size-without-fight",
    good: [pods(), aimed(autoscaler, "scaleTargetRef"), sized("Off")],
    bad: [pods(), aimed(autoscaler, "scaleTargetRef"), sized("Initial")],
  },
  {
    rule: "size-without-fight",
    good: [pods(), aimed(scaled, "scaleTargetRef"), sized("Initial")],
    bad: [pods(), aimed(autoscaler, "scaleTargetRef"), sized("Auto")],
  },
  ...named(
    "trigger-known-topic",
    trigger({}),
    trigger({ metadata: { topic: "order-request", tls: "enable" } }),
    trigger({ metadata: { topic: "order-requests" } }),
    trigger({ authenticationRef: undefined }),
  ),
];
