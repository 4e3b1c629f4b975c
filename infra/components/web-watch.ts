// What is seen of the CDN: its access logs, and an alarm when it answers with errors. CloudFront hands both out in
// us-east-1 only.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { edgeRegion } from "./certificates.ts";

export interface WebWatchArgs {
  readonly distributionArn: pulumi.Input<string>;
  readonly distributionId: pulumi.Input<string>;
  /** All in us-east-1. */
  readonly edgeLogKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly edgeAlarmTopicArn: pulumi.Input<string>;
}

export function watchWeb(
  name: string,
  args: WebWatchArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const place = { region: edgeRegion };
  deliverLogs(name, args, options);
  new aws.cloudwatch.MetricAlarm(
    `${name}-errors`,
    {
      ...place,
      alarmDescription:
        "More than 5 % of the CDN's answers are errors: of both buckets, or the API",
      namespace: "AWS/CloudFront",
      metricName: "5xxErrorRate",
      dimensions: { DistributionId: args.distributionId, Region: "Global" },
      statistic: "Average",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 5,
      period: 60,
      evaluationPeriods: 3,
      // Nobody asks at night, and then there is no rate.
      treatMissingData: "notBreaching",
      alarmActions: [args.edgeAlarmTopicArn],
      okActions: [args.edgeAlarmTopicArn],
    },
    options,
  );
}

function deliverLogs(
  name: string,
  args: WebWatchArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const place = { region: edgeRegion };
  const group = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    {
      ...place,
      // The prefix of logs that AWS delivers: their rights do not count against the account's.
      name: `/aws/vendedlogs/cloudfront/castle-${name}`,
      kmsKeyId: args.edgeLogKeyArn,
      retentionInDays: args.logRetentionDays,
    },
    options,
  );
  const from = new aws.cloudwatch.LogDeliverySource(
    `${name}-log-source`,
    {
      ...place,
      name: `castle-${name}`,
      logType: "ACCESS_LOGS",
      resourceArn: args.distributionArn,
    },
    options,
  );
  const to = new aws.cloudwatch.LogDeliveryDestination(
    `${name}-log-destination`,
    {
      ...place,
      name: `castle-${name}`,
      outputFormat: "json",
      deliveryDestinationConfiguration: { destinationResourceArn: group.arn },
    },
    options,
  );
  new aws.cloudwatch.LogDelivery(
    `${name}-log-delivery`,
    { ...place, deliverySourceName: from.name, deliveryDestinationArn: to.arn },
    options,
  );
}
