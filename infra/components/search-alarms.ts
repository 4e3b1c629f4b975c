// What AWS recommends to watch of a search domain: copies that are missing, writes that are refused, disks
// that fill.

import type * as pulumi from "@pulumi/pulumi";
import { type AlarmArgs, alarm } from "./alarm.ts";

export interface SearchAlarmArgs {
  readonly domainName: pulumi.Input<string>;
  readonly accountId: pulumi.Input<string>;
  readonly storageGiB: number;
  readonly alarmTopicArn: pulumi.Input<string>;
}

export function searchAlarms(
  name: string,
  args: SearchAlarmArgs,
  options: pulumi.CustomResourceOptions,
): void {
  const common = {
    namespace: "AWS/ES",
    dimensions: { DomainName: args.domainName, ClientId: args.accountId },
    statistic: "Maximum",
    periodSeconds: 60,
    periods: 5,
    when: ">=",
    threshold: 1,
    silence: "notBreaching",
    topicArn: args.alarmTopicArn,
  } as const;
  const watched: Record<string, AlarmArgs> = {
    red: {
      ...common,
      description: "A part of an index has no copy left",
      metricName: "ClusterStatus.red",
      periods: 1,
    },
    yellow: {
      ...common,
      description: "An index has fewer copies than zones for a quarter of an hour",
      metricName: "ClusterStatus.yellow",
      periods: 15,
    },
    "writes-blocked": {
      ...common,
      description: "The search domain refuses writes",
      metricName: "ClusterIndexWritesBlocked",
      periods: 1,
    },
    storage: {
      ...common,
      description: "A node of the search domain has less than a quarter of its disk left",
      metricName: "FreeStorageSpace",
      statistic: "Minimum",
      when: "<",
      // In MiB.
      threshold: args.storageGiB * 256,
    },
    memory: {
      ...common,
      description: "The search domain's heap is nearly full",
      metricName: "JVMMemoryPressure",
      threshold: 95,
      periods: 3,
    },
  };
  for (const [kind, what] of Object.entries(watched)) alarm(`${name}-${kind}`, what, options);
}
