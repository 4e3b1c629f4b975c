// Good and bad examples of infra/policy/doors.ts.

import { type Example, one, subject } from "./example.ts";

const stage = subject("aws:apigateway/stage:Stage", {
  arn: "arn:stage",
  restApi: "api",
  stageName: "live",
});
const settings = "aws:apigateway/methodSettings:MethodSettings";
const association = "aws:wafv2/webAclAssociation:WebAclAssociation";
const distribution = subject("aws:cloudfront/distribution:Distribution", { arn: "arn:cdn" });
const panel = subject("aws:route53recoverycontrol/controlPanel:ControlPanel", { arn: "arn:panel" });
const safety = "aws:route53recoverycontrol/safetyRule:SafetyRule";
const people = [{ people: [] }];
const everyMethod = "x-amazon-apigateway-any-method";

const limits = (throttlingRateLimit?: number) =>
  subject(settings, {
    restApi: "api",
    stageName: "live",
    methodPath: "*/*",
    settings: { throttlingRateLimit },
  });
const document = (path: string, method: string, operation: object) =>
  JSON.stringify({ openapi: "3.0.1", paths: { [path]: { [method]: operation } } });
const balancer = (props: Readonly<Record<string, unknown>>) =>
  subject("aws:lb/loadBalancer:LoadBalancer", {
    arn: "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/api/1",
    ...props,
  });
const leadingTo = (region: string) =>
  subject("aws:route53/record:Record", {
    aliases: [{ name: `d-1.execute-api.${region}.amazonaws.com` }],
  });

export const doorExamples: readonly Example[] = [
  { rule: "api-throttled", good: [stage, limits(500)], bad: [stage] },
  { rule: "api-throttled", good: [stage, limits(500)], bad: [stage, limits()] },
  ...one(
    "api-throttled",
    "aws:apigatewayv2/stage:Stage",
    { defaultRouteSettings: { throttlingRateLimit: 500 } },
    { defaultRouteSettings: {} },
  ),
  ...one(
    "signed-routes-know-no-people",
    "aws:apigateway/restApi:RestApi",
    { body: document("/api/v3/order", "post", {}) },
    { body: document("/api/v3/order", "post", { security: people }) },
  ),
  ...one(
    "services-ask-people",
    "aws:apigateway/restApi:RestApi",
    { body: document("/castle/v1/users/{proxy+}", everyMethod, { security: people }) },
    { body: document("/castle/v1/users/{proxy+}", everyMethod, {}) },
  ),
  ...one(
    "socket-asks-who",
    "aws:apigatewayv2/route:Route",
    { routeKey: "$connect", authorizationType: "CUSTOM" },
    { authorizationType: "NONE" },
    { authorizationType: undefined },
  ),
  ...one(
    "api-by-its-names",
    "aws:apigatewayv2/api:Api",
    { disableExecuteApiEndpoint: true },
    { disableExecuteApiEndpoint: false },
  ),
  {
    rule: "doors-behind-firewall",
    good: [stage, subject(association, { resourceArn: "arn:stage" })],
    bad: [stage],
  },
  {
    rule: "doors-behind-firewall",
    good: [balancer({ internal: true })],
    bad: [balancer({ internal: false })],
  },
  {
    rule: "alias-leads-home",
    good: [balancer({}), leadingTo("us-east-1")],
    bad: [balancer({}), leadingTo("us-west-2")],
  },
  ...one(
    "client-tells-nothing",
    "aws:cognito/userPoolClient:UserPoolClient",
    { preventUserExistenceErrors: "ENABLED", allowedOauthFlows: ["code"] },
    { preventUserExistenceErrors: undefined },
    { allowedOauthFlows: ["code", "implicit"] },
  ),
  {
    rule: "switches-not-all-off",
    good: [
      panel,
      subject(safety, {
        controlPanelArn: "arn:panel",
        ruleConfig: { type: "ATLEAST", threshold: 1 },
      }),
    ],
    bad: [panel],
  },
  {
    rule: "cdn-logs",
    good: [
      distribution,
      subject("aws:cloudwatch/logDeliverySource:LogDeliverySource", { resourceArn: "arn:cdn" }),
    ],
    bad: [distribution],
  },
];
