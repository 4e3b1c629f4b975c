// Mistakes at the doors: APIs, balancers, sign-in, pages, the names that lead to them.

import { firstOf, having, nested, type ResourceMistake, without } from "./mistake.ts";

type Inputs = Readonly<Record<string, unknown>>;

const restApi = "aws:apigateway/restApi:RestApi";
const restStage = "aws:apigateway/stage:Stage";
const record = "aws:route53/record:Record";
const association = "aws:wafv2/webAclAssociation:WebAclAssociation";
const balancer = "aws:lb/loadBalancer:LoadBalancer";
const distribution = "aws:cloudfront/distribution:Distribution";
const pool = "aws:cognito/userPool:UserPool";
const networkBalancer =
  "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/entry/1";

/** One operation of an API's document, changed. */
const operation =
  (path: string, method: string, changes: Inputs) =>
  (inputs: Inputs): Inputs => {
    const document = JSON.parse(String(inputs.body));
    Object.assign(document.paths[path][method], changes);
    return { ...inputs, body: JSON.stringify(document) };
  };

const certificateIn = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/1`;

const apiMistakes: readonly ResourceMistake[] = [
  {
    mistake: "orders that ask for a person's token",
    stack: "prod",
    type: restApi,
    caughtBy: "policy",
    says: /signed-routes-know-no-people/,
    inputs: operation("/api/v3/order", "post", { security: [{ people: [] }] }),
  },
  {
    mistake: "an API without its own limit",
    stack: "prod",
    type: "aws:apigateway/methodSettings:MethodSettings",
    caughtBy: "policy",
    says: /api-throttled/,
    isForgotten: true,
  },
  {
    mistake: "the address that AWS gives, left open",
    stack: "prod",
    type: restApi,
    caughtBy: "policy",
    says: /api-by-its-names/,
    inputs: having({ disableExecuteApiEndpoint: false }),
  },
  {
    mistake: "an API that nobody can trace",
    stack: "prod",
    type: restStage,
    caughtBy: "policy",
    says: /api-traced/,
    inputs: having({ xrayTracingEnabled: false }),
  },
  {
    mistake: "TLS 1.0 for partners",
    stack: "prod",
    type: "aws:apigateway/domainName:DomainName",
    caughtBy: "range",
    says: /securityPolicy/,
    inputs: having({ securityPolicy: "TLS_1_0" }),
  },
  {
    mistake: "the other region's certificate",
    stack: "dr",
    type: "aws:apigateway/domainName:DomainName",
    caughtBy: "range",
    says: /write a certificate of us-west-2/,
    inputs: having({ regionalCertificateArn: certificateIn("us-east-1") }),
  },
  {
    mistake: "a quota by the hour",
    stack: "prod",
    type: "aws:apigateway/usagePlan:UsagePlan",
    caughtBy: "range",
    says: /write one of DAY/,
    inputs: nested("quotaSettings", { period: "HOUR" }),
  },
  {
    mistake: "an alias to the other region",
    stack: "dr",
    type: record,
    nameEnd: "records-api",
    caughtBy: "policy",
    says: /alias-leads-home/,
    inputs: firstOf("aliases", { name: "d-1234567890.execute-api.us-east-1.amazonaws.com" }),
  },
  {
    mistake: "a preferred record that nothing checks",
    stack: "prod",
    type: record,
    nameEnd: "records-api",
    caughtBy: "policy",
    says: /primary-record-checked/,
    inputs: without("healthCheckId"),
  },
];

const guardMistakes: readonly ResourceMistake[] = [
  {
    mistake: "a firewall on a network balancer",
    stack: "prod",
    type: association,
    nameEnd: "rest-firewall",
    caughtBy: "policy",
    says: /no-firewall-on-nlb/,
    inputs: having({ resourceArn: networkBalancer }),
  },
  {
    mistake: "an API in front of its firewall",
    stack: "prod",
    type: association,
    nameEnd: "rest-firewall",
    caughtBy: "policy",
    says: /doors-behind-firewall/,
    isForgotten: true,
  },
  {
    mistake: "a balancer that is open to the world behind the API",
    stack: "prod",
    type: balancer,
    nameEnd: "public-api-alb",
    caughtBy: "policy",
    says: /doors-behind-firewall/,
    inputs: having({ internal: false }),
  },
  {
    mistake: "a balancer that logs nothing",
    stack: "prod",
    type: balancer,
    nameEnd: "public-api-alb",
    caughtBy: "policy",
    says: /balancer-logs/,
    inputs: without("accessLogs"),
  },
  {
    mistake: "TLS 1.0 at the balancer",
    stack: "prod",
    type: "aws:lb/listener:Listener",
    nameEnd: "public-api-listener",
    caughtBy: "range",
    says: /policy of TLS 1.2/,
    inputs: having({ sslPolicy: "ELBSecurityPolicy-2016-08" }),
  },
  {
    mistake: "firewall logs under a name of one's own",
    stack: "prod",
    type: "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    caughtBy: "range",
    says: /must begin with aws-waf-logs-/,
    inputs: having({
      logDestinationConfigs: ["arn:aws:logs:us-east-1:123456789012:log-group:firewall"],
    }),
  },
  {
    mistake: "a pool without second factor",
    stack: "prod",
    type: pool,
    caughtBy: "policy",
    says: /pool-strong/,
    inputs: having({ mfaConfiguration: "OFF" }),
  },
  {
    mistake: "a pool that a rename deletes",
    stack: "dr",
    type: pool,
    caughtBy: "policy",
    says: /stateful-protected/,
    options: { protect: false },
  },
  {
    mistake: "sign-in pages with the region's certificate",
    stack: "dr",
    type: "aws:cognito/userPoolDomain:UserPoolDomain",
    caughtBy: "range",
    says: /write a certificate of us-east-1/,
    inputs: having({ certificateArn: certificateIn("us-west-2") }),
  },
  {
    mistake: "tokens in addresses",
    stack: "prod",
    type: "aws:cognito/userPoolClient:UserPoolClient",
    caughtBy: "policy",
    says: /client-tells-nothing/,
    inputs: having({ allowedOauthFlows: ["implicit"] }),
  },
];

const pageMistakes: readonly ResourceMistake[] = [
  {
    mistake: "pages that anyone may read past the CDN",
    stack: "global",
    type: distribution,
    caughtBy: "policy",
    says: /cdn-origin-private/,
    inputs: firstOf("origins", { originAccessControlId: undefined }),
  },
  {
    mistake: "a CDN without firewall",
    stack: "global",
    type: distribution,
    caughtBy: "policy",
    says: /cdn-behind-firewall/,
    inputs: without("webAclId"),
  },
  {
    mistake: "the CDN's firewall at home",
    stack: "global",
    type: "aws:wafv2/webAcl:WebAcl",
    caughtBy: "policy",
    says: /edge-in-virginia/,
    inputs: having({ region: "us-west-2" }),
  },
  {
    mistake: "a CDN that logs nothing",
    stack: "global",
    type: "aws:cloudwatch/logDeliverySource:LogDeliverySource",
    caughtBy: "policy",
    says: /cdn-logs/,
    isForgotten: true,
  },
  {
    mistake: "a function for the edge in another language",
    stack: "global",
    type: "aws:cloudfront/function:Function",
    caughtBy: "range",
    says: /cloudfront-js-2.0/,
    inputs: having({ runtime: "nodejs22.x" }),
  },
];

export const doorMistakes: readonly ResourceMistake[] = [
  ...apiMistakes,
  ...guardMistakes,
  ...pageMistakes,
];
