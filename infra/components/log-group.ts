// A log group that ends: every one has its key and its retention. Names follow what AWS demands of the
// writer, where it demands one.

import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

export interface LogGroupArgs {
  readonly name?: pulumi.Input<string>;
  readonly keyArn: pulumi.Input<string>;
  readonly retentionDays: number;
  /** If it is not the provider's. */
  readonly region?: string;
}

/** The periods that CloudWatch knows; others it refuses. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

/** The shortest period that CloudWatch knows and that is not shorter than the days asked for. */
export function retentionAtLeast(days: number): number {
  return retentions.find((period) => period >= days) ?? 0;
}

export function logGroup(
  name: string,
  args: LogGroupArgs,
  options: pulumi.CustomResourceOptions,
): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    name,
    {
      ...(args.name === undefined ? {} : { name: args.name }),
      ...(args.region === undefined ? {} : { region: args.region }),
      kmsKeyId: args.keyArn,
      retentionInDays: retentionAtLeast(args.retentionDays),
    },
    options,
  );
}
