// KubernetesService: a stateless service as pods over three zones, with spare capacity for the loss of one, growing by
// the rules of its workload. No voluntary disruption takes more than one pod at a time, and a bad image stops its
// rollout before a good pod is gone.

import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { type ClusterPlace, identify } from "./pod-identity.ts";
import { type PodGrowth, scalePods } from "./pod-scaling.ts";
import { podSecrets, secretStatements } from "./pod-secrets.ts";
import { labelsOf, type PodArgs, podOf, selectorOf } from "./pod-template.ts";
import { capacityOf } from "./service-capacity.ts";
import type { Statement } from "./trust.ts";

export interface KubernetesServiceArgs extends Omit<PodArgs, "size"> {
  readonly place: ClusterPlace;
  readonly namespace: pulumi.Input<string>;
  readonly size: {
    readonly cpu: number;
    readonly memoryMiB: number;
    readonly countMin: number;
    readonly countMax: number;
  };
  readonly zones: number;
  readonly spareCapacityPercent: number;
  readonly growth: PodGrowth;
  /** One pod, and never two: it is stopped before its successor starts. */
  readonly isSingle?: boolean | undefined;
  /** By which it is found from outside of the cluster: an address for each pod. */
  readonly hostName?: string | undefined;
  /** What its code may do. */
  readonly statements?: readonly Statement[] | undefined;
  /** Of balancers: each healthy pod is registered there. */
  readonly targetGroups?:
    | readonly {
        /** In logical names: short, stable, once in a service. */
        readonly name: string;
        readonly arn: pulumi.Input<string>;
        readonly port: number;
      }[]
    | undefined;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
  /** The releases whose kinds it uses. */
  readonly installed: readonly pulumi.Resource[];
}

/** A pod that fails within this was never good. */
const minReadySeconds = 10;
const rolloutSeconds = 600;

export class KubernetesService extends pulumi.ComponentResource {
  /** Found by other services under this name, in the namespace. */
  readonly serviceName: string;
  readonly podsMin: number;
  readonly #name: string;
  readonly #args: KubernetesServiceArgs;

  constructor(
    name: string,
    args: KubernetesServiceArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("castle:infra:KubernetesService", name, {}, options);
    this.#name = name;
    this.#args = args;
    const { podsMin, podsMax } = podCounts(args);
    const identity = this.#identity();
    const deployment = this.#deployment(podsMin, identity);
    this.#budget();
    this.#service();
    scalePods(
      name,
      { ...args, region: args.place.region, target: name, podsMin, podsMax },
      { parent: this, dependsOn: [deployment, ...args.installed] },
    );
    this.#alarm();
    this.serviceName = name;
    this.podsMin = podsMin;
    this.registerOutputs({ serviceName: name });
  }

  #metadata(name = this.#name) {
    const { namespace, isCritical } = this.#args;
    return { name, namespace, labels: labelsOf(this.#name, isCritical) };
  }

  #identity(): pulumi.Resource[] {
    const { namespace, place, secrets = [], statements = [], dataKeyArn } = this.#args;
    const account = new ServiceAccount(
      `${this.#name}-account`,
      { metadata: this.#metadata(), automountServiceAccountToken: false },
      { parent: this },
    );
    const all = [...statements, ...secretStatements(secrets, dataKeyArn, place.region)];
    const identity = identify(
      this.#name,
      { place, namespace, serviceAccount: this.#name, statements: all },
      { parent: this },
    );
    if (secrets.length === 0) return [account, identity];
    const classOfSecrets = podSecrets(
      this.#name,
      { namespace, region: place.region, secrets },
      { parent: this, dependsOn: [...this.#args.installed] },
    );
    return [account, identity, classOfSecrets];
  }

  #deployment(replicas: number, after: readonly pulumi.Resource[]): Deployment {
    const { isCritical, isSingle, growth, zones } = this.#args;
    return new Deployment(
      `${this.#name}-deployment`,
      {
        metadata: this.#metadata(),
        spec: {
          replicas,
          minReadySeconds,
          progressDeadlineSeconds: rolloutSeconds,
          revisionHistoryLimit: 5,
          selector: { matchLabels: selectorOf(this.#name) },
          // A new one in each zone first, and only then an old one less.
          strategy:
            isSingle === true
              ? { type: "Recreate" }
              : { type: "RollingUpdate", rollingUpdate: { maxSurge: zones, maxUnavailable: 0 } },
          template: {
            metadata: { labels: labelsOf(this.#name, isCritical) },
            spec: podOf(this.#name, this.#args),
          },
        },
      },
      {
        parent: this,
        dependsOn: [...after, ...this.#args.installed],
        // Autoscaling owns the count: an update must not throw capacity away in a rush.
        ignoreChanges: growth.kind === "fixed" ? [] : ["spec.replicas"],
      },
    );
  }

  #budget(): void {
    new PodDisruptionBudget(
      `${this.#name}-budget`,
      {
        metadata: this.#metadata(),
        spec: {
          maxUnavailable: 1,
          selector: { matchLabels: selectorOf(this.#name) },
          // A pod that is broken anyway may not keep its node from being replaced.
          unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
      },
      { parent: this },
    );
  }

  #service(): void {
    const { ports = [], targetGroups = [], namespace, hostName } = this.#args;
    const service = new Service(
      `${this.#name}-service`,
      {
        metadata: {
          ...this.#metadata(),
          ...(hostName === undefined ? {} : { annotations: publishedAs(hostName) }),
        },
        spec: {
          // A name for all pods, an address each: who keeps connections spreads them himself.
          clusterIP: "None",
          selector: selectorOf(this.#name),
          ports: ports.map((one) => ({ name: `port-${one}`, port: one, targetPort: one })),
        },
      },
      { parent: this },
    );
    for (const target of targetGroups) {
      new CustomResource(
        `${this.#name}-targets-${target.name}`,
        {
          apiVersion: "elbv2.k8s.aws/v1beta1",
          kind: "TargetGroupBinding",
          metadata: { name: `${this.#name}-${target.name}`, namespace },
          spec: {
            serviceRef: { name: this.#name, port: target.port },
            targetGroupARN: target.arn,
            // Said here, so that nobody has to ask AWS; who may connect is said by plain security groups.
            targetType: "ip",
            ipAddressType: "ipv4",
          },
        },
        { parent: this, dependsOn: [service, ...this.#args.installed] },
      );
    }
  }

  #alarm(): void {
    const { place, namespace, size, isSingle, alarmTopicArn } = this.#args;
    alarm(
      `${this.#name}-pods-missing`,
      {
        description: `${this.#name} runs fewer pods than its load needs, spare not counted`,
        namespace: "ContainerInsights",
        metricName: "service_number_of_running_pods",
        dimensions: {
          ClusterName: place.clusterName,
          Namespace: namespace,
          Service: this.#name,
        },
        statistic: "Minimum",
        periodSeconds: 60,
        periods: 1,
        when: "<",
        threshold: isSingle === true ? 1 : size.countMin,
        silence: "breaching",
        topicArn: alarmTopicArn,
      },
      { parent: this },
    );
  }
}

/** Read anew every so many seconds: pods come and go. */
const publishedAs = (hostName: string) => ({
  "external-dns.alpha.kubernetes.io/hostname": hostName,
  "external-dns.alpha.kubernetes.io/ttl": "10",
});

/** With the spare of all zones where it grows; as many as it has at its most where it does not: one is the spare. */
function podCounts({ size, spareCapacityPercent, zones, growth, isSingle }: KubernetesServiceArgs) {
  if (isSingle === true) return { podsMin: 1, podsMax: 1 };
  if (growth.kind === "fixed") return { podsMin: size.countMax, podsMax: size.countMax };
  const { tasksMin, tasksMax } = capacityOf(size, spareCapacityPercent, zones);
  return { podsMin: tasksMin, podsMax: tasksMax };
}
