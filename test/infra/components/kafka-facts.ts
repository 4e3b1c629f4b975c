// Names, and the right to act on them, as the tests of Kafka's parts want them.

import type { PolicyStatement } from "./alone.ts";

export const account = "111122223333";
export const care = {
  dataKeyArn: `arn:aws:kms:us-east-1:${account}:key/mrk-data`,
  logKeyArn: `arn:aws:kms:us-east-1:${account}:key/mrk-log`,
  logRetentionDays: 90,
  alarmTopicArn: `arn:aws:sns:us-east-1:${account}:pages`,
};
export const subnetIds = ["subnet-a", "subnet-b", "subnet-c"];
const uuid = "11111111-2222-4333-8444-555555555555-2";
export const clusterArn = `arn:aws:kafka:us-east-1:${account}:cluster/orders/${uuid}`;
export const topicArn = (topic: string) =>
  `arn:aws:kafka:us-east-1:${account}:topic/orders/${uuid}/${topic}`;
export const groupArn = (group: string) =>
  `arn:aws:kafka:us-east-1:${account}:group/orders/${uuid}/${group}`;
export const alarmType = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** Each action with each resource it is allowed on. */
export const allowed = (statements: readonly PolicyStatement[]) =>
  statements.flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((on) => `${action} on ${on}`)),
  );
