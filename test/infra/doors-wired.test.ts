// The doors of whole stacks: of each seed's configuration, and of global and region together.

import { assert } from "chai";
import { type Capture, type CapturedResource, capture } from "../../infra/capture/capture.ts";
import { deploy } from "../../infra/deploy.ts";
import { readStackFile } from "../../infra/stack-file.ts";

type Changes = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const globalStack = "organization/castle/global";
const prodStack = "organization/castle/prod";

function changed(file: string, changes: Changes): Record<string, string> {
  const values: Record<string, string> = { ...readStackFile(file).values };
  for (const [section, fields] of Object.entries(changes)) {
    const key = `castle:${section}`;
    values[key] = JSON.stringify({ ...JSON.parse(values[key] ?? "{}"), ...fields });
  }
  return values;
}

async function globalWith(changes: Changes = {}): Promise<Capture> {
  const values = changed("global", changes);
  return capture({ stack: "global", config: values, build: () => deploy(values, "global") });
}

async function regionWith(
  file: string,
  { region = {}, global = {} }: { region?: Changes; global?: Changes } = {},
): Promise<Capture> {
  const stackOutputs: Record<string, Readonly<Record<string, unknown>>> = {
    [globalStack]: (await globalWith(global)).outputs,
  };
  const run = (name: string) => {
    const values = changed(name, region);
    const stack = name === "dr" ? "dr" : "prod";
    return capture({ stack, config: values, stackOutputs, build: () => deploy(values, name) });
  };
  if (file === "dr") stackOutputs[prodStack] = (await run("prod")).outputs;
  return run(file);
}

const of = ({ resources }: Capture, type: string): CapturedResource[] =>
  resources.filter((one) => one.type.startsWith(`aws:${type}:`));
const named = (captured: Capture, type: string, name: string): CapturedResource => {
  const found = of(captured, type).find((one) => one.name === name);
  assert.isDefined(found, `${type} ${name}`);
  return found as CapturedResource;
};
// biome-ignore lint/suspicious/noExplicitAny: inputs of many shapes.
const inputsOf = (captured: Capture, type: string, name: string): any =>
  named(captured, type, name).inputs;
const namesOf = (captured: Capture, type: string) => of(captured, type).map(({ name }) => name);

describe("Doors of the seeds", function () {
  this.timeout(60_000);

  it("000: CDN and balancer without API Gateway, and no user pool", async () => {
    const seed = await regionWith("seed-000");
    assert.isEmpty(of(seed, "apigateway/restApi"));
    assert.isEmpty(of(seed, "apigateway/account"));
    assert.isEmpty(of(seed, "cognito/userPool"));
    const alb = inputsOf(seed, "lb/loadBalancer", "public-api-alb");
    assert.isFalse(alb.internal);
    const { arn, dnsName } = named(seed, "lb/loadBalancer", "public-api-alb").outputs;
    assert.equal(inputsOf(seed, "wafv2/webAclAssociation", "public-api-firewall").resourceArn, arn);
    for (const record of ["records-api", "records-own-api"]) {
      assert.equal(inputsOf(seed, "route53/record", record).aliases[0].name, dnsName);
    }
    assert.include(namesOf(seed, "lb/targetGroup"), "public-api-users");
  });

  it("001: REST by API Gateway, people by Google and Apple, services behind their sign-in", async () => {
    const seed = await regionWith("seed-001");
    assert.isTrue(inputsOf(seed, "lb/loadBalancer", "public-api-alb").internal);
    assert.isEmpty(of(seed, "apigatewayv2/api"));
    assert.sameMembers(
      of(seed, "cognito/identityProvider").map(({ inputs }) => inputs.providerType),
      ["Google", "SignInWithApple"],
    );
    const { paths } = JSON.parse(inputsOf(seed, "apigateway/restApi", "rest-api").body);
    for (const service of ["users", "wallet"]) {
      const operation = paths[`/castle/v1/${service}/{proxy+}`]["x-amazon-apigateway-any-method"];
      assert.deepEqual(operation.security, [{ people: [] }], service);
    }
    assert.notProperty(paths["/api/v3/order"].post, "security");
  });

  it("002: REST and WebSocket by API Gateway, answered from the nearest region", async () => {
    const seed = await regionWith("seed-002");
    const route = inputsOf(seed, "apigatewayv2/route", "messages-connect");
    assert.equal(route.authorizationType, "CUSTOM");
    for (const record of ["records-api", "records-messages"]) {
      const { latencyRoutingPolicies, failoverRoutingPolicies } = inputsOf(
        seed,
        "route53/record",
        record,
      );
      assert.deepEqual(latencyRoutingPolicies, [{ region: "us-east-1" }], record);
      assert.isUndefined(failoverRoutingPolicies);
    }
    assert.equal(inputsOf(seed, "route53/healthCheck", "records-api").resourcePath, "/health");
    const code = inputsOf(seed, "lambda/function", "messages-function");
    assert.include(JSON.stringify(code), "artefacts/messages.zip");
    // It is told the order tables, and may use those it is told of.
    const { ACTIVE_ORDERS_TABLE, MARKET_DATA_TABLE, TRADES_TABLE, ...others } =
      code.environment.variables;
    assert.notProperty(others, "WALLETS_TABLE");
    const { policy } = inputsOf(seed, "iam/rolePolicy", "messages-function-role-policy");
    const tables = JSON.parse(policy)
      .Statement.flatMap((one: { Resource: string | string[] }) => one.Resource)
      .filter((arn: string) => arn.includes(":table/"))
      .map((arn: string) => arn.split("/").at(-1));
    assert.sameMembers(tables, [ACTIVE_ORDERS_TABLE, MARKET_DATA_TABLE, TRADES_TABLE]);
  });

  it("003: throttled REST, prices over WebSocket by a service of its own, sign-in with two factors", async () => {
    const seed = await regionWith("seed-003");
    const { settings } = inputsOf(seed, "apigateway/methodSettings", "rest-limits");
    assert.equal(settings.throttlingRateLimit, 500);
    assert.equal(inputsOf(seed, "cognito/userPool", "people-pool").mfaConfiguration, "ON");
    assert.isEmpty(of(seed, "apigatewayv2/api"));
    assert.isFalse(inputsOf(seed, "lb/loadBalancer", "streams-alb").internal);
    assert.include(namesOf(seed, "lb/targetGroup"), "streams-market-data");
    const { type } = inputsOf(seed, "route53/record", "records-streams").failoverRoutingPolicies[0];
    assert.equal(type, "PRIMARY");
    // It grows by the connections of the balancer that its clients come through, and no other.
    const growth = JSON.stringify(
      inputsOf(seed, "appautoscaling/policy", "market-data-connections"),
    );
    assert.include(growth, String(named(seed, "lb/loadBalancer", "streams-alb").outputs.arnSuffix));
  });

  it("001, 003: market data searches what was indexed, from a task or from a pod", async () => {
    const task = await regionWith("seed-003");
    const { endpoint } = named(task, "opensearch/domain", "search").outputs;
    const told = inputsOf(task, "ecs/taskDefinition", "market-data-definition");
    assert.include(told.containerDefinitions, `https://${String(endpoint)}`);
    const rights = inputsOf(task, "iam/rolePolicy", "market-data-task-policy").policy;
    assert.include(rights, "es:ESHttpPost");
    assert.include(namesOf(task, "vpc/securityGroupIngressRule"), "search-from-market-data");
    const pods = await regionWith("seed-001", {
      region: { compute: { kind: "eks" } },
    });
    assert.include(namesOf(pods, "vpc/securityGroupIngressRule"), "search-from-pods");
  });

  it("004: API Gateway in front, REST and WebSocket, of the function that puts orders into a topic", async () => {
    const seed = await regionWith("seed-004");
    const { body } = inputsOf(seed, "apigateway/restApi", "rest-api");
    const { paths } = JSON.parse(body);
    const call = paths["/castle/v1/orders"]["x-amazon-apigateway-any-method"];
    assert.match(
      call["x-amazon-apigateway-integration"].uri,
      /ingestion-[0-9a-f]+:live\/invocations$/,
    );
    for (const permission of ["rest-may-orders", "messages-may-handler"]) {
      assert.equal(inputsOf(seed, "lambda/permission", permission).qualifier, "live");
    }
  });
});

describe("Names that lead to a region", function () {
  this.timeout(60_000);

  for (const [file, type, region] of [
    ["prod", "PRIMARY", "us-east-1"],
    ["dr", "SECONDARY", "us-west-2"],
  ] as const) {
    it(`of ${file}: the API's as ${type}, by checks of its own name, and its own name always`, async () => {
      const stack = await regionWith(file);
      const { failoverRoutingPolicies, aliases, healthCheckId, name } = inputsOf(
        stack,
        "route53/record",
        "records-api",
      );
      assert.deepEqual([name, failoverRoutingPolicies], ["api.castle.example", [{ type }]]);
      assert.include(aliases[0].name, `.execute-api.${region}.`);
      assert.equal(healthCheckId, named(stack, "route53/healthCheck", "records-api-all").id);
      const asked = inputsOf(stack, "route53/healthCheck", "records-api");
      const own = `api-${region}.castle.example`;
      assert.deepEqual([asked.fqdn, asked.resourcePath], [own, "/health/primary"]);
      const ownRecord = inputsOf(stack, "route53/record", "records-own-api");
      assert.equal(ownRecord.name, own);
      assert.include(ownRecord.aliases[0].name, `.execute-api.${region}.`);
      assert.notEqual(ownRecord.aliases[0].name, aliases[0].name);
      assert.notInclude(namesOf(stack, "route53/record"), "records-orders");
    });
  }

  it("lets dr's API know the people of prod's pool, and prod's those whom it is told", async () => {
    const dr = await regionWith("dr");
    const providersOf = (stack: Capture): string[] =>
      JSON.parse(inputsOf(stack, "apigateway/restApi", "rest-api").body).components.securitySchemes
        .people["x-amazon-apigateway-authorizer"].providerARNs;
    assert.deepEqual(
      providersOf(dr).map((arn) => arn.split(":")[3]),
      ["us-west-2", "us-east-1"],
    );
    const prod = await regionWith("prod");
    assert.lengthOf(providersOf(prod), 1);
    const peerUserPoolArn = String(dr.outputs.userPoolArn);
    const told = await regionWith("prod", { region: { place: { peerUserPoolArn } } });
    assert.include(providersOf(told), peerUserPoolArn);
  });
});

describe("What global and region must say alike", function () {
  this.timeout(60_000);

  const without = { hasAccelerator: false };

  it("sends orders by DNS, and makes no endpoint, without an accelerator", async () => {
    const changes = { region: { place: without }, global: { global: without } };
    const prod = await regionWith("prod", changes);
    assert.deepEqual(prod.violations, []);
    assert.isEmpty(of(prod, "globalaccelerator/endpointGroup"));
    const { name, failoverRoutingPolicies } = inputsOf(prod, "route53/record", "records-orders");
    assert.equal(name, "orders.castle.example");
    assert.deepEqual(failoverRoutingPolicies, [{ type: "PRIMARY" }]);
    assert.equal(prod.outputs.endpointGroupArn, "");
  });

  const differences: readonly [what: string, region: Changes, global: Changes, says: RegExp][] = [
    [
      "an accelerator that is gone",
      {},
      { global: without },
      /castle:place\.hasAccelerator is true/,
    ],
    ["an accelerator unused", { place: without }, {}, /castle:place\.hasAccelerator is false/],
    [
      "switches that nobody made",
      { resilience: { hasRoutingControls: true } },
      {},
      /castle:resilience\.hasRoutingControls is true/,
    ],
    [
      "people without pages to sign in on",
      {},
      { global: { hasWeb: false } },
      /castle:identity\.isEnabled is true.*global\.hasWeb false/,
    ],
  ];
  for (const [what, region, global, says] of differences) {
    it(`stops at ${what}, and names both fields`, async () => {
      const { violations } = await regionWith("prod", { region, global });
      assert.isTrue(
        violations.some(({ message }) => says.test(message)),
        violations.map(({ message }) => message).join("; "),
      );
    });
  }

  it("obeys the switches of both regions, which are the global stack's", async () => {
    const controls = { hasRoutingControls: true };
    const changes = { region: { resilience: controls }, global: { global: controls } };
    const global = await globalWith(changes.global);
    assert.lengthOf(of(global, "route53recoverycontrol/cluster"), 1);
    const prod = await regionWith("prod", changes);
    assert.isEmpty(of(prod, "route53recoverycontrol/cluster"));
    const { childHealthchecks } = inputsOf(prod, "route53/healthCheck", "records-api-all");
    const checks = global.outputs.routingHealthCheckIds as Record<string, string>;
    assert.include(childHealthchecks, checks["us-east-1"]);
  });
});

describe("Pages", function () {
  this.timeout(60_000);

  it("lie at the domain and at www, behind their firewall, unless there are none", async () => {
    const global = await globalWith();
    const { aliases } = inputsOf(global, "cloudfront/distribution", "web-distribution");
    assert.deepEqual(aliases, ["www.castle.example", "castle.example"]);
    assert.equal(global.outputs.pagesDomainName, "www.castle.example");
    const bare = await globalWith({ global: { hasWeb: false } });
    assert.isEmpty(of(bare, "cloudfront/distribution"));
    assert.isEmpty(of(bare, "wafv2/webAcl"));
    assert.equal(bare.outputs.pagesDomainName, "");
  });

  it("log in us-east-1 with a key that is there, wherever the exchange is", async () => {
    const europe = {
      prodRegion: "eu-west-1",
      drRegion: "eu-central-1",
      witnessRegion: "eu-west-3",
    };
    const global = await globalWith({ global: europe, site: { region: "eu-west-1" } });
    assert.deepEqual(global.violations, []);
    const { kmsKeyId, region } = inputsOf(global, "cloudwatch/logGroup", "web-logs");
    assert.equal(region, "us-east-1");
    assert.match(kmsKeyId, /^arn:aws:kms:us-east-1:/);
  });

  it("are protected by Shield Advanced where it is asked for", async () => {
    const shielded = await globalWith({ global: { hasShieldAdvanced: true } });
    assert.sameMembers(namesOf(shielded, "shield/protection"), [
      "shield-zone",
      "shield-accelerator",
      "shield-pages",
    ]);
    assert.isEmpty(of(await globalWith(), "shield/subscription"));
  });
});
