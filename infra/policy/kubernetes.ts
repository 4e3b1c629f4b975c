// The cluster and what runs in it: its API out of reach, its nodes in three zones, its pods locked, limited, spread
// and counted by one owner, its charts and images pinned.

import { topicNames } from "../workloads.ts";
import { across, at, each, isGiven, listAt, ofType, type Rule, type Subject } from "./rule.ts";

/** Of @pulumi/eks: what it makes of this is seen by a deployment only. */
const cluster = "eks:index:Cluster";
const nodeGroup = "aws:eks/nodeGroup:NodeGroup";
const nodePool = "kubernetes:karpenter.sh/v1:NodePool";
const nodeClass = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass";
const deployment = "kubernetes:apps/v1:Deployment";
const release = "kubernetes:helm.sh/v3:Release";
const scaled = "kubernetes:keda.sh/v1alpha1:ScaledObject";
const autoscaler = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler";
const sizer = "kubernetes:autoscaling.k8s.io/v1:VerticalPodAutoscaler";
const budget = "kubernetes:policy/v1:PodDisruptionBudget";

const capacityKey = "castle/capacity";
const criticalKey = "castle/critical";
const zoneKey = "topology.kubernetes.io/zone";

const podOf = (props: Subject["props"]) => at(props, "spec.template.spec");
const containersOf = (props: Subject["props"]): readonly unknown[] => [
  ...listAt(podOf(props), "initContainers"),
  ...listAt(podOf(props), "containers"),
];
const nameOf = (value: unknown): string => String(at(value, "name"));

/** A value under a key that holds dots or slashes. */
const keyed = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;

function isSelected(selector: unknown, labels: unknown): boolean {
  const wanted = Object.entries((at(selector, "matchLabels") ?? {}) as Record<string, unknown>);
  return wanted.length > 0 && wanted.every(([key, value]) => keyed(labels, key) === value);
}

const sameNamespace = (one: Subject, other: Subject): boolean =>
  at(one.props, "metadata.namespace") === at(other.props, "metadata.namespace");

/** Objects of a kind that name a deployment as their target. */
const aimedAt = (all: readonly Subject[], type: string, key: string, target: Subject): Subject[] =>
  ofType(all, type).filter(
    (one) =>
      sameNamespace(one, target) &&
      at(one.props, `spec.${key}.name`) === at(target.props, "metadata.name"),
  );

const toleratesSpot = (props: Subject["props"]): boolean =>
  listAt(podOf(props), "tolerations").some((one) => {
    const key = at(one, "key");
    return key === capacityKey || (!isGiven(key) && at(one, "operator") === "Exists");
  });

const isCritical = ({ props }: Subject): boolean =>
  keyed(at(props, "spec.template.metadata.labels"), criticalKey) === "true";

/** Repository with a tag other than latest, or a digest. A number of an account may stand before. */
const pinnedImage = /^[^\s@]+(@sha256:[0-9a-f]{64}|:(?!latest$)[\w][\w.-]*)$/;
const exactVersion = /^v?\d+\.\d+\.\d+(-[\w.]+)?$/;

const clusterRules: readonly Rule[] = [
  each(
    "kubernetes-api-private",
    "the cluster's API is for operators, from inside the VPC [EKS1]",
    [cluster],
    (props) => [
      props.endpointPublicAccess !== false && "set endpointPublicAccess to false",
      props.endpointPrivateAccess !== true && "set endpointPrivateAccess",
    ],
  ),
  each(
    "kubernetes-secrets-encrypted",
    "whoever reads the control plane's store reads every password",
    [cluster],
    (props) => [!isGiven(props.encryptionConfigKeyArn) && "set encryptionConfigKeyArn"],
  ),
  each(
    "kubernetes-access-entries",
    "a config map in the cluster says who rules it, and one mistake in it shuts everybody out",
    [cluster],
    (props) => [props.authenticationMode !== "API" && "set authenticationMode to API"],
  ),
  across("nodes-three-zones", "one zone's loss leaves two thirds of the nodes", (all) =>
    ofType(all, nodeGroup).map((group) => {
      const alike = ofType(all, nodeGroup).filter(
        ({ props }) =>
          props.clusterName === group.props.clusterName &&
          props.capacityType === group.props.capacityType,
      );
      const subnets = new Set(alike.flatMap(({ props }) => listAt(props, "subnetIds")));
      const fault = `${String(group.props.capacityType)} nodes are in ${subnets.size} zones: give them subnets of three`;
      return [group, subnets.size < 3 && fault] as const;
    }),
  ),
  across(
    "nodes-on-demand",
    "Spot goes all at once: what the load needs at its least is on demand",
    (all) => {
      const [control] = ofType(all, cluster);
      if (control === undefined) return [];
      const isBased = ofType(all, nodeGroup).some(
        ({ props }) =>
          props.capacityType === "ON_DEMAND" && Number(at(props, "scalingConfig.minSize")) >= 3,
      );
      return [[control, !isBased && "no group keeps three nodes on demand, one a zone"]] as const;
    },
  ),
  each(
    "nodes-stay",
    "an update would take nodes away in the middle of a rush",
    [nodeGroup],
    (_, { options }) => [
      !options.ignoreChanges.includes("scalingConfig.desiredSize") &&
        "ignoreChanges must hold scalingConfig.desiredSize",
    ],
  ),
  each(
    "spot-nodes-tainted",
    "without the taint a critical pod may start on a node that goes within two minutes",
    [nodeGroup, nodePool],
    (props) => {
      const isPool = isGiven(at(props, "spec"));
      const isSpot = isPool
        ? listAt(props, "spec.template.spec.requirements").some(
            (one) =>
              at(one, "key") === "karpenter.sh/capacity-type" &&
              listAt(one, "values").includes("spot"),
          )
        : props.capacityType === "SPOT";
      const taints = listAt(props, isPool ? "spec.template.spec.taints" : "taints");
      const isTainted = taints.some((one) => at(one, "key") === capacityKey);
      return [isSpot && !isTainted && `set the taint ${capacityKey}=spot`];
    },
  ),
  each(
    "node-class-locked",
    "a pod that reaches the node's role has every image and every network card",
    [nodeClass],
    (props) => [
      at(props, "spec.metadataOptions.httpTokens") !== "required" &&
        "set spec.metadataOptions.httpTokens to required",
      listAt(props, "spec.blockDeviceMappings").some((one) => at(one, "ebs.encrypted") !== true) &&
        "set ebs.encrypted",
    ],
  ),
  each("chart-pinned", "a chart without a version changes by itself", [release], (props) => [
    !exactVersion.test(String(props.version ?? "")) && "set version to one exact version",
  ]),
];

const podRules: readonly Rule[] = [
  each("pod-locked", "a container that is root on its node is the node", [deployment], (props) => {
    const pod = podOf(props);
    const isPodUser = at(pod, "securityContext.runAsNonRoot") === true;
    return containersOf(props).flatMap((one) => {
      const context = at(one, "securityContext");
      const drops = listAt(context, "capabilities.drop");
      return [
        at(context, "privileged") === true && `${nameOf(one)} is privileged`,
        at(context, "allowPrivilegeEscalation") !== false &&
          `${nameOf(one)}: set allowPrivilegeEscalation to false`,
        !isPodUser && at(context, "runAsNonRoot") !== true && `${nameOf(one)}: set runAsNonRoot`,
        at(context, "readOnlyRootFilesystem") !== true &&
          `${nameOf(one)}: set readOnlyRootFilesystem`,
        !drops.includes("ALL") && `${nameOf(one)}: drop ALL capabilities`,
      ];
    });
  }),
  each(
    "pod-limited",
    "a container without limits takes its neighbours' memory, and the node kills them",
    [deployment],
    (props) =>
      containersOf(props).flatMap((one) =>
        ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"].map(
          (path) => !isGiven(at(one, `resources.${path}`)) && `${nameOf(one)}: set ${path}`,
        ),
      ),
  ),
  each(
    "pod-image-pinned",
    "two pods of one deployment must not run two programs",
    [deployment],
    (props) =>
      containersOf(props).map((one) => {
        const image = at(one, "image");
        const isKnown = typeof image === "string" && image !== "<unknown>";
        return (
          isKnown && !pinnedImage.test(image) && `${image}: write a tag of a version, or a digest`
        );
      }),
  ),
  each("pod-without-plain-secrets", "whoever may list pods would read it", [deployment], (props) =>
    containersOf(props).flatMap((one) =>
      listAt(one, "env").map(
        (variable) =>
          /(PASSWORD|SECRET|TOKEN|API_KEYS)$/.test(nameOf(variable)) &&
          isGiven(at(variable, "value")) &&
          `${nameOf(variable)} is written out: use a secret`,
      ),
    ),
  ),
  across("deployment-budget", "a drained node may take every pod of a service with it", (all) =>
    ofType(all, deployment).map((one) => {
      const labels = at(one.props, "spec.template.metadata.labels");
      const isKept = ofType(all, budget).some(
        (kept) => sameNamespace(kept, one) && isSelected(at(kept.props, "spec.selector"), labels),
      );
      return [one, !isKept && "no pod disruption budget selects its pods"] as const;
    }),
  ),
  each("deployment-spread", "all pods in one zone are lost with it", [deployment], (props) => {
    const spread = listAt(podOf(props), "topologySpreadConstraints").find(
      (one) =>
        at(one, "topologyKey") === zoneKey && at(one, "whenUnsatisfiable") === "DoNotSchedule",
    );
    return [
      spread === undefined
        ? `spread its pods over ${zoneKey}, with DoNotSchedule`
        : (at(spread, "maxSkew") !== 1 && "set maxSkew to 1") ||
          // Otherwise a zone that is gone keeps counting, and its pods may start nowhere.
          (at(spread, "nodeTaintsPolicy") !== "Honor" && "set nodeTaintsPolicy to Honor"),
    ];
  }),
  across("critical-not-on-spot", "a critical service does not live on notice", (all) =>
    ofType(all, deployment)
      .filter(isCritical)
      .map((one) => [one, toleratesSpot(one.props) && "it tolerates Spot nodes"] as const),
  ),
  across("count-has-one-owner", "two that count pods take each other's away", (all) =>
    ofType(all, deployment).map((one) => {
      const owners = [
        ...aimedAt(all, autoscaler, "scaleTargetRef", one),
        ...aimedAt(all, scaled, "scaleTargetRef", one),
      ];
      const isLeft = one.options.ignoreChanges.includes("spec.replicas");
      return [
        one,
        owners.length > 1
          ? `${owners.length} objects scale it`
          : owners.length === 1 && !isLeft && "ignoreChanges must hold spec.replicas",
      ] as const;
    }),
  ),
  across(
    "size-without-fight",
    "VPA makes pods larger while an HPA on the same metric makes them fewer",
    (all) =>
      ofType(all, deployment).flatMap((one) => {
        if (aimedAt(all, autoscaler, "scaleTargetRef", one).length === 0) return [];
        return aimedAt(all, sizer, "targetRef", one).map(
          (size) =>
            [
              size,
              at(size.props, "spec.updatePolicy.updateMode") !== "Off" &&
                "an HPA counts its pods by use: set updateMode to Off",
            ] as const,
        );
      }),
  ),
  each(
    "trigger-known-topic",
    "a topic that nobody writes has no lag, and nobody ever grows",
    [scaled],
    (props) =>
      listAt(props, "spec.triggers")
        .filter((one) => /kafka/.test(String(at(one, "type"))))
        .flatMap((one) => [
          !topicNames.some((topic) => topic === at(one, "metadata.topic")) &&
            `${String(at(one, "metadata.topic"))} is no topic: there are ${topicNames.join(", ")}`,
          at(one, "metadata.tls") !== "enable" && "set tls to enable",
          !isGiven(at(one, "authenticationRef.name")) && "name an authenticationRef",
        ]),
  ),
];

export const kubernetesRules: readonly Rule[] = [...clusterRules, ...podRules];
