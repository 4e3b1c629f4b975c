// The shapes of the cluster's own kinds of objects (those of Karpenter, KEDA, VPA, the load balancer controller and the
// secrets driver), which no installed SDK declares: written down from their published definitions, as far as we
// use them. What is not here is refused, kinds as well as fields: a cluster may drop a misspelt field without a
// word. Sources are beside each; read on 2026-11-28.

import type { Field, Shape } from "./shape.ts";

const text: Shape = { kind: "string" };
const number: Shape = { kind: "number" };
const flag: Shape = { kind: "boolean" };
const any: Shape = { kind: "any" };
const listOf = (of: Shape): Shape => ({ kind: "array", of });
const mapOf = (of: Shape): Shape => ({ kind: "map", of });
const either = (...of: readonly Shape[]): Shape => ({ kind: "union", of });

/** Fields ending in `!` are required. */
function objectOf(declared: Readonly<Record<string, Shape>>): Shape {
  const fields = new Map<string, Field>(
    Object.entries(declared).map(([key, shape]) => [
      key.replace(/!$/, ""),
      { shape, isRequired: key.endsWith("!") },
    ]),
  );
  return { kind: "object", fields: () => fields };
}

const metadata = objectOf({
  "name!": text,
  namespace: text,
  labels: mapOf(text),
  annotations: mapOf(text),
});

const kindOf = (spec: Shape): Shape =>
  objectOf({ "apiVersion!": text, "kind!": text, "metadata!": metadata, "spec!": spec });

const selectorTerms = listOf(objectOf({ id: text, name: text, tags: mapOf(text), alias: text }));
const taints = listOf(objectOf({ "key!": text, value: text, "effect!": text }));
const targetRef = objectOf({ apiVersion: text, kind: text, "name!": text });

/** karpenter.k8s.aws_ec2nodeclasses.yaml of Karpenter 1.12. */
const ec2NodeClass = kindOf(
  objectOf({
    amiFamily: text,
    "amiSelectorTerms!": selectorTerms,
    "subnetSelectorTerms!": selectorTerms,
    "securityGroupSelectorTerms!": selectorTerms,
    role: text,
    instanceProfile: text,
    userData: text,
    tags: mapOf(text),
    detailedMonitoring: flag,
    associatePublicIPAddress: flag,
    kubelet: any,
    instanceStorePolicy: text,
    blockDeviceMappings: listOf(
      objectOf({
        deviceName: text,
        rootVolume: flag,
        ebs: objectOf({
          deleteOnTermination: flag,
          encrypted: flag,
          iops: number,
          kmsKeyID: text,
          snapshotID: text,
          throughput: number,
          volumeSize: text,
          volumeType: text,
        }),
      }),
    ),
    metadataOptions: objectOf({
      httpEndpoint: text,
      httpProtocolIPv6: text,
      httpPutResponseHopLimit: number,
      httpTokens: text,
    }),
  }),
);

/** karpenter.sh_nodepools.yaml of Karpenter 1.12. */
const nodePool = kindOf(
  objectOf({
    weight: number,
    limits: mapOf(text),
    "template!": objectOf({
      metadata: objectOf({ labels: mapOf(text), annotations: mapOf(text) }),
      "spec!": objectOf({
        "nodeClassRef!": objectOf({ "group!": text, "kind!": text, "name!": text }),
        "requirements!": listOf(
          objectOf({ "key!": text, "operator!": text, values: listOf(text), minValues: number }),
        ),
        taints,
        startupTaints: taints,
        expireAfter: text,
        terminationGracePeriod: text,
      }),
    }),
    disruption: objectOf({
      consolidationPolicy: text,
      "consolidateAfter!": text,
      budgets: listOf(
        objectOf({ "nodes!": text, schedule: text, duration: text, reasons: listOf(text) }),
      ),
    }),
  }),
);

/** keda.sh_scaledobjects.yaml of KEDA 2.18. */
const scaledObject = kindOf(
  objectOf({
    "scaleTargetRef!": targetRef,
    pollingInterval: number,
    cooldownPeriod: number,
    initialCooldownPeriod: number,
    idleReplicaCount: number,
    minReplicaCount: number,
    maxReplicaCount: number,
    fallback: objectOf({ "failureThreshold!": number, "replicas!": number, behavior: text }),
    advanced: objectOf({
      restoreToOriginalReplicaCount: flag,
      horizontalPodAutoscalerConfig: objectOf({ name: text, behavior: any }),
    }),
    "triggers!": listOf(
      objectOf({
        "type!": text,
        name: text,
        metricType: text,
        useCachedMetrics: flag,
        // Texts all of them, numbers and flags as well.
        "metadata!": mapOf(text),
        authenticationRef: objectOf({ "name!": text, kind: text }),
      }),
    ),
  }),
);

/** keda.sh_triggerauthentications.yaml of KEDA 2.18. */
const triggerAuthentication = kindOf(
  objectOf({
    podIdentity: objectOf({ "provider!": text, identityOwner: text, roleArn: text }),
    secretTargetRef: listOf(objectOf({ "parameter!": text, "name!": text, "key!": text })),
  }),
);

/** vpa-v1-crd-gen.yaml of VPA 1.6. */
const verticalPodAutoscaler = kindOf(
  objectOf({
    "targetRef!": objectOf({ apiVersion: text, "kind!": text, "name!": text }),
    updatePolicy: objectOf({ updateMode: text, minReplicas: number }),
    resourcePolicy: objectOf({
      containerPolicies: listOf(
        objectOf({
          containerName: text,
          mode: text,
          minAllowed: mapOf(either(text, number)),
          maxAllowed: mapOf(either(text, number)),
          controlledResources: listOf(text),
          controlledValues: text,
        }),
      ),
    }),
  }),
);

/** elbv2.k8s.aws_targetgroupbindings.yaml of the controller 2.17. */
const targetGroupBinding = kindOf(
  objectOf({
    "serviceRef!": objectOf({ "name!": text, "port!": either(number, text) }),
    targetGroupARN: text,
    targetGroupName: text,
    targetType: text,
    ipAddressType: text,
    vpcID: text,
    nodeSelector: any,
    networking: any,
    multiClusterTargetGroup: flag,
  }),
);

/** secrets-store.csi.x-k8s.io_secretproviderclasses.yaml of the driver 1.5. */
const secretProviderClass = kindOf(
  objectOf({
    provider: text,
    parameters: mapOf(text),
    secretObjects: listOf(
      objectOf({
        secretName: text,
        type: text,
        labels: mapOf(text),
        annotations: mapOf(text),
        data: listOf(objectOf({ objectName: text, key: text })),
      }),
    ),
  }),
);

/** By Pulumi's type. */
export const customKinds: ReadonlyMap<string, Shape> = new Map([
  ["kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", ec2NodeClass],
  ["kubernetes:karpenter.sh/v1:NodePool", nodePool],
  ["kubernetes:keda.sh/v1alpha1:ScaledObject", scaledObject],
  ["kubernetes:keda.sh/v1alpha1:TriggerAuthentication", triggerAuthentication],
  ["kubernetes:autoscaling.k8s.io/v1:VerticalPodAutoscaler", verticalPodAutoscaler],
  ["kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", targetGroupBinding],
  ["kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass", secretProviderClass],
]);
