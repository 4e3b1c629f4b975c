// The services of prod and dr as the whole program wires them: what each is told is held against the programs
// that will read it, what each may do against the calls that its code makes.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "chai";
import { exchangeSchema, keysSchema, parseWith } from "../../engine/config.ts";
import { databaseOf, registerOf, trafficOf } from "../../failover/adapters/surroundings.ts";
import { loadDeployment } from "../../failover/deployment.ts";
import { fillConfig, keysFile, nodeName } from "../../infra/packaging/fill-config.ts";
import { type Rehearsal, rehearse } from "../../infra/rehearsal.ts";
import { type PolicyStatement, statementsIn } from "./components/alone.ts";

interface Container {
  readonly name: string;
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
}

type Stack = "prod" | "dr";

describe("Services of a region", function () {
  // Programs under mocks.
  this.timeout(120_000);
  const stacks = new Map<Stack, Rehearsal>();
  before(async () => {
    for (const stack of ["prod", "dr"] as const) stacks.set(stack, await rehearse(stack));
  });

  const named = (stack: Stack, name: string) => {
    const found = stacks.get(stack)?.resources.filter((one) => one.name === name) ?? [];
    assert.lengthOf(found, 1, `${stack}: ${name}`);
    return (found[0] as NonNullable<(typeof found)[0]>).inputs;
  };
  const containerOf = (stack: Stack, workload: string): Container =>
    JSON.parse(String(named(stack, `${workload}-definition`).containerDefinitions))[0];
  const environmentOf = (stack: Stack, workload: string): Record<string, string> =>
    Object.fromEntries(
      containerOf(stack, workload).environment.map(({ name, value }) => [name, value]),
    );
  const rightsOf = (stack: Stack, workload: string): readonly PolicyStatement[] =>
    statementsIn(named(stack, `${workload}-task-policy`).policy);
  const actionsOf = (stack: Stack, workload: string): readonly string[] =>
    rightsOf(stack, workload).flatMap(({ Action }) => Action);

  /** As a task finds it: each secret under its variable. */
  const filled = (stack: Stack, workload: string, variable = "CASTLE_EXCHANGE") => {
    const secrets = containerOf(stack, workload).secrets.map(({ name }) => [name, "secret"]);
    const text = environmentOf(stack, workload)[variable] ?? "";
    const config = JSON.parse(fillConfig(text, Object.fromEntries(secrets)));
    return parseWith(exchangeSchema, config, `${workload}'s exchange.json`);
  };

  for (const stack of ["prod", "dr"] as const) {
    for (const workload of ["gateway", "history", "controller"]) {
      it(`${stack}: ${workload} is told an exchange that it can read, with all secrets for it`, () => {
        const { shard, engines } = filled(stack, workload);
        assert.equal(shard, "main");
        assert.lengthOf(engines, 2);
      });
    }

    it(`${stack}: a gateway has a name of its exchange in each zone that its tasks run in`, () => {
      const { CASTLE_NODE = "", CASTLE_ZONES = "" } = environmentOf(stack, "gateway");
      const known = filled(stack, "gateway").gateways.map(({ id }) => id);
      const zones = Object.keys(JSON.parse(CASTLE_ZONES));
      assert.lengthOf(zones, 3);
      const names = zones.map((zone) => nodeName(CASTLE_NODE, zone, CASTLE_ZONES));
      assert.deepEqual(names.sort(), known.sort());
    });

    it(`${stack}: gateways register with every balancer's group, and let each balancer in`, () => {
      const { loadBalancers } = named(stack, "gateway-service") as {
        loadBalancers: { targetGroupArn: string; containerPort: number }[];
      };
      assert.isAtLeast(loadBalancers.length, 2);
      for (const { containerPort } of loadBalancers) assert.equal(containerPort, 7080);
      assert.equal(named(stack, "gateway-from-entry").toPort, 7080);
      assert.equal(named(stack, "gateway-from-public-api").toPort, 7080);
    });

    it(`${stack}: stores open to those who use them`, () => {
      for (const who of ["engines", "gateway", "history"]) named(stack, `journal-from-${who}`);
      for (const who of ["gateway", "history"]) named(stack, `history-from-${who}`);
      named(stack, "search-from-collector");
      const doors = stacks
        .get(stack)
        ?.resources.filter(({ name }) =>
          /^(journal|history)-from-(controller|chaos-probe)/.test(name),
        );
      assert.deepEqual(doors, []);
    });

    it(`${stack}: history and controller are single`, () => {
      for (const workload of ["history", "controller", "collector"]) {
        const { desiredCount, deploymentMaximumPercent } = named(stack, `${workload}-service`);
        assert.deepEqual([desiredCount, deploymentMaximumPercent], [1, 100], workload);
      }
    });

    it(`${stack}: each may do what its code calls, and nothing else`, () => {
      assert.deepEqual(actionsOf(stack, "gateway"), ["acm:ExportCertificate"]);
      assert.isFalse(
        stacks.get(stack)?.resources.some(({ name }) => name === "history-task-policy"),
      );
      assert.deepEqual(actionsOf(stack, "chaos-probe"), ["s3:PutObject", "kms:GenerateDataKey"]);
      assert.deepEqual(actionsOf(stack, "controller"), [
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "kms:Decrypt",
        "route53:ListResourceRecordSets",
        "route53:ChangeResourceRecordSets",
        "globalaccelerator:DescribeEndpointGroup",
        "globalaccelerator:UpdateEndpointGroup",
        "elasticloadbalancing:DescribeLoadBalancers",
        "rds:DescribeGlobalClusters",
        "rds:FailoverGlobalCluster",
        "rds:SwitchoverGlobalCluster",
      ]);
    });

    it(`${stack}: the controller acts on a deployment that the toolkit accepts`, () => {
      const environment = environmentOf(stack, "controller");
      const dir = mkdtempSync(join(tmpdir(), "castle-deployment-"));
      try {
        const peer = environment.CASTLE_PEER_EXCHANGE;
        const keep = (name: string, text = "") => writeFileSync(join(dir, name), text);
        keep("deployment.json", environment.CASTLE_DEPLOYMENT);
        for (const [name, text] of Object.entries({
          "exchange.json": environment.CASTLE_EXCHANGE,
          ...(peer === undefined ? {} : { "peer-exchange.json": peer }),
        })) {
          keep(name, text?.replaceAll("/run/castle", dir));
        }
        const keys = keysFile({ OPERATOR_TOKEN: "0123456789abcdef" });
        parseWith(keysSchema, JSON.parse(keys), "keys.json");
        keep("keys.json", keys);
        const deployment = loadDeployment(join(dir, "deployment.json"));
        const own = deployment.regions.find(({ name }) => name === environment.CASTLE_REGION);
        assert.isDefined(own?.controller);
        assert.equal(own?.operatorToken, "0123456789abcdef");
        assert.equal(own?.exchange.gateways[0]?.host, `gateway.${stack}.castle.internal`);
        // dr knows prod; prod is told of dr by its configuration, once dr stands.
        assert.deepEqual(
          deployment.regions.map(({ name }) => name),
          stack === "prod" ? ["prod"] : ["prod", "dr"],
        );
        assert.equal(deployment.approval, "manual");
        const routers = trafficOf(deployment.traffic).map(({ name }) => name);
        assert.deepEqual(routers, ["Route 53", "Global Accelerator"]);
        assert.isDefined(databaseOf(deployment.database));
        assert.isDefined(deployment.register);
        registerOf(deployment.register as NonNullable<typeof deployment.register>).close();
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    });
  }

  it("the probe runs beside each zone's experiment in prod, by a role that may start it", () => {
    const { target } = named("prod", "experiments-probe-b") as {
      target: { arn: string; input: string; ecsParameters: { taskDefinitionArn: string } };
    };
    assert.include(target.ecsParameters.taskDefinitionArn, "chaos-probe");
    const [override] = JSON.parse(target.input).containerOverrides;
    assert.equal(override.name, containerOf("prod", "chaos-probe").name);
    const starter = statementsIn(named("prod", "experiments-starter-policy").policy);
    const passed = starter.find(({ Action }) => Action.includes("iam:PassRole"));
    assert.lengthOf(passed?.Resource ?? [], 2);
  });

  it("each region's services are found by name in both", () => {
    const [here, peer] = [named("dr", "names-here"), named("dr", "names-peer")];
    assert.equal(here.vpcRegion, "us-east-1");
    assert.equal(peer.vpcRegion, "us-west-2");
    assert.notEqual(here.zoneId, peer.zoneId);
    for (const stack of ["prod", "dr"] as const) {
      assert.equal(named(stack, "gateway-from-peer").toPort, 7081);
    }
  });

  it("images are what was built, by digest", () => {
    assert.match(JSON.stringify(containerOf("prod", "gateway")), /images-gateway.*@sha256:/);
    const image = named("prod", "images-gateway-image");
    assert.match(String(image.dockerfile), /infra\/images\/gateway\.Dockerfile$/);
    assert.equal(image.platform, "linux/amd64");
  });
});
