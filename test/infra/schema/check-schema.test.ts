import { assert } from "chai";
import { faultsOf } from "../../../infra/schema/check-schema.ts";
import { argumentsOf } from "../../../infra/schema/declarations.ts";

const object = (apiVersion: string, kind: string) => ({
  apiVersion,
  kind,
  metadata: { name: "it" },
});

describe("Schema: what the SDKs declare", function () {
  // Parses the declarations of every nested type once.
  this.timeout(60_000);

  const faults = (type: string, inputs: Record<string, unknown>): string[] =>
    faultsOf({ type, name: "it", inputs }).map(({ path, message }) => `${path}: ${message}`);
  const targetGroup = "aws:lb/targetGroup:TargetGroup";
  const template = "aws:fis/experimentTemplate:ExperimentTemplate";

  it("lets sound arguments pass", () => {
    const healthCheck = { protocol: "HTTP", interval: 10, path: "/health/primary" };
    assert.deepEqual(faults(targetGroup, { port: 443, healthCheck, tags: { a: "b" } }), []);
  });
  it("lets pass what only a deployment knows", () => {
    assert.deepEqual(faults(targetGroup, { port: "<unknown>", healthCheck: "<unknown>" }), []);
  });

  const wrong: readonly [
    what: string,
    type: string,
    inputs: Record<string, unknown>,
    at: RegExp,
  ][] = [
    [
      "an unknown nested argument",
      targetGroup,
      { healthCheck: { protocl: "TCP" } },
      /^healthCheck.protocl: no such argument; there are .*protocol/,
    ],
    [
      "a text for a number",
      targetGroup,
      { healthCheck: { interval: "10" } },
      /^healthCheck.interval: write a number/,
    ],
    [
      "a list for an object",
      targetGroup,
      { healthCheck: [{ interval: 10 }] },
      /^healthCheck: write an object/,
    ],
    [
      "an object for a list",
      targetGroup,
      { targetHealthStates: {} },
      /^targetHealthStates: write a list/,
    ],
    ["a number in a map of texts", targetGroup, { tags: { a: 1 } }, /^tags.a: write a string/],
    [
      "a missing nested argument",
      template,
      { actions: [{ name: "stop" }], description: "d", roleArn: "r", stopConditions: [] },
      /^actions\[0\].actionId: is required/,
    ],
    ["a missing argument", "aws:ec2/placementGroup:PlacementGroup", {}, /^strategy: is required/],
    ["an unknown type", "aws:lb/targetGrp:TargetGrp", {}, /no such type/],
    [
      "a text for an archive",
      "aws:lambda/function:Function",
      { role: "r", code: "dist" },
      /^code: write an asset/,
    ],
    [
      "a wrong Kubernetes kind",
      "kubernetes:apps/v1:Deployment",
      { kind: "Job", spec: { selector: {}, template: {} } },
      /^kind: write "Deployment"/,
    ],
    [
      "a wrong Kubernetes field",
      "kubernetes:apps/v1:Deployment",
      { spec: { selector: {}, template: { spec: { containers: [{ name: "a", nme: "a" }] } } } },
      /^spec.template.spec.containers\[0\].nme: no such/,
    ],
    [
      "a wrong image argument",
      "awsx:ecr:Image",
      { repositoryUrl: 1 },
      /^repositoryUrl: write a string/,
    ],
    ["a wrong cluster argument", "eks:index:Cluster", { minSize: "3" }, /^minSize: write a number/],
    ["a Kubernetes kind that does not exist", "kubernetes:apps/v1:Deploymnt", {}, /no such type/],
    [
      "a misspelt field of a custom object",
      "kubernetes:keda.sh/v1alpha1:ScaledObject",
      {
        ...object("keda.sh/v1alpha1", "ScaledObject"),
        spec: { scaleTargetRef: { name: "it" }, maxReplicas: 3, triggers: [] },
      },
      /^spec.maxReplicas: no such argument; there are .*maxReplicaCount/,
    ],
    [
      "a number where a trigger takes texts",
      "kubernetes:keda.sh/v1alpha1:ScaledObject",
      {
        ...object("keda.sh/v1alpha1", "ScaledObject"),
        spec: {
          scaleTargetRef: { name: "it" },
          triggers: [{ type: "kafka", metadata: { lagThreshold: 10 } }],
        },
      },
      /^spec.triggers\[0\].metadata.lagThreshold: write a string/,
    ],
    [
      "a pool that names no class of nodes",
      "kubernetes:karpenter.sh/v1:NodePool",
      {
        ...object("karpenter.sh/v1", "NodePool"),
        spec: { template: { spec: { requirements: [] } } },
      },
      /^spec.template.spec.nodeClassRef: is required/,
    ],
    [
      "a custom kind that nobody has written down",
      "kubernetes:karpenter.sh/v1:Provisioner",
      object("karpenter.sh/v1", "Provisioner"),
      /no such type/,
    ],
    [
      "a wrong provider argument",
      "pulumi:providers:aws",
      { defaultTags: '{"tagz":{}}' },
      /^defaultTags.tagz: no such/,
    ],
  ];
  for (const [what, type, inputs, at] of wrong) {
    it(`refuses ${what}`, () => {
      const found = faults(type, inputs);
      assert.lengthOf(found, 1, found.join("\n"));
      assert.match(found[0] ?? "", at);
    });
  }

  it("knows nothing of components", () => {
    assert.isUndefined(argumentsOf("castle:infra:Network"));
    assert.deepEqual(faults("castle:infra:Network", { cidr: 1 }), []);
  });
  it("leaves a provider's texts as they are, though they be JSON", () => {
    const kubeconfig = JSON.stringify({ apiVersion: "v1", kind: "Config" });
    const given = { kubeconfig, enableServerSideApply: "true" };
    assert.deepEqual(faults("pulumi:providers:kubernetes", given), []);
    assert.lengthOf(faults("pulumi:providers:kubernetes", { ...given, kubecfg: kubeconfig }), 1);
  });
  it("follows declarations that refer to themselves", () => {
    const statement = { notStatement: { statement: { geoMatchStatement: { countryCode: "KP" } } } };
    const rules = [{ name: "r", priority: 1, statement, visibilityConfig: {} }];
    const found = faults("aws:wafv2/webAcl:WebAcl", {
      scope: "REGIONAL",
      defaultAction: {},
      visibilityConfig: {
        cloudwatchMetricsEnabled: true,
        metricName: "m",
        sampledRequestsEnabled: true,
      },
      rules,
    });
    assert.isTrue(found.some((fault) => fault.includes("geoMatchStatement.countryCode: no such")));
  });
});
