// Ranges of what clients meet: CDN, firewalls, APIs, sign-in; and the laws of where certificates must be.
// Sources as in ranges.ts.

import { between, givenAt, law, matching, oneOf, type Range, row, valuesAt } from "./range.ts";

const distribution = "aws:cloudfront/distribution:Distribution";
const balancer = "aws:lb/loadBalancer:LoadBalancer";
const tls = matching(
  /^(TLS_1_2|SecurityPolicy_TLS1[23]_)/,
  "write TLS_1_2, or a SecurityPolicy of TLS 1.2 and newer",
);

const rows: readonly Range[] = [
  row(
    "cdn-function-runtime",
    "aws:cloudfront/function:Function",
    "runtime",
    oneOf("cloudfront-js-1.0", "cloudfront-js-2.0"),
    "SDK",
  ),
  row("cdn-origin-attempts", distribution, "origins[].connectionAttempts", between(1, 3, 1), "SDK"),
  row("cdn-origin-connects", distribution, "origins[].connectionTimeout", between(1, 10, 1), "SDK"),
  row(
    "cdn-origin-reads",
    distribution,
    "origins[].customOriginConfig.originReadTimeout",
    between(1, 120, 1),
    "API: cloudfront CustomOriginConfig",
  ),
  row(
    "cdn-http",
    distribution,
    "httpVersion",
    oneOf("http1.1", "http2", "http2and3", "http3"),
    "SDK",
  ),
  row(
    "firewall-window",
    "aws:wafv2/webAcl:WebAcl",
    "rules[].statement.rateBasedStatement.evaluationWindowSec",
    oneOf(60, 120, 300, 600),
    "SDK",
  ),
  row(
    "firewall-rate",
    "aws:wafv2/webAcl:WebAcl",
    "rules[].statement.rateBasedStatement.limit",
    between(10, 2_000_000_000, 1),
    "CFN",
  ),
  row("balancer-idle", balancer, "idleTimeout", between(1, 4000, 1), "API: elbv2"),
  row(
    "balancer-desync",
    balancer,
    "desyncMitigationMode",
    oneOf("monitor", "defensive", "strictest"),
    "SDK",
  ),
  row("api-tls", "aws:apigateway/domainName:DomainName", "securityPolicy", tls, "API: apigateway"),
  row(
    "socket-tls",
    "aws:apigatewayv2/domainName:DomainName",
    "domainNameConfiguration.securityPolicy",
    oneOf("TLS_1_2"),
    "SDK",
  ),
  row(
    "socket-authorization",
    "aws:apigatewayv2/route:Route",
    "authorizationType",
    // Those of HTTP APIs (JWT) are refused here: every route of this program is of a WebSocket API.
    oneOf("NONE", "AWS_IAM", "CUSTOM"),
    "SDK",
  ),
  row(
    "partners-quota",
    "aws:apigateway/usagePlan:UsagePlan",
    "quotaSettings.period",
    oneOf("DAY", "WEEK", "MONTH"),
    "SDK",
  ),
  row(
    "sign-in-provider",
    "aws:cognito/identityProvider:IdentityProvider",
    "providerType",
    oneOf("SAML", "Facebook", "Google", "LoginWithAmazon", "SignInWithApple", "OIDC"),
    "API: cognito-idp CreateIdentityProvider",
  ),
  row(
    "shield-aggregation",
    "aws:shield/protectionGroup:ProtectionGroup",
    "aggregation",
    oneOf("SUM", "MEAN", "MAX"),
    "CFN",
  ),
  row(
    "switch-rule",
    "aws:route53recoverycontrol/safetyRule:SafetyRule",
    "ruleConfig.type",
    oneOf("ATLEAST", "AND", "OR"),
    "SDK",
  ),
];

const regionOfArn = (arn: unknown): string | undefined => String(arn).split(":")[3];

/** Certificates are read where the name is served: by CloudFront, and Cognito's names, in us-east-1. */
const certificateLaw = (
  name: string,
  type: string,
  path: string,
  wanted: (region: string) => string,
): Range =>
  law(
    name,
    type,
    "SDK; docs.aws.amazon.com/acm/latest/userguide/acm-regions.html",
    (inputs, region) =>
      valuesAt(inputs, path)
        .filter((arn) => regionOfArn(arn) !== wanted(region))
        .map((arn) => `${path} is ${String(arn)}: write a certificate of ${wanted(region)}`),
  );

const here = (region: string) => region;
const atEdge = () => "us-east-1";

export const edgeRanges: readonly Range[] = [
  ...rows,
  certificateLaw("cdn-certificate", distribution, "viewerCertificate.acmCertificateArn", atEdge),
  certificateLaw(
    "sign-in-certificate",
    "aws:cognito/userPoolDomain:UserPoolDomain",
    "certificateArn",
    atEdge,
  ),
  certificateLaw(
    "api-certificate",
    "aws:apigateway/domainName:DomainName",
    "regionalCertificateArn",
    here,
  ),
  certificateLaw(
    "socket-certificate",
    "aws:apigatewayv2/domainName:DomainName",
    "domainNameConfiguration.certificateArn",
    here,
  ),
  certificateLaw("listener-certificate-here", "aws:lb/listener:Listener", "certificateArn", here),
  law("balancer-logs-bucket", balancer, "API: elbv2", (inputs) =>
    valuesAt(inputs, "accessLogs.enabled").includes(true) &&
    givenAt(inputs, "accessLogs.bucket").length === 0
      ? ["accessLogs.bucket is missing: there is nowhere to log to"]
      : [],
  ),
  law("cdn-aliases-certified", distribution, "API: cloudfront ViewerCertificate", (inputs) =>
    valuesAt(inputs, "aliases[]").length > 0 &&
    givenAt(inputs, "viewerCertificate.acmCertificateArn").length === 0
      ? ["aliases need viewerCertificate.acmCertificateArn: CloudFront's own covers none"]
      : [],
  ),
];
