// What wakes somebody for Kafka: a copy that is missing, a partition without a leader, no controller, a disk that fills, a
// reader that falls behind.

import type * as pulumi from "@pulumi/pulumi";
import { type AlarmArgs, alarm } from "./alarm.ts";

/** A group that reads topics: a workload, under its own name. */
export interface TopicReader {
  readonly group: string;
  readonly topics: readonly string[];
}

export interface TopicAlarmArgs {
  readonly clusterName: pulumi.Input<string>;
  readonly brokerCount: number;
  readonly readers: readonly TopicReader[];
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** Of a broker's volume; it grows at 60, which takes minutes and is refused for six hours after the last time. */
const diskPercentMax = 80;
/** Positions and prices that are a minute old are wrong. */
const lagSecondsMax = 60;

export function topicAlarms(
  name: string,
  { clusterName, brokerCount, readers, alarmTopicArn }: TopicAlarmArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const common = {
    namespace: "AWS/Kafka",
    statistic: "Maximum",
    periodSeconds: 60,
    periods: 3,
    when: ">",
    threshold: 0,
    silence: "notBreaching",
    dimensions: { "Cluster Name": clusterName },
    topicArn: alarmTopicArn,
  } as const;
  const tell = (
    label: string,
    own: Partial<AlarmArgs> & Pick<AlarmArgs, "description" | "metricName">,
  ) => alarm(`${name}-${label}`, { ...common, ...own }, options);
  tell("leaderless", {
    description: "Partitions have no leader: two zones of three are gone, or brokers do not start",
    metricName: "OfflinePartitionsCount",
    periods: 1,
  });
  tell("no-controller", {
    description: "No broker is the controller: topics take no new leaders",
    metricName: "ActiveControllerCount",
    when: "<",
    threshold: 1,
    silence: "breaching",
  });
  for (let broker = 1; broker <= brokerCount; broker++) {
    const dimensions = { "Cluster Name": clusterName, "Broker ID": String(broker) };
    tell(`copies-${broker}`, {
      dimensions,
      description:
        "Partitions lack a copy: one more lost, and orders are refused (two of three must have each)",
      metricName: "UnderReplicatedPartitions",
      // A broker that is patched comes back within minutes.
      periods: 10,
    });
    tell(`disk-${broker}`, {
      dimensions,
      description:
        "A broker's volume fills faster than it grows: shorten a retention, or take more brokers",
      metricName: "KafkaDataLogsDiskUsed",
      threshold: diskPercentMax,
    });
  }
  for (const { group, topics } of readers) {
    for (const topic of topics) {
      tell(`lag-${group}-${topic}`, {
        dimensions: { "Cluster Name": clusterName, "Consumer Group": group, Topic: topic },
        description: `${group} is more than a minute behind in ${topic}: does it run, and does it grow?`,
        metricName: "EstimatedMaxTimeLag",
        threshold: lagSecondsMax,
      });
    }
  }
}
