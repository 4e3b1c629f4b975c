// EdgeFirewall: the web ACL in front of the CDN (scope CLOUDFRONT, in us-east-1), or of a region's balancer, API
// and user pool (REGIONAL). It reads HTTP: order entry by TCP never passes here and limits for itself.
// Rules are typed rather than JSON: types and schema are checked, and a refresh sees what was changed by
// hand, which it does not in `ruleJson`; none nests deeper than the types go.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { edgeRegion } from "./certificates.ts";

export type FirewallScope = "CLOUDFRONT" | "REGIONAL";

export interface EdgeFirewallArgs {
  readonly scope: FirewallScope;
  /** Requests in five minutes from one address. */
  readonly rateLimit: number;
  /** In us-east-1 for CLOUDFRONT. */
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** In the ACL's region. */
  readonly alarmTopicArn?: pulumi.Input<string>;
}

type WebAclRule = aws.types.input.wafv2.WebAclRule;

/** In the order in which they are asked: the cheap ones first. */
const managedGroups = [
  ["ip-reputation", "AWSManagedRulesAmazonIpReputationList"],
  ["known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet"],
  ["common", "AWSManagedRulesCommonRuleSet"],
  ["sql-injection", "AWSManagedRulesSQLiRuleSet"],
] as const;

/** Behind the CDN many clients share an address: that of an edge. */
const sharedAddressFactor = 10;
const windowSeconds = 300;

const seen = (metricName: string) => ({
  metricName,
  cloudwatchMetricsEnabled: true,
  sampledRequestsEnabled: true,
});

/** All rules of an ACL, with their priorities. */
export function firewallRules(scope: FirewallScope, rateLimit: number): WebAclRule[] {
  const managed = managedGroups.map(
    ([name, group]): Omit<WebAclRule, "priority"> => ({
      name,
      overrideAction: { none: {} },
      statement: { managedRuleGroupStatement: { vendorName: "AWS", name: group } },
      visibilityConfig: seen(name),
    }),
  );
  return [...rateRules(scope, rateLimit), ...managed].map((rule, priority) => ({
    ...rule,
    priority,
  }));
}

function rateRules(scope: FirewallScope, rateLimit: number): Omit<WebAclRule, "priority">[] {
  if (scope === "CLOUDFRONT") return [rateRule("rate-per-address", rateLimit)];
  // An API key is a client even where its address is not; new keys cost nothing, hence the second rule.
  return [
    rateRule("rate-per-client", rateLimit, [
      { ip: {} },
      { header: { name: "x-mbx-apikey", textTransformations: [{ priority: 0, type: "NONE" }] } },
    ]),
    rateRule("rate-per-address", rateLimit * sharedAddressFactor),
  ];
}

function rateRule(
  name: string,
  limit: number,
  customKeys?: aws.types.input.wafv2.WebAclRuleStatementRateBasedStatementCustomKey[],
): Omit<WebAclRule, "priority"> {
  return {
    name,
    // As the exchange itself says it, so that clients wait instead of giving up.
    action: { block: { customResponse: { responseCode: 429 } } },
    statement: {
      rateBasedStatement: {
        limit,
        evaluationWindowSec: windowSeconds,
        ...(customKeys === undefined
          ? { aggregateKeyType: "IP" }
          : { aggregateKeyType: "CUSTOM_KEYS", customKeys }),
      },
    },
    visibilityConfig: seen(name),
  };
}

export class EdgeFirewall extends pulumi.ComponentResource {
  readonly webAclArn: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: EdgeFirewallArgs;
  /** Global ACLs live in us-east-1; a region's own needs no region said. */
  readonly #place: { readonly region?: string };

  constructor(name: string, args: EdgeFirewallArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:EdgeFirewall", name, {}, opts);
    this.#name = name;
    this.#args = args;
    this.#place = args.scope === "CLOUDFRONT" ? { region: edgeRegion } : {};
    const acl = new aws.wafv2.WebAcl(
      `${name}-acl`,
      {
        ...this.#place,
        scope: args.scope,
        defaultAction: { allow: {} },
        rules: firewallRules(args.scope, args.rateLimit),
        visibilityConfig: seen(name),
      },
      { parent: this },
    );
    this.#logs(acl);
    if (args.alarmTopicArn !== undefined) this.#alarm(acl, args.alarmTopicArn);
    this.webAclArn = acl.arn;
    this.registerOutputs({ webAclArn: this.webAclArn });
  }

  #logs(acl: aws.wafv2.WebAcl): void {
    const group = new aws.cloudwatch.LogGroup(
      `${this.#name}-logs`,
      {
        ...this.#place,
        // WAF delivers to groups of this prefix only.
        name: `aws-waf-logs-castle-${this.#name}`,
        kmsKeyId: this.#args.logKeyArn,
        retentionInDays: this.#args.logRetentionDays,
      },
      { parent: this },
    );
    new aws.wafv2.WebAclLoggingConfiguration(
      `${this.#name}-logging`,
      {
        ...this.#place,
        resourceArn: acl.arn,
        logDestinationConfigs: [group.arn],
        redactedFields: [
          { singleHeader: { name: "x-mbx-apikey" } },
          { singleHeader: { name: "authorization" } },
        ],
        // What was let through is in the access logs.
        loggingFilter: {
          defaultBehavior: "DROP",
          filters: [
            {
              behavior: "KEEP",
              requirement: "MEETS_ANY",
              conditions: [
                { actionCondition: { action: "BLOCK" } },
                { actionCondition: { action: "COUNT" } },
              ],
            },
          ],
        },
      },
      { parent: this },
    );
  }

  #alarm(acl: aws.wafv2.WebAcl, alarmTopicArn: pulumi.Input<string>): void {
    new aws.cloudwatch.MetricAlarm(
      `${this.#name}-blocked`,
      {
        ...this.#place,
        alarmDescription: "The firewall refuses many requests: an attack, or a rule that is wrong",
        namespace: "AWS/WAFV2",
        metricName: "BlockedRequests",
        dimensions: {
          WebACL: acl.name,
          Rule: "ALL",
          ...(this.#args.scope === "REGIONAL" ? { Region: acl.region } : {}),
        },
        statistic: "Sum",
        comparisonOperator: "GreaterThanThreshold",
        threshold: this.#args.rateLimit,
        period: 60,
        evaluationPeriods: 5,
        treatMissingData: "notBreaching",
        alarmActions: [alarmTopicArn],
      },
      { parent: this },
    );
  }
}
