// ZonalShift: AWS moves traffic out of a zone that it finds impaired, and once a week, as an exercise, out of a
// healthy one. The exercise ends at once when an outcome alarm fires: then two zones are not enough,
// which is what it is for.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface ZonalShiftArgs {
  /** Balancers by a short label; each was made with zonal shift allowed. */
  readonly resourceArns: Readonly<Record<string, pulumi.Input<string>>>;
  /** That clients are served; these end an exercise. */
  readonly outcomeAlarmArns: readonly pulumi.Input<string>[];
  /** No exercise begins while one of these fires. */
  readonly blockingAlarmArns?: readonly pulumi.Input<string>[];
  /** No exercises then, as Mon:08:00-Mon:10:00 UTC: when a daily experiment runs. */
  readonly blockedWindows: readonly string[];
}

const alarm = (alarmIdentifier: pulumi.Input<string>) => ({ type: "CLOUDWATCH", alarmIdentifier });

export class ZonalShift extends pulumi.ComponentResource {
  constructor(name: string, args: ZonalShiftArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:ZonalShift", name, {}, opts);
    const { blockingAlarmArns = [], blockedWindows } = args;
    for (const [label, resourceArn] of Object.entries(args.resourceArns)) {
      new aws.arczonalshift.ZonalAutoshiftConfiguration(
        `${name}-${label}`,
        {
          resourceArn,
          zonalAutoshiftStatus: "ENABLED",
          outcomeAlarms: args.outcomeAlarmArns.map(alarm),
          ...(blockingAlarmArns.length === 0
            ? {}
            : { blockingAlarms: blockingAlarmArns.map(alarm) }),
          ...(blockedWindows.length === 0 ? {} : { blockedWindows: [...blockedWindows] }),
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
