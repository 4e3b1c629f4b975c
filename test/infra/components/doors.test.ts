import { assert } from "chai";
import { build } from "../edge-capture.ts";

const { AccessLogs } = await import("../../../infra/components/access-logs.ts");
const { ApiFunction } = await import("../../../infra/components/api-function.ts");
const { PublicApiBalancer } = await import("../../../infra/components/public-api-balancer.ts");
const { UserPool } = await import("../../../infra/components/user-pool.ts");
const { WebSocketApi } = await import("../../../infra/components/web-socket-api.ts");

describe("AccessLogs", function () {
  this.timeout(30_000);

  it("lets balancers write below their prefix for this account, and nobody without TLS", async () => {
    const { one } = await build(
      () => new AccessLogs("logs", { accountId: "1", retentionDays: 90 }),
    );
    assert.isTrue(one("s3/bucket").isProtected);
    const { Statement } = JSON.parse(one("s3/bucketPolicy").inputs.policy);
    const [refusal, ...grants] = Statement;
    assert.deepEqual(
      [refusal.Effect, refusal.Condition.Bool],
      ["Deny", { "aws:SecureTransport": "false" }],
    );
    for (const grant of grants) {
      assert.isString(grant.Principal.Service);
      assert.deepEqual(grant.Condition, { StringEquals: { "aws:SourceAccount": "1" } });
    }
    assert.match(grants[0].Resource, /:::[^/]+\/balancer\/AWSLogs\/1\/\*$/);
  });
});

describe("PublicApiBalancer", function () {
  this.timeout(30_000);

  const balancer = (isInternal: boolean) =>
    build(
      () =>
        new PublicApiBalancer("api", {
          vpcId: "vpc",
          vpcCidr: "10.16.0.0/16",
          subnetIds: ["a", "b", "c"],
          isInternal,
          certificateArn: "arn:certificate",
          gatewayPort: 7080,
          isTlsAtGateway: true,
          services: { users: { pathPatterns: ["/castle/v1/users*"], port: 8080 } },
          accessLogBucket: "logs",
          ...(isInternal ? { stageName: "live" } : { webAclArn: "arn:acl" }),
          alarmTopicArn: "arn:topic",
        }),
    );

  it("speaks TLS only, 1.2 and newer, behind the firewall, and logs", async () => {
    const { one } = await balancer(false);
    const listener = one("lb/listener").inputs;
    assert.equal(listener.protocol, "HTTPS");
    assert.match(listener.sslPolicy, /TLS13/);
    const alb = one("lb/loadBalancer");
    assert.isTrue(alb.inputs.accessLogs.enabled);
    assert.isTrue(alb.inputs.enableDeletionProtection);
    assert.isTrue(alb.isProtected);
    assert.equal(one("wafv2/webAclAssociation").inputs.webAclArn, "arn:acl");
  });

  it("is reached from inside only where the API is in front", async () => {
    const { one } = await balancer(true);
    assert.isTrue(one("lb/loadBalancer").inputs.internal);
    assert.equal(one("vpc/securityGroupIngressRule").inputs.cidrIpv4, "10.16.0.0/16");
  });

  it("takes the stage off where the API in front leaves it on, for services and gateways", async () => {
    const { one, outputs } = await balancer(true);
    const service = one("lb/listenerRule", "api-users-rule").inputs;
    assert.deepEqual(service.conditions[0].pathPattern.values, [
      "/castle/v1/users*",
      "/live/castle/v1/users*",
    ]);
    const rest = one("lb/listenerRule", "api-staged").inputs;
    assert.deepEqual(rest.conditions[0].pathPattern.values, ["/live/*"]);
    assert.equal(rest.actions[0].targetGroupArn, outputs.gatewayTargetGroupArn);
    assert.isAbove(rest.priority, service.priority);
    const { regex, replace } = rest.transforms[0].urlRewriteConfig.rewrite;
    const taken = (url: string) => url.replace(new RegExp(regex), replace);
    assert.equal(taken("/live/api/v3/depth?symbol=BTCUSDT"), "/api/v3/depth?symbol=BTCUSDT");
    assert.equal(taken("/api/v3/depth"), "/api/v3/depth");
  });

  it("sends a service's paths to it, and all others to the gateways", async () => {
    const { one, all, outputs } = await balancer(false);
    const rule = one("lb/listenerRule").inputs;
    assert.equal(rule.actions[0].targetGroupArn, outputs.serviceTargetGroupArns.users);
    const [action] = one("lb/listener").inputs.defaultActions;
    assert.equal(action.targetGroupArn, outputs.gatewayTargetGroupArn);
    for (const { inputs } of all("lb/targetGroup")) {
      const { interval, unhealthyThreshold } = inputs.healthCheck;
      assert.isAtMost(interval * unhealthyThreshold, 10);
    }
  });
});

describe("UserPool", function () {
  this.timeout(30_000);

  const pool = () =>
    build(
      () =>
        new UserPool("users", {
          mfa: "ON",
          domainName: "auth.castle.example",
          zoneId: "Z1",
          edgeCertificateArn: "arn:certificate",
          webOrigin: "https://www.castle.example",
          socialProviders: { Google: { secretName: "castle/google" } },
          webAclArn: "arn:acl",
        }),
    );

  it("asks for a second factor and watches for stolen passwords", async () => {
    const { one } = await pool();
    const { inputs, isProtected } = one("cognito/userPool");
    assert.equal(inputs.mfaConfiguration, "ON");
    assert.equal(inputs.userPoolTier, "PLUS");
    assert.equal(inputs.userPoolAddOns.advancedSecurityMode, "ENFORCED");
    assert.isAtLeast(inputs.passwordPolicy.minimumLength, 12);
    assert.equal(inputs.deletionProtection, "ACTIVE");
    assert.isTrue(isProtected);
    const risk = one("cognito/riskConfiguration").inputs;
    assert.equal(risk.compromisedCredentialsRiskConfiguration.actions.eventAction, "BLOCK");
  });

  it("tells pages nothing of who has an account, and gives them no secret", async () => {
    const { one } = await pool();
    const client = one("cognito/userPoolClient").inputs;
    assert.equal(client.preventUserExistenceErrors, "ENABLED");
    assert.isFalse(client.generateSecret);
    assert.deepEqual(client.allowedOauthFlows, ["code"]);
    assert.deepEqual(client.supportedIdentityProviders, ["COGNITO", "Google"]);
  });

  it("keeps a social provider's secret a secret", async () => {
    const { one, resources } = await pool();
    const { providerDetails } = one("cognito/identityProvider").inputs;
    assert.equal(providerDetails.client_id, "invented");
    assert.equal(providerDetails.authorize_scopes, "openid email profile");
    const provider = resources.find(({ type }) => type.startsWith("aws:cognito/identityProvider:"));
    assert.isNotEmpty(provider?.secretPaths);
  });

  it("has a group for each role, behind the firewall", async () => {
    const { all, one } = await pool();
    assert.sameMembers(
      all("cognito/userGroup").map(({ inputs }) => inputs.name),
      ["trader", "operator", "auditor"],
    );
    assert.equal(one("wafv2/webAclAssociation").inputs.webAclArn, "arn:acl");
  });
});

describe("ApiFunction", function () {
  this.timeout(30_000);

  it("reaches the VPC and is reached by nobody, traced, its secrets under our keys", async () => {
    const { one, all } = await build(
      () =>
        new ApiFunction("messages", {
          archive: "artefacts/messages.zip",
          memoryMiB: 1769,
          concurrencyMax: 100,
          statements: [
            { Effect: "Allow", Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:::table/t" },
          ],
          vpcId: "vpc",
          subnetIds: ["a", "b", "c"],
          dataKeyArn: "arn:key",
          logKeyArn: "arn:logs",
          logRetentionDays: 90,
          alarmTopicArn: "arn:topic",
        }),
    );
    const fn = one("lambda/function").inputs;
    assert.deepEqual(fn.vpcConfig.subnetIds, ["a", "b", "c"]);
    assert.deepEqual(fn.vpcConfig.securityGroupIds, [one("ec2/securityGroup").id]);
    assert.isEmpty(all("vpc/securityGroupIngressRule"));
    assert.equal(fn.tracingConfig.mode, "Active");
    assert.equal(fn.reservedConcurrentExecutions, 100);
    assert.equal(fn.kmsKeyArn, "arn:key");
    const [given] = JSON.parse(one("iam/rolePolicy").inputs.policy).Statement;
    assert.equal(given.Action, "dynamodb:GetItem");
    assert.deepEqual(one("cloudwatch/metricAlarm").inputs.alarmActions, ["arn:topic"]);
  });
});

describe("WebSocketApi", function () {
  this.timeout(30_000);

  const target = (functionName: string) => ({ functionName, invokeArn: `arn:${functionName}` });
  const api = (hasAuthorizer: boolean) =>
    build(
      () =>
        new WebSocketApi("stream", {
          domainName: "stream.castle.example",
          certificateArn: "arn:certificate",
          handler: target("ingestion"),
          ...(hasAuthorizer && { authorizer: target("authorizer") }),
          requestsPerSecond: 500,
          burst: 1000,
          logKeyArn: "arn:key",
          logRetentionDays: 90,
        }),
    );

  for (const [hasAuthorizer, type] of [
    [true, "CUSTOM"],
    [false, "AWS_IAM"],
  ] as const) {
    it(`lets nobody connect unasked: ${type}`, async () => {
      const { one, all } = await api(hasAuthorizer);
      const { inputs } = one("apigatewayv2/route", "stream-connect");
      assert.equal(inputs.authorizationType, type);
      assert.equal(inputs.authorizerId !== undefined, hasAuthorizer);
      for (const permission of all("lambda/permission")) {
        assert.match(permission.inputs.sourceArn, /^arn:aws:execute-api:/);
      }
    });
  }

  it("lets its handler, and nobody else, write to who is connected", async () => {
    const { one } = await build(
      () =>
        new WebSocketApi("stream", {
          domainName: "stream.castle.example",
          certificateArn: "arn:certificate",
          handler: { ...target("messages"), roleName: "messages-role" },
          authorizer: { ...target("authorizer"), roleName: "authorizer-role" },
          requestsPerSecond: 500,
          burst: 1000,
          logKeyArn: "arn:key",
          logRetentionDays: 90,
        }),
    );
    const { role, policy } = one("iam/rolePolicy").inputs;
    assert.equal(role, "messages-role");
    const [grant] = JSON.parse(policy).Statement;
    assert.equal(grant.Action, "execute-api:ManageConnections");
    assert.match(grant.Resource, /^arn:aws:execute-api:.*\/live\/\*\/@connections\/\*$/);
  });

  it("is reached by its own name only, throttled and logged", async () => {
    const { one } = await api(true);
    assert.isTrue(one("apigatewayv2/api").inputs.disableExecuteApiEndpoint);
    const stage = one("apigatewayv2/stage").inputs;
    assert.equal(stage.defaultRouteSettings.throttlingRateLimit, 500);
    assert.isString(stage.accessLogSettings.destinationArn);
    assert.equal(one("cloudwatch/logGroup").inputs.kmsKeyId, "arn:key");
  });
});
