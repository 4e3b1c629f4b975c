// Prices in us-east-1, on demand, in US dollars. Each row has its source and the day on which it was read.
// What is not here is unknown: it is listed by `castle cost`, and never counted as nothing.

export interface Price {
  readonly usd: number;
  /** What one costs: an hour, a GB-month, a million requests. */
  readonly per: string;
  readonly source: string;
  readonly readOn: string;
}

/** Generated table of every instance type, in a repository under Apache-2.0. */
const karpenter = "Karpenter's zz_generated.pricing_aws.go (us-east-1)";
/** Several tables that agree with each other; AWS's own page was not at hand. */
const agreed = "third-party tables that agree";
/** One table that quotes the Price List. */
const quoted = "third-party table quoting the AWS Price List";
/** AWS's own Price List, in a public copy (labofsahil/aws-pricing-dataset). */
const priceList = "AWS Price List, in a public copy";
/** Worked examples of AWS's page, transcribed by a third party (api-evangelist). */
const examples = "AWS's pricing page, its worked examples, transcribed by a third party";
/** From memory of AWS's pages: check before you rely on it. */
const remembered = "AWS pricing pages, from memory";

const row = (usd: number, per: string, source: string, readOn: string): Price => ({
  usd,
  per,
  source,
  readOn,
});
const hourly = (usd: number, source = agreed, readOn = "2026-11-20") =>
  row(usd, "hour", source, readOn);

const instances: Readonly<Record<string, number>> = {
  "z1d.large": 0.186,
  "z1d.xlarge": 0.372,
  "z1d.2xlarge": 0.744,
  "z1d.3xlarge": 1.116,
  "z1d.6xlarge": 2.232,
  "z1d.12xlarge": 4.464,
  "z1d.metal": 4.464,
  "m5zn.12xlarge": 3.9641,
  "r7iz.4xlarge": 1.488,
  "c7i.xlarge": 0.1785,
  "m5.xlarge": 0.192,
};

const caches: Readonly<Record<string, number>> = {
  "cache.r7g.large": 0.1752,
  "cache.r8g.large": 0.1756,
  "cache.m7g.large": 0.1264,
};

const table = (
  prefix: string,
  rows: Readonly<Record<string, number>>,
  source: string,
  readOn: string,
) =>
  Object.entries(rows).map(
    ([type, usd]) => [`${prefix}${type}`, hourly(usd, source, readOn)] as const,
  );

export const prices: Readonly<Record<string, Price>> = Object.fromEntries([
  ...table("ec2:", instances, karpenter, "2026-01-19"),
  // Valkey: 0.8 of what Redis OSS costs.
  ...table("valkey:", caches, quoted, "2026-10-02"),
  ["memorydb:db.r7g.large", hourly(0.31, remembered)],
  ["fargate:vcpu", hourly(0.04048)],
  ["fargate:gib", hourly(0.004445)],
  ["aurora:acu", hourly(0.12)],
  ["aurora:storage", row(0.1, "GB-month", agreed, "2026-11-20")],
  ["rds-proxy:acu", hourly(0.015, remembered)],
  ["ebs:gp3", row(0.08, "GB-month", remembered, "2026-11-20")],
  ["nat:gateway", hourly(0.045)],
  ["nat:gb", row(0.045, "GB", agreed, "2026-11-20")],
  ["lb:balancer", hourly(0.0225)],
  ["alb:lcu", hourly(0.008)],
  ["nlb:lcu", hourly(0.006)],
  ["ga:accelerator", hourly(0.025)],
  ["endpoint:zone", hourly(0.01)],
  ["tgw:attachment", hourly(0.05)],
  ["traffic:between-regions", row(0.02, "GB", agreed, "2026-11-20")],
  ["traffic:out", row(0.09, "GB", agreed, "2026-11-20")],
  ["msk:kafka.m7g.large", hourly(0.204)],
  ["msk:kafka.m5.large", hourly(0.21)],
  ["msk:storage", row(0.1, "GB-month", agreed, "2026-11-20")],
  ["msk-connect:unit", hourly(0.11, remembered)],
  ["kinesis:shard", hourly(0.015)],
  ["kinesis:put", row(0.014, "million units", agreed, "2026-11-20")],
  ["kinesis:fan-out", hourly(0.015, remembered)],
  ["kinesis:on-demand", hourly(0.04, remembered)],
  ["kinesis:on-demand-gb", row(0.08, "GB", remembered, "2026-11-20")],
  ["dynamodb:write-unit", hourly(0.00065, remembered)],
  ["dynamodb:read-unit", hourly(0.00013, remembered)],
  ["dynamodb:write", row(0.625, "million", agreed, "2026-11-20")],
  ["dynamodb:read", row(0.125, "million", agreed, "2026-11-20")],
  ["dynamodb:storage", row(0.25, "GB-month", agreed, "2026-11-20")],
  ["dax:dax.r5.large", hourly(0.255, remembered)],
  ["eks:cluster", hourly(0.1)],
  ["kms:key", row(1, "month", agreed, "2026-11-20")],
  ["secret", row(0.4, "month", agreed, "2026-11-20")],
  ["waf:acl", row(5, "month", agreed, "2026-11-20")],
  ["waf:rule", row(1, "month", agreed, "2026-11-20")],
  ["waf:requests", row(0.6, "million", agreed, "2026-11-20")],
  ["shield:advanced", row(3000, "month", agreed, "2026-11-20")],
  ["cloudwatch:alarm", row(0.1, "month", agreed, "2026-11-20")],
  ["cloudwatch:metric", row(0.3, "month", agreed, "2026-11-20")],
  ["cloudwatch:dashboard", row(3, "month", remembered, "2026-11-20")],
  ["logs:gb", row(0.5, "GB", agreed, "2026-11-20")],
  ["firehose:gb", row(0.029, "GB", agreed, "2026-11-20")],
  ["opensearch:r7g.large.search", hourly(0.167, remembered)],
  ["opensearch:r6g.large.search", hourly(0.167)],
  ["opensearch:m7g.large.search", hourly(0.135)],
  ["redshift:rpu", hourly(0.375)],
  ["api:rest", row(3.5, "million", remembered, "2026-11-20")],
  ["api:messages", row(1, "million", remembered, "2026-11-20")],
  ["cdn:gb", row(0.085, "GB", remembered, "2026-11-20")],
  ["cdn:requests", row(1, "million", remembered, "2026-11-20")],
  ["cdn:function", row(0.1, "million", agreed, "2026-11-28")],
  // Each name of a certificate whose key may leave ACM, at issue and at each renewal.
  ["acm:exportable-name", row(15, "issue", priceList, "2026-11-28")],
  ["prometheus:samples", row(0.09, "million", agreed, "2026-11-28")],
  ["prometheus:storage", row(0.03, "GB-month", agreed, "2026-11-28")],
  ["grafana:editor", row(9, "month", agreed, "2026-11-28")],
  ["guardduty:events", row(4, "million", examples, "2026-10-07")],
  ["guardduty:gb", row(1, "GB", examples, "2026-10-07")],
  ["glue:dpu", row(0.44, "DPU-hour", agreed, "2026-11-28")],
  ["rds:db.r7g.xlarge", hourly(0.478, agreed, "2026-11-28")],
  ["rds:storage", row(0.115, "GB-month", remembered, "2026-11-28")],
  ["sns:thousand-emails", row(0.02, "thousand", remembered, "2026-11-28")],
  ["s3:storage", row(0.023, "GB-month", remembered, "2026-11-20")],
  ["route53:zone", row(0.5, "month", remembered, "2026-11-20")],
  // A fast HTTPS check of an endpoint outside of AWS's: 0.75 and a dollar for each of the two.
  ["route53:health-check", row(2.75, "month", remembered, "2026-11-20")],
  ["fis:action-minute", row(0.1, "minute", remembered, "2026-11-20")],
  ["arc:cluster", hourly(2.5, remembered)],
  ["cognito:plus", row(0.02, "monthly user", remembered, "2026-11-20")],
  ["lambda:requests", row(0.2, "million", remembered, "2026-11-20")],
  ["lambda:gb-second", row(0.0000166667, "GB-second", remembered, "2026-11-20")],
  // On ARM.
  ["lambda:warm-gb", hourly(0.012, remembered)],
  ["states:transitions", row(25, "million", remembered, "2026-11-20")],
  ["sqs:requests", row(0.5, "million", remembered, "2026-11-20")],
]);

/** A month has 730 hours, as AWS's calculator counts. */
export const hoursPerMonth = 730;
