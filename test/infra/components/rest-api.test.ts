import { assert } from "chai";
import { accountRoutes } from "../../../engine/adapters/gateway/account-routes.ts";
import { amendRoute } from "../../../engine/adapters/gateway/amend-route.ts";
import { auctionRoute } from "../../../engine/adapters/gateway/auction-route.ts";
import type { Route } from "../../../engine/adapters/gateway/call.ts";
import { ClientOrderIds } from "../../../engine/adapters/gateway/client-order-id.ts";
import type { GatewayContext } from "../../../engine/adapters/gateway/context.ts";
import { generalRoutes } from "../../../engine/adapters/gateway/general-routes.ts";
import { marketRoutes } from "../../../engine/adapters/gateway/market-routes.ts";
import { orderRoutes } from "../../../engine/adapters/gateway/order-routes.ts";
import { replaceRoute } from "../../../engine/adapters/gateway/replace-route.ts";
import { tickerRoutes } from "../../../engine/adapters/gateway/ticker-routes.ts";
import { restDocument } from "../../../infra/components/rest-document.ts";
import { restRoutes } from "../../../infra/components/rest-routes.ts";
import { build } from "../edge-capture.ts";

const { RestApi } = await import("../../../infra/components/rest-api.ts");

/** Routes are made, none is called: nothing of the context is used. */
const context = new Proxy({}, { get: () => ({}) }) as GatewayContext;

function gatewayRoutes(): Route[] {
  const ids = new ClientOrderIds();
  return [
    ...generalRoutes(context),
    ...marketRoutes(context),
    ...tickerRoutes(context),
    ...orderRoutes(context, ids),
    replaceRoute(context, ids),
    amendRoute(context),
    auctionRoute(context),
    ...accountRoutes(context),
  ];
}

describe("RestApi: its document", () => {
  it("offers exactly what the gateways offer, and asks for what they ask", () => {
    const theirs = gatewayRoutes().flatMap(({ rest, security, mandatory = [] }) =>
      rest === undefined ? [] : [`${rest} ${security !== "NONE"} ${mandatory}`],
    );
    const ours = restRoutes.map(
      ({ method, path, needsKey, required }) =>
        `${method.toUpperCase()} ${path} ${needsKey} ${required}`,
    );
    assert.sameMembers(ours, theirs);
  });

  const args = {
    routes: restRoutes,
    servicePaths: ["/castle/v1/users"],
    functionPaths: [{ path: "/castle/v1/orders", invokeArn: "arn:invoke" }],
    userPoolArns: [],
    backendHost: "api.castle.example",
    vpcLinkId: "link",
    balancerArn: "arn:alb",
  };
  // biome-ignore lint/suspicious/noExplicitAny: a JSON document.
  const pathsOf = (more: object = {}): any => (restDocument({ ...args, ...more }) as any).paths;

  it("validates every operation, and leads it to the balancer by the link", () => {
    const operations = Object.entries(pathsOf()).flatMap(([path, methods]) =>
      // biome-ignore lint/suspicious/noExplicitAny: as above.
      Object.values(methods as Record<string, any>).map((operation) => ({ path, operation })),
    );
    assert.lengthOf(operations, restRoutes.length);
    for (const { path, operation } of operations) {
      assert.equal(operation["x-amazon-apigateway-request-validator"], "parameters", path);
      const integration = operation["x-amazon-apigateway-integration"];
      assert.equal(integration.uri, `https://api.castle.example${path}`);
      assert.equal(integration.connectionType, "VPC_LINK");
      assert.equal(integration.connectionId, "link");
      assert.equal(integration.integrationTarget, "arn:alb");
    }
  });

  it("requires parameters in the query only of requests without a body", () => {
    const required = (path: string, method: string) =>
      pathsOf()
        [path][method].parameters.filter((one: { required: boolean }) => one.required)
        .map((one: { name: string }) => one.name);
    assert.deepEqual(required("/api/v3/order", "get"), ["X-MBX-APIKEY", "symbol"]);
    assert.deepEqual(required("/api/v3/order", "post"), ["X-MBX-APIKEY"]);
    assert.deepEqual(required("/api/v3/depth", "get"), ["symbol"]);
  });

  it("offers services only to people who have signed in", () => {
    const path = "/castle/v1/users/{proxy+}";
    assert.notProperty(pathsOf(), path);
    const pools = { userPoolArns: ["arn:pool", "arn:peer"] };
    const operation = pathsOf(pools)[path]["x-amazon-apigateway-any-method"];
    assert.deepEqual(operation.security, [{ people: [] }]);
    const document = JSON.stringify(restDocument({ ...args, ...pools }));
    assert.include(document, '"providerARNs":["arn:pool","arn:peer"]', "of either region's pool");
  });

  it("asks nobody who signs with an API key for a person's token", () => {
    const paths = pathsOf({ userPoolArns: ["arn:pool"] });
    for (const { path, method } of restRoutes) {
      assert.notProperty(paths[path][method], "security", `${method} ${path}`);
    }
  });

  it("calls a function for people who have signed in, and for nobody else", () => {
    const path = "/castle/v1/orders";
    assert.notProperty(pathsOf(), path);
    const operation = pathsOf({ userPoolArns: ["arn:pool"] })[path][
      "x-amazon-apigateway-any-method"
    ];
    assert.deepEqual(operation.security, [{ people: [] }]);
    const { type, uri, httpMethod } = operation["x-amazon-apigateway-integration"];
    assert.deepEqual([type, uri, httpMethod], ["aws_proxy", "arn:invoke", "POST"]);
  });
});

describe("RestApi", function () {
  this.timeout(30_000);

  const api = (more: Partial<ConstructorParameters<typeof RestApi>[1]> = {}) =>
    build(
      () =>
        new RestApi("api", {
          domainNames: ["api.castle.example", "api-eu-west-1.castle.example"],
          certificateArn: "arn:certificate",
          vpcId: "vpc",
          vpcCidr: "10.16.0.0/16",
          subnetIds: ["a", "b", "c"],
          balancerArn: "arn:alb",
          requestsPerSecond: 500,
          burst: 1000,
          webAclArn: "arn:acl",
          logKeyArn: "arn:key",
          logRetentionDays: 90,
          alarmTopicArn: "arn:topic",
          ticketTopicArn: "arn:tickets",
          ...more,
        }),
    );

  it("throttles at what it is told, for all and for a partner", async () => {
    const { one } = await api();
    const { settings } = one("apigateway/methodSettings").inputs;
    assert.deepEqual([settings.throttlingRateLimit, settings.throttlingBurstLimit], [500, 1000]);
    const { throttleSettings } = one("apigateway/usagePlan").inputs;
    assert.deepEqual(throttleSettings, { rateLimit: 500, burstLimit: 1000 });
  });

  it("is traced, logged and behind the firewall, and has no back door", async () => {
    const { one } = await api();
    const stage = one("apigateway/stage").inputs;
    assert.isTrue(stage.xrayTracingEnabled);
    assert.isString(stage.accessLogSettings.destinationArn);
    assert.equal(one("wafv2/webAclAssociation").inputs.webAclArn, "arn:acl");
    assert.isTrue(one("apigateway/restApi").inputs.disableExecuteApiEndpoint);
  });

  it("has a name for clients and one for health checks, which it answers", async () => {
    const { all, one } = await api();
    assert.sameMembers(
      all("apigateway/domainName").map(({ inputs }) => inputs.domainName),
      ["api.castle.example", "api-eu-west-1.castle.example"],
    );
    assert.include(one("apigateway/restApi").inputs.body, '"/health/primary"');
  });

  it("wakes somebody for errors of 1 %, and writes a ticket for refusals of 5 %", async () => {
    const { one } = await api();
    for (const [name, metricName, threshold, topic] of [
      ["api-errors", "5XXError", 0.01, "arn:topic"],
      ["api-refusals", "4XXError", 0.05, "arn:tickets"],
    ] as const) {
      const { inputs } = one("cloudwatch/metricAlarm", name);
      assert.deepEqual([inputs.metricName, inputs.threshold], [metricName, threshold]);
      assert.deepEqual(inputs.alarmActions, [topic]);
    }
  });

  it("may call a function at its own path only", async () => {
    const handler = { functionName: "ingestion", qualifier: "live", invokeArn: "arn:invoke" };
    const { one } = await api({
      functions: { "/castle/v1/orders": handler },
      userPoolArns: ["arn:pool"],
    });
    const { sourceArn, principal, qualifier } = one("lambda/permission").inputs;
    assert.equal(qualifier, "live", "the alias is called, so the right is the alias's");
    assert.match(sourceArn, /^arn:aws:execute-api:.*:[0-9a-f]+\/\*\/\*\/castle\/v1\/orders$/);
    assert.equal(principal, "apigateway.amazonaws.com");
  });

  it("deploys anew when its document changes", async () => {
    const { one } = await api();
    assert.match(one("apigateway/deployment").inputs.triggers.bodyHash, /^[0-9a-f]{64}$/);
  });
});
