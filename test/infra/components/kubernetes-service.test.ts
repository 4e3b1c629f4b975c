// KubernetesService, alone: the pod, where it may run, how many there are, and what it may read.

import { assert } from "chai";
import {
  KubernetesService,
  type KubernetesServiceArgs,
} from "../../../infra/components/kubernetes-service.ts";
import { milliCpus, type PodGrowth } from "../../../infra/components/pod-scaling.ts";
import { objectsOf } from "../../../infra/components/pod-secrets.ts";
import { at, listAt } from "../../../infra/policy/rule.ts";
import { alone, statementsIn } from "./alone.ts";

const secretArn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:journal-AbCdEf";
const byCpu: PodGrowth = { kind: "use", metric: "cpu", percent: 60, minutes: 2 };
const byLag: PodGrowth = {
  kind: "work",
  work: {
    in: "topic",
    bootstrapServers: "b-1:9098,b-2:9098,b-3:9098",
    topic: "order-requests",
    consumerGroup: "order-processor",
    messages: 1_000,
  },
};

const args: KubernetesServiceArgs = {
  place: {
    clusterName: "castle-prod",
    clusterArn: "arn:aws:eks:us-east-1:123456789012:cluster/castle-prod",
    accountId: "123456789012",
    region: "us-east-1",
  },
  namespace: "castle",
  image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/order-processor:1.0.0",
  size: { cpu: 1024, memoryMiB: 2048, countMin: 3, countMax: 30 },
  zones: 3,
  spareCapacityPercent: 40,
  growth: byCpu,
  isCritical: true,
  ports: [8080],
  environment: { CASTLE_NODE: "order-processor" },
  secrets: [
    { variable: "JOURNAL_PASSWORD", arn: secretArn, field: "password" },
    { variable: "JOURNAL_USER", arn: secretArn, field: "username" },
  ],
  statements: [
    {
      Effect: "Allow",
      Action: "kinesis:GetRecords",
      Resource: "arn:aws:kinesis:us-east-1:123456789012:stream/events",
    },
  ],
  healthCommand: ["node", "-e", "process.exit(0)"],
  writablePaths: ["/run/castle"],
  targetGroups: [
    { name: "door", arn: "arn:aws:elasticloadbalancing:x:y:targetgroup/a/1", port: 8080 },
  ],
  hostName: "order-processor.prod.castle.internal",
  dataKeyArn: "arn:aws:kms:us-east-1:123456789012:key/data",
  alarmTopicArn: "arn:aws:sns:us-east-1:123456789012:alarms",
  installed: [],
};

const made = (more: Partial<KubernetesServiceArgs> = {}) =>
  alone(() => new KubernetesService("order-processor", { ...args, ...more }));
type Made = Awaited<ReturnType<typeof made>>;

const podIn = ({ named }: Made) =>
  at(named("order-processor-deployment").inputs, "spec.template.spec");
const containerIn = (built: Made) => listAt(podIn(built), "containers")[0];
const keysOf = (pod: unknown) =>
  listAt(pod, "topologySpreadConstraints").map((one) => at(one, "topologyKey"));

describe("A pod of a service", function () {
  this.timeout(30_000);

  it("is locked as the namespace demands", async () => {
    const built = await made();
    const context = at(containerIn(built), "securityContext");
    assert.deepInclude(context as object, {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
    });
    assert.deepEqual(at(context, "capabilities"), { drop: ["ALL"] });
    assert.deepInclude(at(podIn(built), "securityContext") as object, {
      runAsNonRoot: true,
      runAsUser: 1000,
    });
    assert.isFalse(at(podIn(built), "automountServiceAccountToken"));
  });

  it("gets as much as it asks for, as a task of Fargate does", async () => {
    const container = containerIn(await made());
    const whole = { cpu: "1000m", memory: "2048Mi" };
    assert.deepEqual(at(container, "resources"), { requests: whole, limits: whole });
    assert.strictEqual(milliCpus(256), "250m");
  });

  it("is spread over zones, and over on-demand and Spot where it may use both", async () => {
    const zone = "topology.kubernetes.io/zone";
    const host = "kubernetes.io/hostname";
    assert.deepEqual(keysOf(podIn(await made())), [zone, host]);
    const relaxed = podIn(await made({ isCritical: false }));
    assert.deepEqual(keysOf(relaxed), [zone, host, "castle/capacity"]);
    const [overZones] = listAt(relaxed, "topologySpreadConstraints");
    assert.deepInclude(overZones as object, { maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" });
  });

  it("tolerates Spot only where it is not critical, and a silent node for half a minute", async () => {
    const tolerated = (pod: unknown) =>
      listAt(pod, "tolerations").map((one) => [at(one, "key"), at(one, "tolerationSeconds")]);
    const silent = [
      ["node.kubernetes.io/unreachable", 30],
      ["node.kubernetes.io/not-ready", 30],
    ];
    assert.deepEqual(tolerated(podIn(await made())), silent);
    assert.deepEqual(tolerated(podIn(await made({ isCritical: false }))), [
      ...silent,
      ["castle/capacity", undefined],
    ]);
  });

  it("is told its zone where it runs, and its secrets by reference", async () => {
    const env = listAt(containerIn(await made()), "env");
    const by = (name: string) => env.find((one) => at(one, "name") === name);
    assert.strictEqual(
      at(by("CASTLE_ZONE"), "valueFrom.fieldRef.fieldPath"),
      "metadata.labels['topology.kubernetes.io/zone']",
    );
    assert.deepEqual(at(by("JOURNAL_PASSWORD"), "valueFrom.secretKeyRef"), {
      name: "order-processor-secrets",
      key: "JOURNAL_PASSWORD",
    });
  });

  it("mounts its secrets, for only then are they there", async () => {
    const built = await made();
    const volumes = listAt(podIn(built), "volumes").map((one) => at(one, "name"));
    assert.deepEqual(volumes, ["run-castle", "secrets"]);
    const without = await made({ secrets: [] });
    assert.lengthOf(listAt(podIn(without), "volumes"), 1);
    assert.isEmpty(without.all("kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"));
  });
});

describe("Secrets of a pod", () => {
  it("are asked for once each, whatever number of fields is read", () => {
    const objects = objectsOf([
      { variable: "A_PASSWORD", arn: "arn:a", field: "password" },
      { variable: "A_USER", arn: "arn:a", field: "username" },
      { variable: "TOKEN", arn: "arn:b" },
    ]);
    assert.deepEqual(objects, [
      {
        objectName: "arn:a",
        objectType: "secretsmanager",
        objectAlias: "A_PASSWORD-document",
        jmesPath: [
          { path: '"password"', objectAlias: "A_PASSWORD" },
          { path: '"username"', objectAlias: "A_USER" },
        ],
      },
      { objectName: "arn:b", objectType: "secretsmanager", objectAlias: "TOKEN" },
    ]);
  });

  it("may be read by the pod's own role", async function () {
    this.timeout(30_000);
    const { named } = await made();
    const statements = statementsIn(named("order-processor-role-policy").inputs.policy);
    assert.deepEqual(
      statements.map(({ Action }) => Action),
      [
        "kinesis:GetRecords",
        ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        ["kms:Decrypt"],
      ],
    );
  });
});

describe("KubernetesService", function () {
  this.timeout(30_000);

  it("starts with the spare of three zones, and leaves the count to its scaler", async () => {
    const { named } = await made();
    const { inputs, options } = named("order-processor-deployment");
    assert.strictEqual(at(inputs, "spec.replicas"), 6);
    assert.deepEqual(options.ignoreChanges, ["spec.replicas"]);
    assert.deepInclude(at(named("order-processor-count").inputs, "spec") as object, {
      minReplicas: 6,
      maxReplicas: 30,
    });
  });

  it("grows when CPU was above 60 % for two minutes, and gives back after a calm quarter", async () => {
    const { inputs } = (await made()).named("order-processor-count");
    const [metric] = listAt(inputs, "spec.metrics");
    assert.strictEqual(at(metric, "resource.target.averageUtilization"), 60);
    assert.strictEqual(at(inputs, "spec.behavior.scaleUp.stabilizationWindowSeconds"), 120);
    assert.strictEqual(at(inputs, "spec.behavior.scaleDown.stabilizationWindowSeconds"), 900);
  });

  it("is only measured by VPA where an HPA counts, and sized by it elsewhere", async () => {
    const mode = async (growth: PodGrowth) =>
      at((await made({ growth })).named("order-processor-size").inputs, "spec.updatePolicy");
    assert.deepEqual(await mode(byCpu), { updateMode: "Off" });
    assert.deepEqual(await mode(byLag), { updateMode: "Initial" });
  });

  it("grows exactly above the seed's 1,000 waiting messages, by MSK's IAM", async () => {
    const { named, all } = await made({ growth: byLag });
    assert.isEmpty(all("kubernetes:autoscaling/v2:HorizontalPodAutoscaler"));
    const { inputs, options } = named("order-processor-count");
    const [trigger] = listAt(inputs, "spec.triggers");
    const { lagThreshold, ...rest } = at(trigger, "metadata") as Record<string, string>;
    const needed = (lag: number) => Math.ceil(lag / Number(lagThreshold));
    assert.isAtMost(needed(Number(lagThreshold) * 6), 6);
    assert.isAbove(needed(1_001), 6);
    assert.deepInclude(rest, {
      topic: "order-requests",
      consumerGroup: "order-processor",
      sasl: "oauthbearer",
      saslTokenProvider: "aws_msk_iam",
      tls: "enable",
      awsRegion: "us-east-1",
    });
    const account = named("order-processor-count-account");
    assert.deepEqual(at(account.inputs, "spec.podIdentity"), {
      provider: "aws",
      identityOwner: "keda",
    });
    assert.include(options.dependencies, account.urn);
  });

  it("counts connections of a balancer for each pod", async () => {
    const metric = {
      namespace: "AWS/NetworkELB",
      name: "ActiveFlowCount",
      statistic: "Average",
      dimensions: { LoadBalancer: "net/entry/1" },
    } as const;
    const growth: PodGrowth = { kind: "work", work: { in: "metric", metric, perPod: 5_000 } };
    const { inputs } = (await made({ growth })).named("order-processor-count");
    assert.deepInclude(at(listAt(inputs, "spec.triggers")[0], "metadata") as object, {
      metricName: "ActiveFlowCount",
      dimensionName: "LoadBalancer",
      dimensionValue: "net/entry/1",
      targetMetricValue: "5000",
    });
  });

  it("loses one pod at a time to whoever drains nodes", async () => {
    const { inputs } = (await made()).named("order-processor-budget");
    assert.strictEqual(at(inputs, "spec.maxUnavailable"), 1);
  });

  it("registers its pods with the balancers, by address", async () => {
    const { inputs } = (await made()).named("order-processor-targets-door");
    assert.deepInclude(inputs.spec as object, {
      targetType: "ip",
      serviceRef: { name: "order-processor", port: 8080 },
    });
  });

  it("is found from outside of the cluster by its name, an address for each pod", async () => {
    const { inputs } = (await made()).named("order-processor-service");
    assert.strictEqual(at(inputs, "spec.clusterIP"), "None");
    assert.propertyVal(
      at(inputs, "metadata.annotations") as object,
      "external-dns.alpha.kubernetes.io/hostname",
      "order-processor.prod.castle.internal",
    );
  });

  it("runs alone where a second one does harm, and stops before its successor starts", async () => {
    const { named, all } = await made({ isSingle: true, growth: { kind: "fixed" } });
    const { inputs, options } = named("order-processor-deployment");
    assert.strictEqual(at(inputs, "spec.replicas"), 1);
    assert.deepEqual(at(inputs, "spec.strategy"), { type: "Recreate" });
    assert.isEmpty(options.ignoreChanges);
    assert.isEmpty(all("kubernetes:autoscaling/v2:HorizontalPodAutoscaler"));
  });

  it("gets its role before its first pod", async () => {
    const { named } = await made();
    assert.include(
      named("order-processor-deployment").options.dependencies,
      named("order-processor-identity").urn,
    );
  });
});
