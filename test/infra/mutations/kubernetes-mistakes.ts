// Mistakes in what a region with a cluster registers: its nodes, its charts, its pods.

import { having, nested, type ResourceMistake, without } from "./mistake.ts";

type Inputs = Readonly<Record<string, unknown>>;

const cluster = "eks:index:Cluster";
const nodeGroup = "aws:eks/nodeGroup:NodeGroup";
const deployment = "kubernetes:apps/v1:Deployment";
const scaled = "kubernetes:keda.sh/v1alpha1:ScaledObject";
const release = "kubernetes:helm.sh/v3:Release";
const pool = "kubernetes:karpenter.sh/v1:NodePool";

/** A copy with one place changed: names of fields, and numbers in lists. */
const replaced =
  (path: string, value: unknown) =>
  (inputs: Inputs): Inputs => {
    const copy = structuredClone(inputs) as Record<string, unknown>;
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    let inner: Record<string, unknown> = copy;
    for (const step of steps) inner = inner[step] as Record<string, unknown>;
    if (value === undefined) delete inner[last];
    else inner[last] = value;
    return copy;
  };

const ofContainer = (path: string, value: unknown) =>
  replaced(`spec.template.spec.containers.0.${path}`, value);
const ofPod = (path: string, value: unknown) => replaced(`spec.template.spec.${path}`, value);

const clusterMistakes: readonly ResourceMistake[] = [
  {
    mistake: "a cluster whose API the world can reach",
    stack: "seed-004",
    type: cluster,
    caughtBy: "policy",
    says: /kubernetes-api-private/,
    inputs: having({ endpointPublicAccess: true }),
  },
  {
    mistake: "a cluster's secrets in plain text",
    stack: "seed-004",
    type: cluster,
    caughtBy: "policy",
    says: /kubernetes-secrets-encrypted/,
    inputs: without("encryptionConfigKeyArn"),
  },
  {
    mistake: "a cluster without an audit log",
    stack: "seed-004",
    type: cluster,
    caughtBy: "policy",
    says: /enabledClusterLogTypes lacks audit/,
    inputs: having({
      enabledClusterLogTypes: ["api", "authenticator", "controllerManager", "scheduler"],
    }),
  },
  {
    mistake: "a misspelt argument of the cluster",
    stack: "seed-004",
    type: cluster,
    caughtBy: "schema",
    says: /privateSubnets: no such argument/,
    inputs: having({ privateSubnets: ["subnet-a"] }),
  },
  {
    mistake: "nodes in one zone",
    stack: "seed-004",
    type: nodeGroup,
    caughtBy: "policy",
    says: /ON_DEMAND nodes are in 1 zones/,
    inputs: having({ subnetIds: ["subnet-a"] }),
  },
  {
    mistake: "one node less than there are zones",
    stack: "seed-004",
    type: nodeGroup,
    caughtBy: "policy",
    says: /nodes-on-demand/,
    inputs: nested("scalingConfig", { minSize: 2 }),
  },
  {
    mistake: "a Spot group that is forgotten in one zone",
    stack: "seed-000",
    type: nodeGroup,
    nameEnd: "spot-c",
    caughtBy: "policy",
    says: /SPOT nodes are in 2 zones/,
    isForgotten: true,
  },
  {
    mistake: "Spot nodes that any pod may use",
    stack: "seed-000",
    type: nodeGroup,
    nameEnd: "spot-a",
    caughtBy: "policy",
    says: /spot-nodes-tainted/,
    inputs: without("taints"),
  },
  {
    mistake: "a pool of Spot nodes that any pod may use",
    stack: "seed-004",
    type: pool,
    nameEnd: "spot",
    caughtBy: "policy",
    says: /spot-nodes-tainted/,
    inputs: replaced("spec.template.spec.taints", undefined),
  },
  {
    mistake: "a consolidation that Karpenter gave up",
    stack: "seed-004",
    type: pool,
    caughtBy: "range",
    says: /consolidationPolicy is "WhenUnderutilized"/,
    inputs: replaced("spec.disruption.consolidationPolicy", "WhenUnderutilized"),
  },
  {
    mistake: "a chart in whatever version is newest",
    stack: "seed-004",
    type: release,
    caughtBy: "policy",
    says: /chart-pinned/,
    inputs: without("version"),
  },
  {
    mistake: "a release with a misspelt argument",
    stack: "seed-004",
    type: release,
    caughtBy: "schema",
    says: /value: no such argument/,
    inputs: having({ value: {} }),
  },
];

const podMistakes: readonly ResourceMistake[] = [
  {
    mistake: "a service that a drained node may take away whole",
    stack: "seed-004",
    type: "kubernetes:policy/v1:PodDisruptionBudget",
    nameEnd: "gateway-budget",
    caughtBy: "policy",
    says: /deployment-budget/,
    isForgotten: true,
  },
  {
    mistake: "a budget for pods of another name",
    stack: "seed-004",
    type: "kubernetes:policy/v1:PodDisruptionBudget",
    caughtBy: "policy",
    says: /deployment-budget/,
    inputs: replaced("spec.selector.matchLabels", { "app.kubernetes.io/name": "gatewy" }),
  },
  {
    mistake: "a privileged container",
    stack: "seed-004",
    type: deployment,
    caughtBy: "policy",
    says: /is privileged/,
    inputs: ofContainer("securityContext.privileged", true),
  },
  {
    mistake: "a container with a disk to write to",
    stack: "seed-004",
    type: deployment,
    caughtBy: "policy",
    says: /readOnlyRootFilesystem/,
    inputs: ofContainer("securityContext.readOnlyRootFilesystem", false),
  },
  {
    mistake: "a container without a limit of memory",
    stack: "seed-004",
    type: deployment,
    caughtBy: "policy",
    says: /limits.memory/,
    inputs: ofContainer("resources.limits", { cpu: "1000m" }),
  },
  {
    mistake: "an image that changes by itself",
    stack: "seed-004",
    type: deployment,
    caughtBy: "policy",
    says: /pod-image-pinned/,
    inputs: ofContainer("image", "castle/gateway:latest"),
  },
  {
    mistake: "a password written into a pod",
    stack: "seed-004",
    type: deployment,
    caughtBy: "policy",
    says: /pod-without-plain-secrets/,
    inputs: ofContainer("env", [{ name: "DATABASE_PASSWORD", value: "hunter2" }]),
  },
  {
    mistake: "all pods in one zone",
    stack: "seed-004",
    type: deployment,
    caughtBy: "policy",
    says: /deployment-spread/,
    inputs: ofPod("topologySpreadConstraints", []),
  },
  {
    mistake: "a gateway on Spot",
    stack: "seed-004",
    type: deployment,
    nameEnd: "gateway-deployment",
    caughtBy: "policy",
    says: /critical-not-on-spot/,
    inputs: ofPod("tolerations", [{ key: "castle/capacity", operator: "Exists" }]),
  },
  {
    mistake: "an update that takes scaled pods away",
    stack: "seed-004",
    type: deployment,
    nameEnd: "gateway-deployment",
    caughtBy: "policy",
    says: /ignoreChanges must hold spec.replicas/,
    options: { ignoreChanges: [] },
  },
  {
    mistake: "a misspelt field of a pod",
    stack: "seed-004",
    type: deployment,
    caughtBy: "schema",
    says: /readinesProbe: no such argument/,
    inputs: ofContainer("readinesProbe", {}),
  },
  {
    mistake: "a trigger that counts a topic nobody writes",
    stack: "seed-004",
    type: scaled,
    caughtBy: "policy",
    says: /order-request is no topic/,
    inputs: replaced("spec.triggers", [
      {
        type: "kafka",
        metadata: { topic: "order-request", tls: "enable" },
        authenticationRef: { name: "it" },
      },
    ]),
  },
  {
    mistake: "MSK's IAM spelt as another scaler has it",
    stack: "seed-004",
    type: scaled,
    caughtBy: "range",
    says: /sasl is "aws_msk_iam"/,
    inputs: replaced("spec.triggers", [{ type: "kafka", metadata: { sasl: "aws_msk_iam" } }]),
  },
  {
    mistake: "a trigger's number that is no text",
    stack: "seed-004",
    type: scaled,
    caughtBy: "schema",
    says: /lagThreshold: write a string/,
    inputs: replaced("spec.triggers", [{ type: "kafka", metadata: { lagThreshold: 100 } }]),
  },
  {
    mistake: "an object that makes pods larger while another makes them fewer",
    stack: "seed-000",
    type: "kubernetes:autoscaling.k8s.io/v1:VerticalPodAutoscaler",
    nameEnd: "users-size",
    caughtBy: "policy",
    says: /size-without-fight/,
    inputs: replaced("spec.updatePolicy.updateMode", "Auto"),
  },
];

export const kubernetesMistakes: readonly ResourceMistake[] = [...clusterMistakes, ...podMistakes];
