// A region with a cluster, whole: what the catalogue puts there runs there, is reached through the doors, and may use
// the stores; nothing of it stands where there is no cluster.

import { assert } from "chai";
import { parseConfig } from "../../infra/config/parse-config.ts";
import { at, listAt } from "../../infra/policy/rule.ts";
import { type Rehearsal, rehearse } from "../../infra/rehearsal.ts";
import { readStackFile } from "../../infra/stack-file.ts";
import { workloadsOf } from "../../infra/workloads.ts";

const deployment = "kubernetes:apps/v1:Deployment";
const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";

const all = ({ resources }: Rehearsal, type: string) =>
  resources.filter((resource) => resource.type === type);

function podsWanted(name: string): string[] {
  const config = parseConfig(readStackFile(name).values, name);
  assert.notStrictEqual(config.role, "global");
  if (config.role === "global") return [];
  return workloadsOf(config)
    .filter(({ kind, artefact }) => kind === "eks" && artefact.from !== "nobody")
    .map((workload) => workload.name);
}

describe("A region on Kubernetes", function () {
  this.timeout(60_000);
  const rehearsals = new Map<string, Rehearsal>();
  const rehearsed = async (name: string): Promise<Rehearsal> => {
    const known = rehearsals.get(name) ?? (await rehearse(name));
    rehearsals.set(name, known);
    return known;
  };

  for (const name of ["seed-000", "seed-001", "seed-004"]) {
    it(`runs in ${name} what the catalogue puts there`, async () => {
      const deployed = all(await rehearsed(name), deployment).map(({ inputs }) =>
        at(inputs, "metadata.name"),
      );
      assert.sameMembers(deployed, podsWanted(name));
    });
  }

  it("has no cluster where services run on Fargate", async () => {
    const rehearsal = await rehearsed("prod");
    assert.isEmpty(all(rehearsal, "eks:index:Cluster"));
    assert.isEmpty(rehearsal.resources.filter(({ type }) => type.startsWith("kubernetes:")));
  });

  it("adds nodes as the configuration says", async () => {
    const [byGroups, byKarpenter] = [await rehearsed("seed-000"), await rehearsed("seed-004")];
    const spotGroups = (rehearsal: Rehearsal) =>
      all(rehearsal, "aws:eks/nodeGroup:NodeGroup").filter(
        ({ inputs }) => inputs.capacityType === "SPOT",
      ).length;
    assert.strictEqual(spotGroups(byGroups), 3);
    assert.isEmpty(all(byGroups, "castle:infra:Karpenter"));
    assert.strictEqual(spotGroups(byKarpenter), 0);
    assert.lengthOf(all(byKarpenter, "castle:infra:Karpenter"), 1);
  });

  it("registers gateways with each balancer that leads to them, and lets it in", async () => {
    const rehearsal = await rehearsed("seed-004");
    const bindings = all(rehearsal, "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding").filter(
      ({ inputs }) => at(inputs, "spec.serviceRef.name") === "gateway",
    );
    const doors = all(rehearsal, ingress).filter(({ name }) =>
      /^gateway-from-(entry|public-api|streams)$/.test(name),
    );
    assert.isAtLeast(bindings.length, 2);
    assert.lengthOf(doors, bindings.length);
    const [cluster] = all(rehearsal, "eks:index:Cluster");
    for (const { inputs } of doors) {
      assert.strictEqual(inputs.securityGroupId, cluster?.outputs.clusterSecurityGroupId);
    }
  });

  it("adds pods by the connections of the balancer that leads to them", async () => {
    const rehearsal = await rehearsed("seed-004");
    const suffixOf = (name: string) =>
      all(rehearsal, "aws:lb/loadBalancer:LoadBalancer").find((one) => one.name === name)?.outputs
        .arnSuffix;
    for (const [service, balancer] of [
      ["gateway", "entry-nlb"],
      ["market-data", "streams-alb"],
    ] as const) {
      const scaler = all(rehearsal, "kubernetes:keda.sh/v1alpha1:ScaledObject").find(
        ({ inputs }) => at(inputs, "spec.scaleTargetRef.name") === service,
      );
      assert.include(JSON.stringify(scaler?.inputs), String(suffixOf(balancer)), service);
    }
  });

  it("lets an experiment keep Karpenter from filling the dark zone, and stop what it started", async () => {
    const rehearsal = await rehearsed("seed-004");
    const role = all(rehearsal, "aws:iam/role:Role").find(({ name }) => name === "karpenter-role");
    const templates = all(rehearsal, "aws:fis/experimentTemplate:ExperimentTemplate");
    assert.lengthOf(templates, 3);
    for (const { inputs } of templates) {
      const targets = listAt(inputs, "targets");
      const launchers = targets.find((one) => at(one, "name") === "Launchers");
      assert.deepEqual(listAt(launchers, "resourceArns"), [role?.outputs.arn]);
      assert.include(JSON.stringify(targets), "StopInstances");
    }
  });

  it("opens each store to pods once", async () => {
    const rehearsal = await rehearsed("seed-004");
    const opened = all(rehearsal, ingress)
      .map(({ name }) => name)
      .filter((name) => name.endsWith("-from-pods"));
    assert.include(opened, "journal-from-pods");
    assert.include(opened, "history-from-pods");
    assert.strictEqual(new Set(opened).size, opened.length);
  });

  it("makes no object before the release that brings its kind", async () => {
    const rehearsal = await rehearsed("seed-004");
    const released = (chart: string) =>
      all(rehearsal, "kubernetes:helm.sh/v3:Release").find(({ inputs }) => inputs.name === chart)
        ?.urn ?? chart;
    const kinds: readonly (readonly [type: string, chart: string])[] = [
      ["kubernetes:keda.sh/v1alpha1:ScaledObject", "keda"],
      ["kubernetes:autoscaling.k8s.io/v1:VerticalPodAutoscaler", "vertical-pod-autoscaler"],
      ["kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "aws-load-balancer-controller"],
      ["kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass", "secrets-store"],
    ];
    for (const [type, chart] of kinds) {
      const objects = all(rehearsal, type);
      assert.isNotEmpty(objects, type);
      for (const { options, name } of objects) {
        assert.include(options.dependencies, released(chart), name);
      }
    }
  });

  it("makes everything in the cluster through its own provider", async () => {
    const { resources } = await rehearsed("seed-004");
    for (const { type, options, name } of resources) {
      if (type.startsWith("kubernetes:")) {
        assert.match(options.provider ?? "", /platform-cluster/, name);
      }
    }
  });
});
