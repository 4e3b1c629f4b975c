import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { assert } from "chai";
import { restRoutes } from "../../../infra/components/rest-routes.ts";
import { apiBehaviors } from "../../../infra/components/web-distribution.ts";
import { build } from "../edge-capture.ts";

const { ApiLogging } = await import("../../../infra/components/api-logging.ts");
const { WebDelivery } = await import("../../../infra/components/web-delivery.ts");

interface Request {
  method: string;
  uri: string;
  headers: Record<string, { value: string }>;
  querystring: Record<string, { value: string }>;
}
type Answer = Request & { statusCode?: number; body?: string };

function runAtEdge(file: string, request: Request): Answer {
  const code = readFileSync(new URL(`../../../infra/edge/${file}`, import.meta.url), "utf8");
  return runInNewContext(`${code}\nhandler(event)`, { event: { request } }) as Answer;
}

const values = (of: Record<string, string>) =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, { value }]));

describe("Order check at the edge", () => {
  const good = {
    symbol: "BTCUSDT",
    side: "BUY",
    type: "LIMIT",
    quantity: "0.5",
    price: "60000",
    timestamp: "1",
    signature: "ab",
  };
  const key = { "x-mbx-apikey": "k".repeat(32) };
  const post = (query: Record<string, string>, headers: Record<string, string> = key) => ({
    method: "POST",
    uri: "/api/v3/order",
    headers: values(headers),
    querystring: values(query),
  });

  const passes: readonly [reason: string, request: Request][] = [
    ["a good order", post(good)],
    [
      "an order in the body, which is the gateway's to judge",
      post({}, { ...key, "content-length": "90" }),
    ],
    ["a request that is no order", { ...post({}, {}), method: "GET" }],
    ["a path that takes no orders", { ...post({}, {}), uri: "/api/v3/account" }],
  ];
  for (const [reason, request] of passes) {
    it(`lets pass ${reason}`, () => {
      assert.deepEqual(runAtEdge("order-check.js", request), request);
    });
  }

  const refusals: readonly [reason: string, code: number, request: Request][] = [
    ["no API key", -2014, post(good, {})],
    ["an API key of another form", -2014, post(good, { "x-mbx-apikey": "short" })],
    ["no symbol anywhere", -1102, post({ ...good, symbol: "" })],
    ["a symbol of other characters", -1102, post({ ...good, symbol: "btc'--" })],
    ["an unknown side", -1117, post({ ...good, side: "HOLD" })],
    ["a quantity that is no number", -1102, post({ ...good, quantity: "1e9" })],
    ["no signature", -1102, post({ ...good, signature: "" })],
    ["a bad price beside a body", -1102, post({ price: "-1" }, { ...key, "content-length": "9" })],
  ];
  for (const [reason, code, request] of refusals) {
    it(`refuses ${reason} as the exchange would`, () => {
      const { statusCode, body } = runAtEdge("order-check.js", request);
      assert.equal(statusCode, code === -2014 ? 401 : 400);
      assert.equal(JSON.parse(body ?? "{}").code, code);
    });
  }

  it("fits into what CloudFront takes", () => {
    const code = readFileSync(new URL("../../../infra/edge/order-check.js", import.meta.url));
    assert.isBelow(code.byteLength, 10_240);
  });
});

describe("Page path at the edge", () => {
  for (const [uri, expected] of [
    ["/", "/index.html"],
    ["/trade/BTCUSDT", "/index.html"],
    ["/assets/app.js", "/assets/app.js"],
  ] as const) {
    it(`leads ${uri} to ${expected}`, () => {
      const request = { method: "GET", uri, headers: {}, querystring: {} };
      assert.equal(runAtEdge("page-path.js", request).uri, expected);
    });
  }
});

describe("The domain itself, at the edge", () => {
  const at = (host: string, query: Record<string, string> = {}) =>
    runAtEdge("page-path.js", {
      method: "GET",
      uri: "/trade",
      headers: values({ host }),
      querystring: values(query),
    }) as Answer & { headers: { location?: { value: string } } };

  it("leads to www, with all that was asked", () => {
    const { statusCode, headers } = at("castle.example", { pair: "BTCUSDT", view: "depth" });
    assert.equal(statusCode, 301);
    const location = "https://www.castle.example/trade?pair=BTCUSDT&view=depth";
    assert.equal(headers.location?.value, location);
    assert.equal(at("castle.example").headers.location?.value, "https://www.castle.example/trade");
  });

  it("stays where pages are", () => {
    assert.equal(at("www.castle.example").uri, "/index.html");
  });
});

describe("WebDelivery", function () {
  this.timeout(30_000);

  const web = () =>
    build(
      () =>
        new WebDelivery("web", {
          prodRegion: "us-east-1",
          drRegion: "us-west-2",
          accountId: "1",
          domainNames: ["www.castle.example", "castle.example"],
          apiDomainName: "api.castle.example",
          streamHosts: ["trade.castle.example"],
          signInHosts: ["auth-us-east-1.castle.example"],
          zoneId: "Z1",
          edgeCertificateArn: "arn:certificate",
          webAclArn: "arn:acl",
          edgeLogKeyArn: "arn:key",
          logRetentionDays: 90,
          edgeAlarmTopicArn: "arn:topic",
        }),
    );

  it("reads the second region's pages when the first region fails", async () => {
    const { one, all } = await web();
    const { origins, originGroups, defaultCacheBehavior } = one("cloudfront/distribution").inputs;
    const [group] = originGroups;
    assert.equal(defaultCacheBehavior.targetOriginId, group.originId);
    assert.includeMembers(group.failoverCriteria.statusCodes, [500, 503]);
    const regions = group.members.map(
      ({ originId }: { originId: string }) =>
        /us-\w+-\d/.exec(
          origins.find((origin: { originId: string }) => origin.originId === originId).domainName,
        )?.[0],
    );
    assert.deepEqual(regions, ["us-east-1", "us-west-2"]);
    assert.sameMembers(
      all("s3/bucket").map(({ inputs }) => inputs.region),
      ["us-east-1", "us-west-2"],
    );
  });

  it("copies pages to the other region, with the right keys and no other rights", async () => {
    const { one, all } = await web();
    const [rule] = one("s3/bucketReplicationConfig").inputs.rules;
    const { replicaKmsKeyId } = rule.destination.encryptionConfiguration;
    assert.match(replicaKmsKeyId, /^arn:aws:kms:us-west-2:/, "the key of the copy's region");
    const { Statement } = JSON.parse(one("iam/rolePolicy").inputs.policy);
    for (const { Action, Resource } of Statement) {
      assert.notInclude(JSON.stringify(Action), "*");
      assert.notEqual(Resource, "*");
    }
    assert.isTrue(
      all("s3/bucketVersioning").every(
        ({ inputs }) => inputs.versioningConfiguration.status === "Enabled",
      ),
    );
  });

  it("answers for the domain itself too, by both kinds of addresses", async () => {
    const { one, all } = await web();
    const names = ["www.castle.example", "castle.example"];
    assert.deepEqual(one("cloudfront/distribution").inputs.aliases, names);
    assert.sameMembers(
      all("route53/record").map(({ inputs }) => `${inputs.name} ${inputs.type}`),
      names.flatMap((name) => [`${name} A`, `${name} AAAA`]),
    );
  });

  it("keeps buckets closed to all but this distribution", async () => {
    const { one, all } = await web();
    const { name } = one("cloudfront/distribution");
    assert.equal(name, "web-distribution");
    const policies = all("s3/bucketPolicy");
    assert.lengthOf(policies, 2);
    for (const { inputs } of policies) {
      const [, grant] = JSON.parse(inputs.policy).Statement;
      assert.equal(grant.Action, "s3:GetObject");
      assert.match(grant.Condition.StringEquals["aws:SourceArn"], /:distribution\/E/);
    }
    const { origins } = one("cloudfront/distribution").inputs;
    for (const origin of origins.slice(0, 2)) assert.isString(origin.originAccessControlId);
  });

  it("is behind its firewall, encrypts, sends security headers and logs from us-east-1", async () => {
    const { one } = await web();
    const { webAclId, viewerCertificate } = one("cloudfront/distribution").inputs;
    assert.equal(webAclId, "arn:acl");
    assert.equal(viewerCertificate.minimumProtocolVersion, "TLSv1.2_2021");
    const { securityHeadersConfig } = one("cloudfront/responseHeadersPolicy").inputs;
    assert.isTrue(securityHeadersConfig.strictTransportSecurity.includeSubdomains);
    assert.include(
      securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy,
      "connect-src 'self' wss://trade.castle.example https://auth-us-east-1.castle.example;",
    );
    for (const type of [
      "metricAlarm",
      "logGroup",
      "logDeliverySource",
      "logDeliveryDestination",
      "logDelivery",
    ]) {
      assert.equal(one(`cloudwatch/${type}`).inputs.region, "us-east-1", type);
    }
  });

  it("caches only what is open to everybody, and checks orders' form", () => {
    const behaviors = apiBehaviors({
      marketDataPolicyId: "market-data",
      headersPolicyId: "headers",
      orderCheckArn: "arn:check",
      pagePathArn: "arn:path",
    });
    const first = (path: string) =>
      behaviors.find(({ pathPattern }) =>
        new RegExp(`^${String(pathPattern).replaceAll("*", ".*")}$`).test(path),
      );
    for (const { path, needsKey } of restRoutes.filter((one) => one.path.startsWith("/api/v3/"))) {
      if (needsKey) assert.notEqual(first(path)?.cachePolicyId, "market-data", path);
      assert.isDefined(first(path), path);
    }
    for (const path of ["/castle/v1/users/me", "/sapi/v1/asset/tradeFee", "/api/v4/order"]) {
      assert.notEqual(first(path)?.cachePolicyId, "market-data", path);
      assert.equal(first(path)?.targetOriginId, "api", path);
    }
    assert.equal(first("/api/v3/depth")?.cachePolicyId, "market-data");
    assert.deepEqual(first("/api/v3/order")?.functionAssociations, [
      { eventType: "viewer-request", functionArn: "arn:check" },
    ]);
  });
});

describe("ApiLogging", function () {
  this.timeout(30_000);

  it("lets API Gateway, and nobody else, write its logs", async () => {
    const { one } = await build(() => new ApiLogging("api-logging"));
    const { Statement } = JSON.parse(one("iam/role").inputs.assumeRolePolicy);
    assert.deepEqual(Statement[0].Principal, { Service: "apigateway.amazonaws.com" });
    assert.match(one("iam/rolePolicyAttachment").inputs.policyArn, /PushToCloudWatchLogs$/);
    assert.match(one("apigateway/account").inputs.cloudwatchRoleArn, /:role\//);
  });
});
