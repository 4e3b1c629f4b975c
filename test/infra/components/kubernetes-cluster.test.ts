// KubernetesCluster, alone: the control plane's arguments, the nodes and the add-ons. What @pulumi/eks makes of the
// arguments its plugin alone knows.

import { assert } from "chai";
import { addonVersion, versionsWithAddons } from "../../../infra/components/addon-versions.ts";
import {
  allowZonalShift,
  KubernetesCluster,
} from "../../../infra/components/kubernetes-cluster.ts";
import {
  architectureOf,
  commonArchitecture,
  vCpusOf,
} from "../../../infra/components/node-types.ts";
import { at, listAt } from "../../../infra/policy/rule.ts";
import { alone, statementsIn } from "./alone.ts";

const args = {
  clusterName: "castle-prod",
  version: "1.35",
  region: "us-east-1",
  accountId: "123456789012",
  vpcId: "vpc-1",
  subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  instanceTypes: ["m7i.xlarge", "m6i.xlarge"],
  onDemandNodesMin: 3,
  onDemandNodesMax: 9,
  managedSpotNodesMax: 10,
  administratorRoleArns: ["arn:aws:iam::123456789012:role/operators"],
  dataKeyArn: "arn:aws:kms:us-east-1:123456789012:key/data",
  logKeyArn: "arn:aws:kms:us-east-1:123456789012:key/log",
  logRetentionDays: 90,
  hasZonalShift: true,
};

const made = (more: Partial<typeof args> = {}) =>
  alone(() => new KubernetesCluster("kubernetes", { ...args, ...more }));

describe("Node types", () => {
  const types: readonly [type: string, architecture: string, vCpus: number][] = [
    ["m7i.xlarge", "amd64", 4],
    ["m7g.2xlarge", "arm64", 8],
    ["c7gn.16xlarge", "arm64", 64],
    ["g5.large", "amd64", 2],
  ];
  for (const [type, architecture, vCpus] of types) {
    it(`knows ${type}`, () => {
      assert.strictEqual(architectureOf(type), architecture);
      assert.strictEqual(vCpusOf(type), vCpus);
    });
  }
  it("refuses what has no size, and two architectures in one group", () => {
    assert.throws(() => vCpusOf("m7i.metal-24xl"), RangeError);
    assert.throws(() => vCpusOf("t3.medium"), RangeError);
    assert.throws(() => commonArchitecture(["m7i.xlarge", "m7g.xlarge"]), RangeError);
  });
});

describe("Add-on versions", () => {
  it("are exact, and kube-proxy's is that of Kubernetes", () => {
    for (const version of versionsWithAddons) {
      const proxy = addonVersion(version, "kube-proxy");
      assert.match(proxy, /^v\d+\.\d+\.\d+-eksbuild\.\d+$/);
      assert.isTrue(proxy.startsWith(`v${version}.`), proxy);
    }
    assert.throws(() => addonVersion("1.20", "coredns"), RangeError);
  });
});

describe("KubernetesCluster", function () {
  this.timeout(30_000);

  it("is reached from inside the VPC only, and keeps secrets under our key", async () => {
    const { all } = await made();
    const [cluster] = all("eks:index:Cluster");
    assert.deepInclude(cluster?.inputs, {
      endpointPrivateAccess: true,
      endpointPublicAccess: false,
      encryptionConfigKeyArn: args.dataKeyArn,
      authenticationMode: "API",
      deletionProtection: true,
      upgradePolicy: { supportType: "STANDARD" },
    });
    assert.isTrue(cluster?.options.protect);
    assert.strictEqual(cluster?.kind, "remote");
  });

  it("lets the plugin make nothing that can be checked here instead", async () => {
    const { all } = await made();
    const inputs = all("eks:index:Cluster")[0]?.inputs;
    assert.deepInclude(inputs, {
      skipDefaultNodeGroup: true,
      skipDefaultSecurityGroups: true,
      bootstrapSelfManagedAddons: false,
      useDefaultVpcCni: true,
    });
    assert.isFalse(at(inputs, "corednsAddonOptions.enabled"));
    assert.isFalse(at(inputs, "kubeProxyAddonOptions.enabled"));
  });

  it("tells the plugin's cluster, and nothing else of it, that zones may be left", async () => {
    const asked = (type: string) =>
      allowZonalShift({ custom: true, type, name: "one", props: { name: "castle" }, opts: {} });
    assert.deepEqual((await asked("aws:eks/cluster:Cluster"))?.props, {
      name: "castle",
      zonalShiftConfig: { enabled: true },
    });
    assert.isUndefined(await asked("aws:iam/role:Role"));
  });

  it("names its administrators in AWS", async () => {
    const { all } = await made();
    const entries = all("eks:index:Cluster")[0]?.inputs.accessEntries;
    assert.strictEqual(
      at(entries, "operators.principalArn"),
      "arn:aws:iam::123456789012:role/operators",
    );
    assert.strictEqual(at(entries, "operators.accessPolicies.admin.accessScope.type"), "cluster");
  });

  it("has its log group before it logs, with a key and an end", async () => {
    const { named, all } = await made();
    const logs = named("kubernetes-control-logs");
    assert.deepInclude(logs.inputs, {
      name: "/aws/eks/castle-prod/cluster",
      kmsKeyId: args.logKeyArn,
      retentionInDays: 90,
    });
    assert.include(all("eks:index:Cluster")[0]?.options.dependencies ?? [], logs.urn);
  });

  it("keeps on-demand nodes in three zones, and Spot nodes in a group for each", async () => {
    const { all, named } = await made();
    const onDemand = named("kubernetes-on-demand").inputs;
    assert.deepEqual(onDemand.subnetIds, args.subnetIds);
    assert.deepEqual(onDemand.scalingConfig, { minSize: 3, desiredSize: 3, maxSize: 9 });
    const spot = all("aws:eks/nodeGroup:NodeGroup").filter(
      ({ inputs }) => inputs.capacityType === "SPOT",
    );
    assert.deepEqual(
      spot.map(({ inputs }) => inputs.subnetIds),
      [["subnet-a"], ["subnet-b"], ["subnet-c"]],
    );
    // Ten over three zones: no zone has less than its share.
    assert.deepEqual(
      spot.map(({ inputs }) => at(inputs, "scalingConfig.maxSize")),
      [4, 4, 4],
    );
    for (const { inputs, options } of spot) {
      assert.strictEqual(at(listAt(inputs, "taints")[0], "value"), "spot");
      assert.deepEqual(options.ignoreChanges, ["scalingConfig.desiredSize"]);
    }
  });

  it("has no Spot groups where Karpenter brings the nodes", async () => {
    const { all } = await made({ managedSpotNodesMax: 0 });
    assert.lengthOf(all("aws:eks/nodeGroup:NodeGroup"), 1);
  });

  it("gives nodes an encrypted disk, and pods no way to the node's role", async () => {
    const { named } = await made();
    const { inputs } = named("kubernetes-node-template");
    const [disk] = listAt(inputs, "blockDeviceMappings");
    assert.strictEqual(at(disk, "ebs.encrypted"), "true");
    assert.strictEqual(at(disk, "ebs.kmsKeyId"), args.dataKeyArn);
    assert.strictEqual(at(inputs, "metadataOptions.httpPutResponseHopLimit"), 1);
  });

  it("brings network and identity before nodes, and pods' add-ons after them", async () => {
    const { all, named } = await made();
    const addons = all("aws:eks/addon:Addon");
    assert.sameMembers(
      addons.map(({ inputs }) => inputs.addonName),
      [
        "vpc-cni",
        "kube-proxy",
        "eks-pod-identity-agent",
        "coredns",
        "metrics-server",
        "amazon-cloudwatch-observability",
      ],
    );
    const group = named("kubernetes-on-demand");
    assert.include(group.options.dependencies, named("kubernetes-vpc-cni").urn);
    assert.include(named("kubernetes-coredns").options.dependencies, group.urn);
    const cluster = all("eks:index:Cluster")[0]?.urn ?? "";
    assert.include(named("kubernetes-kube-proxy").options.dependencies, cluster);
  });

  it("gives roles to pods of this cluster alone", async () => {
    const { named } = await made();
    const [trust] = statementsIn(named("kubernetes-network").inputs.assumeRolePolicy);
    assert.deepEqual(trust?.Condition, {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnEquals: { "aws:SourceArn": "arn:aws:eks:us-east-1:123456789012:cluster/castle-prod" },
    });
  });
});
