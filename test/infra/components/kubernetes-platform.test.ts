// KubernetesPlatform, alone: who adds nodes and what they may do, the charts and their identities.

import { assert } from "chai";
import { KubernetesPlatform } from "../../../infra/components/kubernetes-platform.ts";
import { at, listAt } from "../../../infra/policy/rule.ts";
import { alone, type PolicyStatement, statementsIn } from "./alone.ts";

const accountId = "123456789012";
const queueArn = `arn:aws:sqs:us-east-1:${accountId}:orders`;
const targetGroupArn = `arn:aws:elasticloadbalancing:us-east-1:${accountId}:targetgroup/a/1`;

const args = {
  place: {
    clusterName: "castle-prod",
    clusterArn: `arn:aws:eks:us-east-1:${accountId}:cluster/castle-prod`,
    accountId,
    region: "us-east-1",
  },
  kubeconfig: JSON.stringify({ apiVersion: "v1", kind: "Config" }),
  vpcId: "vpc-1",
  names: {
    namespaceName: "prod.castle.internal",
    namespaceId: "ns-1",
    hostedZoneId: "Z1",
  },
  targetGroupArns: [targetGroupArn],
  scalerStatements: [
    { Effect: "Allow", Action: "sqs:GetQueueAttributes", Resource: queueArn } as const,
  ],
};
const karpenter = {
  version: "1.35",
  subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  zoneNames: ["us-east-1a", "us-east-1b", "us-east-1d"],
  securityGroupId: "sg-1",
  instanceTypes: ["m7i.xlarge", "m6i.2xlarge"],
  onDemandNodesMax: 9,
  spotNodesMax: 12,
  dataKeyArn: `arn:aws:kms:us-east-1:${accountId}:key/data`,
};

const withKarpenter = () =>
  alone(() => new KubernetesPlatform("platform", { ...args, karpenter }, []));
const withAutoscaler = () => alone(() => new KubernetesPlatform("platform", args, []));

const actionsOf = ({ Action }: PolicyStatement): readonly string[] =>
  typeof Action === "string" ? [Action] : Action;
const resourcesOf = ({ Resource }: PolicyStatement): readonly string[] =>
  typeof Resource === "string" ? [Resource] : Resource;

describe("KubernetesPlatform", function () {
  this.timeout(30_000);

  it("pins every chart, and rolls back what does not become ready", async () => {
    const { all } = await withKarpenter();
    const releases = all("kubernetes:helm.sh/v3:Release");
    assert.sameMembers(
      releases.map(({ inputs }) => inputs.name),
      [
        "karpenter-crd",
        "karpenter",
        "keda",
        "vertical-pod-autoscaler",
        "secrets-store",
        "external-dns",
        "aws-load-balancer-controller",
      ],
    );
    for (const { inputs } of releases) {
      assert.match(String(inputs.version), /^\d+\.\d+\.\d+$/);
      assert.isTrue(inputs.atomic);
    }
  });

  it("gives each controller its role before it starts", async () => {
    const { all } = await withKarpenter();
    const identities = all("aws:eks/podIdentityAssociation:PodIdentityAssociation");
    assert.sameMembers(
      identities.map(({ inputs }) => `${inputs.namespace}/${inputs.serviceAccount}`),
      [
        "kube-system/karpenter",
        "keda/keda-operator",
        "kube-system/external-dns",
        "kube-system/aws-load-balancer-controller",
      ],
    );
    const releases = all("kubernetes:helm.sh/v3:Release");
    for (const { urn } of identities) {
      assert.isTrue(
        releases.some(({ options }) => options.dependencies.includes(urn)),
        urn,
      );
    }
  });

  it("talks to the cluster by its kubeconfig", async () => {
    const { all } = await withKarpenter();
    const [provider] = all("pulumi:providers:kubernetes");
    assert.strictEqual(provider?.inputs.kubeconfig, args.kubeconfig);
    for (const { options, type } of all("kubernetes:helm.sh/v3:Release")) {
      assert.match(options.provider ?? "", /platform-cluster/, type);
    }
  });

  it("refuses pods that are root or privileged, whoever asks for them", async () => {
    const { named } = await withKarpenter();
    const labels = at(named("platform-services").inputs, "metadata.labels") as object;
    assert.propertyVal(labels, "pod-security.kubernetes.io/enforce", "restricted");
  });

  it("registers pods in the target groups of the stack and in no other", async () => {
    const { named } = await withKarpenter();
    const statements = statementsIn(named("target-registrar-role-policy").inputs.policy);
    const changing = statements.filter((one) =>
      actionsOf(one).some((action) => !/:Describe/.test(action)),
    );
    assert.deepEqual(changing.map(resourcesOf), [[targetGroupArn]]);
  });

  it("has no registrar where there is nothing to register with", async () => {
    const { all } = await alone(
      () => new KubernetesPlatform("platform", { ...args, targetGroupArns: [] }, []),
    );
    assert.isEmpty(all("castle:infra:TargetRegistrar"));
  });

  it("lets KEDA read what waits, and nothing else", async () => {
    const { named } = await withKarpenter();
    const [statement, ...others] = statementsIn(named("platform-events-role-policy").inputs.policy);
    assert.deepEqual(statement, args.scalerStatements[0]);
    assert.isEmpty(others);
  });

  it("restarts no pod for its size: VPA's updater stays off", async () => {
    const { named } = await withKarpenter();
    assert.isFalse(at(named("platform-measures").inputs, "values.updater.enabled"));
  });

  it("brings secrets by each pod's own role", async () => {
    const { named } = await withKarpenter();
    const driver = at(named("platform-secrets").inputs, "values.secrets-store-csi-driver");
    assert.deepEqual(
      listAt(driver, "tokenRequests").map((one) => at(one, "audience")),
      ["sts.amazonaws.com", "pods.eks.amazonaws.com"],
    );
    assert.isTrue(at(driver, "syncSecret.enabled"));
  });
});

describe("Karpenter", function () {
  this.timeout(30_000);

  it("keeps critical pods from Spot by a taint, and pods that may go there prefer it", async () => {
    const { named } = await withKarpenter();
    const spot = named("karpenter-pool-spot").inputs;
    const onDemand = named("karpenter-pool-on-demand").inputs;
    assert.lengthOf(listAt(spot, "spec.template.spec.taints"), 1);
    assert.isEmpty(listAt(onDemand, "spec.template.spec.taints"));
    assert.isAbove(Number(at(spot, "spec.weight")), Number(at(onDemand, "spec.weight")));
  });

  it("is limited by processors of the largest type", async () => {
    const { named } = await withKarpenter();
    const cpu = (name: string) => at(named(name).inputs, "spec.limits.cpu");
    assert.strictEqual(cpu("karpenter-pool-spot"), "96");
    assert.strictEqual(cpu("karpenter-pool-on-demand"), "72");
  });

  it("boots an image that the stack names, with an encrypted disk", async () => {
    const { named } = await withKarpenter();
    const { spec } = named("karpenter-nodes").inputs;
    assert.match(String(at(listAt(spec, "amiSelectorTerms")[0], "id")), /^ami-/);
    assert.isTrue(at(listAt(spec, "blockDeviceMappings")[0], "ebs.encrypted"));
    assert.strictEqual(at(spec, "metadataOptions.httpTokens"), "required");
    assert.isUndefined(at(spec, "role"), "it makes no instance profile itself");
  });

  it("starts nodes in our subnets only, and ends only what it started", async () => {
    const { named } = await withKarpenter();
    const statements = statementsIn(named("karpenter-role-policy").inputs.policy);
    const by = (sid: string) => statements.find((one) => at(one, "Sid") === sid);
    const places = resourcesOf(by("StartInOurPlace") as PolicyStatement);
    assert.includeMembers(
      [...places],
      [
        `arn:aws:ec2:us-east-1:${accountId}:subnet/subnet-a`,
        `arn:aws:ec2:us-east-1:${accountId}:security-group/sg-1`,
      ],
    );
    assert.isFalse(places.some((one) => one.endsWith("subnet/*")));
    assert.deepEqual(by("EndWhatItStarted")?.Condition?.StringEquals, {
      "aws:ResourceTag/kubernetes.io/cluster/castle-prod": "owned",
    });
    assert.isEmpty(statements.flatMap(actionsOf).filter((action) => action.includes("*")));
  });

  it("hears of interruptions from EC2 and AWS Health", async () => {
    const { all, named } = await withKarpenter();
    assert.lengthOf(all("aws:cloudwatch/eventRule:EventRule"), 4);
    const [queue] = all("aws:sqs/queue:Queue");
    const [refused, allowed] = statementsIn(named("karpenter-interruptions-policy").inputs.policy);
    assert.strictEqual(refused?.Effect, "Deny");
    assert.lengthOf(allowed?.Condition?.ArnEquals?.["aws:SourceArn"] as string[], 4);
    const settings = at(named("karpenter-controller").inputs, "values.settings");
    assert.strictEqual(at(settings, "interruptionQueue"), queue?.outputs.name);
  });

  it("admits its nodes by a role of their own", async () => {
    const { named } = await withKarpenter();
    const role = named("karpenter-node");
    assert.deepInclude(named("karpenter-node-entry").inputs, {
      principalArn: role.outputs.arn,
      type: "EC2_LINUX",
    });
  });

  it("brings its kinds in a release of their own, before itself, before its pools", async () => {
    const { named } = await withKarpenter();
    const [kinds, controller] = [named("karpenter-kinds"), named("karpenter-controller")];
    assert.include(controller.options.dependencies, kinds.urn);
    assert.isTrue(controller.inputs.skipCrds);
    assert.include(named("karpenter-nodes").options.dependencies, controller.urn);
    assert.include(named("karpenter-pool-spot").options.dependencies, named("karpenter-nodes").urn);
  });
});

describe("ClusterAutoscaler", function () {
  this.timeout(30_000);

  it("stands in for Karpenter, and resizes groups of this cluster only", async () => {
    const { all, named } = await withAutoscaler();
    assert.isEmpty(all("castle:infra:Karpenter"));
    const statements = statementsIn(named("cluster-autoscaler-role-policy").inputs.policy);
    const resizing = statements.find((one) =>
      actionsOf(one).includes("autoscaling:SetDesiredCapacity"),
    );
    assert.deepEqual(resizing?.Condition?.StringEquals, {
      "aws:ResourceTag/k8s.io/cluster-autoscaler/castle-prod": "owned",
    });
  });
});
