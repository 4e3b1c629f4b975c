// Prices in us-east-1, on demand, in US dollars. Each row has its source and the day of it: of an undated
// source the day on which it was read. What is not here is unknown: it is listed by `castle cost`, and never
// counted as nothing. Where a price has steps, the first one beyond what is free.

import { instancePrices } from "./instance-prices.ts";

export interface Price {
  readonly usd: number;
  /** What one costs: an hour, a GB-month, a million requests. */
  readonly per: string;
  readonly source: string;
  readonly readOn: string;
}

const today = "2026-11-28";
/** Tables of several public projects that agree with each other; AWS's own page was not at hand. */
const agreed = "public price tables that agree";
/** Expected output of infracost's tests: amounts taken from the AWS Price List at some time. */
const infracost = (test: string) => `infracost: ${test}_test.golden`;

/** Worked examples of AWS's page, transcribed by a third party (api-evangelist). */
const examples = "AWS's pricing page, its worked examples, transcribed by a third party";

const row = (usd: number, per: string, source: string, readOn = today): Price => ({
  usd,
  per,
  source,
  readOn,
});
const hourly = (usd: number, source: string, readOn = today) => row(usd, "hour", source, readOn);
const monthly = (usd: number, source: string, readOn = today) => row(usd, "month", source, readOn);
const million = (usd: number, source: string, readOn = today) =>
  row(usd, "million", source, readOn);
const gb = (usd: number, source: string, readOn = today) => row(usd, "GB", source, readOn);
const gbMonth = (usd: number, source: string, readOn = today) =>
  row(usd, "GB-month", source, readOn);

const compute: readonly (readonly [key: string, price: Price])[] = [
  ["fargate:vcpu", hourly(0.04048, infracost("ecs_service"))],
  ["fargate:gib", hourly(0.004445, infracost("ecs_service"))],
  ["eks:cluster", hourly(0.1, infracost("eks_cluster"))],
  ["lambda:requests", million(0.2, infracost("lambda_function"))],
  ["lambda:gb-second", row(0.0000166667, "GB-second", infracost("lambda_function"))],
  ["lambda:gb-second-arm", row(0.0000133334, "GB-second", infracost("lambda_function"))],
  // Kept warm, on ARM.
  ["lambda:warm-gb", hourly(0.012, agreed)],
  ["ecr:storage", gbMonth(0.1, infracost("ecr_repository"))],
  ["ebs:gp3", gbMonth(0.08, agreed)],
  ["states:transitions", million(25, agreed)],
];

const traffic: readonly (readonly [key: string, price: Price])[] = [
  ["nat:gateway", hourly(0.045, agreed)],
  ["nat:gb", gb(0.045, agreed)],
  // Since 2024-02-01 for every public address, used or not.
  ["ipv4:address", hourly(0.005, "aws.amazon.com/blogs/aws/new-aws-public-ipv4-address-charge")],
  ["lb:balancer", hourly(0.0225, infracost("lb"))],
  ["alb:lcu", hourly(0.008, infracost("lb"))],
  ["nlb:lcu", hourly(0.006, infracost("lb"))],
  ["ga:accelerator", hourly(0.025, infracost("global_accelerator"))],
  ["endpoint:zone", hourly(0.01, infracost("vpc_endpoint"))],
  ["tgw:attachment", hourly(0.05, infracost("ec2_transit_gateway_peering_attachment"))],
  ["waf:acl", monthly(5, infracost("wafv2_web_acl"))],
  ["waf:rule", monthly(1, infracost("wafv2_web_acl"))],
  ["waf:requests", million(0.6, infracost("wafv2_web_acl"))],
  // Each name of a certificate whose key may leave ACM, at issue and at each renewal.
  ["acm:exportable-name", row(15, "issue", "AWS Price List, in a public copy")],
  ["shield:advanced", monthly(3000, agreed, "2026-11-20")],
  ["api:rest", million(3.5, infracost("api_gateway_rest_api"))],
  ["api:messages", million(1, infracost("apigatewayv2_api"))],
  ["api:connection-minutes", million(0.25, infracost("apigatewayv2_api"))],
  ["cdn:gb", gb(0.085, infracost("cloudfront_distribution"))],
  ["cdn:requests", million(1, infracost("cloudfront_distribution"))],
  ["cdn:function", million(0.1, infracost("cloudfront_function"))],
  ["route53:zone", monthly(0.5, agreed)],
  // Of an endpoint in AWS. Elsewhere 0.75, and 2 for each feature.
  ["route53:health-check", monthly(0.5, infracost("route53_health_check"))],
  ["route53:health-check-feature", monthly(1, infracost("route53_health_check"))],
  ["arc:cluster", hourly(2.5, agreed)],
  [
    "cognito:plus",
    row(0.02, "monthly user", "AWS Price List (AmazonCognito), quoted in public", "2026-09-23"),
  ],
];

const data: readonly (readonly [key: string, price: Price])[] = [
  ["aurora:acu", hourly(0.12, agreed)],
  ["aurora:storage", gbMonth(0.1, agreed, "2026-11-20")],
  ["rds:storage", gbMonth(0.115, agreed)],
  ["rds:backup", gbMonth(0.095, agreed)],
  ["rds-proxy:acu", hourly(0.015, "sst.dev documentation, RDS Proxy of Aurora Serverless v2")],
  ["msk:storage", gbMonth(0.1, infracost("msk_cluster"))],
  ["msk-connect:unit", hourly(0.11, agreed)],
  ["kinesis:shard", hourly(0.015, infracost("kinesis_stream"))],
  // More than a day, up to seven.
  ["kinesis:longer-retention", hourly(0.02, agreed)],
  ["kinesis:put", row(0.014, "million units", infracost("kinesis_stream"))],
  ["kinesis:on-demand", hourly(0.04, infracost("kinesis_stream"))],
  ["kinesis:on-demand-gb", gb(0.08, infracost("kinesis_stream"))],
  ["kinesis:fan-out", hourly(0.015, infracost("kinesis_stream"))],
  ["dynamodb:write-unit", hourly(0.00065, "AWS Price List, quoted in public", "2026-07-31")],
  ["dynamodb:read-unit", hourly(0.00013, "AWS Price List, quoted in public", "2026-07-31")],
  ["dynamodb:write", million(0.625, "AWS Price List, quoted in public", "2026-07-31")],
  ["dynamodb:read", million(0.125, "AWS Price List, quoted in public", "2026-07-31")],
  ["dynamodb:storage", gbMonth(0.25, infracost("dynamodb_table"))],
  ["firehose:gb", gb(0.029, agreed, "2026-11-20")],
  ["redshift:rpu", hourly(0.375, agreed, "2026-11-20")],
  ["glue:dpu", row(0.44, "DPU-hour", infracost("glue_crawler"))],
  ["opensearch:ingestion-unit", hourly(0.24, agreed)],
  ["s3:storage", gbMonth(0.023, infracost("cloudfront_distribution"))],
  ["sqs:requests", million(0.4, infracost("sqs_queue"))],
  ["sqs:fifo-requests", million(0.5, infracost("sqs_queue"))],
  ["sns:thousand-emails", row(0.02, "thousand", infracost("sns_topic"))],
];

const watch: readonly (readonly [key: string, price: Price])[] = [
  ["kms:key", monthly(1, agreed, "2026-11-20")],
  ["secret", monthly(0.4, agreed, "2026-11-20")],
  ["ssm:advanced-parameter", monthly(0.05, infracost("ssm_parameter"))],
  ["cloudwatch:alarm", monthly(0.1, agreed)],
  ["cloudwatch:fast-alarm", monthly(0.3, agreed)],
  [
    "cloudwatch:composite-alarm",
    monthly(0.5, "CloudWatch pricing, quoted in public", "2026-10-01"),
  ],
  ["cloudwatch:dashboard", monthly(3, agreed)],
  ["logs:gb", gb(0.5, agreed, "2026-11-20")],
  ["xray:traces", million(5, agreed)],
  ["prometheus:samples", million(0.09, agreed)],
  ["prometheus:storage", gbMonth(0.03, agreed)],
  ["grafana:editor", monthly(9, "aws.amazon.com/grafana/pricing")],
  ["config:item", row(0.003, "item", infracost("config_configuration_recorder"))],
  ["guardduty:events", million(4, examples, "2026-10-07")],
  ["guardduty:gb", gb(1, examples, "2026-10-07")],
  ["fis:action-minute", row(0.1, "minute", "aws.amazon.com/fis/pricing")],
];

export const prices: Readonly<Record<string, Price>> = Object.fromEntries([
  ...instancePrices(),
  ...compute,
  ...traffic,
  ...data,
  ...watch,
]);

/** A month has 730 hours, as AWS's calculator counts. */
export const hoursPerMonth = 730;
