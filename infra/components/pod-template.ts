// A pod of a service: its container, locked as the namespace demands (no root, no capability, a read-only disk), with
// limits equal to what they ask for, so that no neighbour takes from them and the node never evicts them first;
// and where it may run: spread over the zones, critical ones on demand only. Pure.

import type { core } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";
import { capacityLabel, spotTaint } from "./node-types.ts";
import { milliCpus } from "./pod-scaling.ts";
import { type PodSecret, secretsName, secretsPath } from "./pod-secrets.ts";

export interface PodArgs {
  readonly image: pulumi.Input<string>;
  readonly size: { readonly cpu: number; readonly memoryMiB: number };
  /** Where it listens; the first is the one that balancers and other services use. */
  readonly ports?: readonly number[] | undefined;
  readonly command?: readonly string[] | undefined;
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  readonly secrets?: readonly PodSecret[] | undefined;
  /** Run in the container; exit 0 is healthy. */
  readonly healthCommand?: readonly string[] | undefined;
  /** Folders that may be written, in memory. */
  readonly writablePaths?: readonly string[] | undefined;
  /** It never runs on Spot: a notice of two minutes is too short for what it does. */
  readonly isCritical: boolean;
}

/** The user of our images; numbers, because Kubernetes cannot tell whether a name is root's. */
const userId = 1000;
/** Balancers stop sending before the process is told to end. */
const farewellSeconds = 10;
const stopSeconds = 60;
/** A node that does not answer loses its pods after so long, instead of after five minutes. */
const absenceSeconds = 30;
const writableLimit = "64Mi";

const nameLabel = "app.kubernetes.io/name";
const criticalLabel = "castle/critical";

/** How a service's pods are found. */
export const selectorOf = (name: string) => ({ [nameLabel]: name });

export const labelsOf = (name: string, isCritical: boolean) => ({
  ...selectorOf(name),
  "app.kubernetes.io/part-of": "castle",
  [criticalLabel]: String(isCritical),
});

export function podOf(name: string, args: PodArgs): core.v1.PodSpec {
  const hasSecrets = (args.secrets ?? []).length > 0;
  return {
    serviceAccountName: name,
    // The role comes by Pod Identity; the cluster's API is nothing that a service calls.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: farewellSeconds + stopSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [containerOf(name, args)],
    volumes: [
      ...(args.writablePaths ?? []).map((path) => ({
        name: volumeName(path),
        emptyDir: { medium: "Memory", sizeLimit: writableLimit },
      })),
      ...(hasSecrets
        ? [
            {
              name: "secrets",
              csi: {
                driver: "secrets-store.csi.k8s.io",
                readOnly: true,
                volumeAttributes: { secretProviderClass: secretsName(name) },
              },
            },
          ]
        : []),
    ],
    ...placeOf(name, args),
  };
}

const volumeName = (path: string): string => path.replaceAll("/", "-").replace(/^-/, "");

const locked: core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
};

function resourcesOf({ cpu, memoryMiB }: PodArgs["size"]): core.v1.ResourceRequirements {
  const whole = { cpu: milliCpus(cpu), memory: `${memoryMiB}Mi` };
  return { requests: whole, limits: whole };
}

function containerOf(name: string, args: PodArgs): core.v1.Container {
  const secrets = args.secrets ?? [];
  const [port, ...morePorts] = args.ports ?? [];
  return {
    name,
    image: args.image,
    ...(args.command === undefined ? {} : { command: [...args.command] }),
    securityContext: locked,
    resources: resourcesOf(args.size),
    ports: [
      ...(port === undefined ? [] : [{ name: "main", containerPort: port }]),
      ...morePorts.map((containerPort) => ({ containerPort })),
    ],
    env: [
      ...pairs(args.environment ?? {}),
      zoneVariable,
      ...secrets.map(({ variable }) => ({
        name: variable,
        valueFrom: { secretKeyRef: { name: secretsName(name), key: variable } },
      })),
    ],
    volumeMounts: [
      ...(args.writablePaths ?? []).map((path) => ({ name: volumeName(path), mountPath: path })),
      ...(secrets.length === 0
        ? []
        : [{ name: "secrets", mountPath: secretsPath, readOnly: true }]),
    ],
    lifecycle: { preStop: { sleep: { seconds: farewellSeconds } } },
    ...probesOf(args.healthCommand),
  };
}

/** A gateway goes by its zone, which a pod learns only where it runs (packaging/configure-main.ts). */
const zoneVariable = {
  name: "CASTLE_ZONE",
  valueFrom: { fieldRef: { fieldPath: "metadata.labels['topology.kubernetes.io/zone']" } },
};

/** Out of service after ten seconds of bad health, as on Fargate; ended and started again after a minute of it. */
function probesOf(healthCommand: readonly string[] | undefined) {
  if (healthCommand === undefined) return {};
  const exec = { command: [...healthCommand] };
  return {
    startupProbe: { exec, periodSeconds: 5, timeoutSeconds: 4, failureThreshold: 12 },
    readinessProbe: { exec, periodSeconds: 5, timeoutSeconds: 4, failureThreshold: 2 },
    livenessProbe: { exec, periodSeconds: 10, timeoutSeconds: 4, failureThreshold: 6 },
  };
}

/**
 * In the zones evenly, on nodes evenly where that is possible. A zone whose nodes do not answer no longer counts
 * (their taint is honoured), so that its pods may start in the others.
 */
function placeOf(
  name: string,
  { isCritical }: PodArgs,
): Pick<core.v1.PodSpec, "topologySpreadConstraints" | "tolerations"> {
  const labelSelector = { matchLabels: selectorOf(name) };
  const evenly = (topologyKey: string, whenUnsatisfiable: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector,
    nodeTaintsPolicy: "Honor",
  });
  return {
    topologySpreadConstraints: [
      evenly("topology.kubernetes.io/zone", "DoNotSchedule"),
      evenly("kubernetes.io/hostname", "ScheduleAnyway"),
      // All Spot nodes may go at once: half of the pods are elsewhere.
      ...(isCritical ? [] : [evenly(capacityLabel, "ScheduleAnyway")]),
    ],
    tolerations: [
      ...["node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready"].map((key) => ({
        key,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: absenceSeconds,
      })),
      ...(isCritical ? [] : [{ ...spotTaint, operator: "Equal", effect: "NoSchedule" }]),
    ],
  };
}

const pairs = (values: Readonly<Record<string, pulumi.Input<string>>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));
