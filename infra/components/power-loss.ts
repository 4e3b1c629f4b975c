// A zone without power, as an experiment of Fault Injection Service: the actions and targets of its scenario
// "AZ Availability: Power Interruption", for one zone. Pure. A zone is part of a template, so each zone has
// one. Targets are found by the scenario's tag where the service allows it; what is not there is skipped.

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

type Action = aws.types.input.fis.ExperimentTemplateAction;
type Target = aws.types.input.fis.ExperimentTemplateTarget;

export interface PowerLossArgs {
  readonly zoneName: pulumi.Input<string>;
  readonly database?:
    | { readonly kind: "cluster" | "instance"; readonly arn: pulumi.Input<string> }
    | undefined;
  /** Who starts instances outside of groups, and would in that zone meanwhile: what they started is stopped too. */
  readonly launcherRoleArns: readonly pulumi.Input<string>[];
}

const impairmentTag = "AzImpairmentPower";

/** The scenario's own durations: half an hour dark, its network silent for the first two minutes. */
const dark = "PT30M";
const silent = "PT2M";
/** Where autoshift is on, AWS would begin to shift about then. */
const untilShift = "PT5M";
const shifted = "PT25M";

export function powerLoss(args: PowerLossArgs): {
  readonly actions: Action[];
  readonly targets: Target[];
} {
  const database = args.database === undefined ? [] : [databaseFailover(args.database)];
  const stopped = stops(args);
  return {
    actions: [
      ...stopped,
      volumes(stopped.map(({ name }) => name)),
      ...capacity(args),
      action("Pause-Network-Connectivity", "aws:network:disrupt-connectivity", {
        target: ["Subnets", "Subnets"],
        parameters: { duration: silent, scope: "all" },
      }),
      ...database,
      action("Pause-ElastiCache", "aws:elasticache:replicationgroup-interrupt-az-power", {
        target: ["ReplicationGroups", "Journal"],
        parameters: { duration: dark },
      }),
      action("Wait-For-Autoshift", "aws:fis:wait", { parameters: { duration: untilShift } }),
      action("Start-ARC-Zonal-Autoshift", "aws:arc:start-zonal-autoshift", {
        target: ["ManagedResources", "Balancers"],
        parameters: {
          duration: shifted,
          availabilityZoneIdentifier: args.zoneName,
        },
        startAfters: ["Wait-For-Autoshift"],
      }),
    ],
    targets: targetsOf(args),
  };
}

interface ActionParts {
  /** Its key in the action, and the name of the target. */
  readonly target?: readonly [key: string, value: string];
  readonly parameters: Readonly<Record<string, pulumi.Input<string>>>;
  readonly startAfters?: string[];
}

function action(name: string, actionId: string, parts: ActionParts): Action {
  const { target, startAfters } = parts;
  return {
    name,
    actionId,
    parameters: Object.entries(parts.parameters).map(([key, value]) => ({ key, value })),
    ...(target === undefined ? {} : { target: { key: target[0], value: target[1] } }),
    ...(startAfters === undefined ? {} : { startAfters }),
  };
}

type StopAction = Action & { readonly name: string };

const stops = ({ launcherRoleArns }: PowerLossArgs): StopAction[] =>
  [...(launcherRoleArns.length === 0 ? [] : [""]), "-ASG"].map((kind) => {
    const name = `Stop${kind}-Instances`;
    const stop = action(name, "aws:ec2:stop-instances", {
      target: ["Instances", `Instances${kind}`],
      parameters: { completeIfInstancesTerminated: "true", startInstancesAfterDuration: dark },
    });
    return { ...stop, name };
  });

const volumes = (startAfters: string[]): Action =>
  action("Pause-EBS-IO", "aws:ebs:pause-volume-io", {
    target: ["Volumes", "Volumes"],
    parameters: { duration: dark },
    startAfters,
  });

const capacity = ({ zoneName, launcherRoleArns }: PowerLossArgs): Action[] => {
  const parameters = { availabilityZoneIdentifiers: zoneName, duration: dark, percentage: "100" };
  const launches = action(
    "Pause-Instance-Launches",
    "aws:ec2:api-insufficient-instance-capacity-error",
    { target: ["Roles", "Launchers"], parameters },
  );
  return [
    ...(launcherRoleArns.length === 0 ? [] : [launches]),
    action("Pause-ASG-Scaling", "aws:ec2:asg-insufficient-instance-capacity-error", {
      target: ["AutoScalingGroups", "Groups"],
      parameters,
    }),
  ];
};

const databaseFailover = ({ kind }: NonNullable<PowerLossArgs["database"]>): Action =>
  kind === "cluster"
    ? action("Failover-RDS", "aws:rds:failover-db-cluster", {
        target: ["Clusters", "Database"],
        parameters: {},
      })
    : action("Failover-RDS", "aws:rds:reboot-db-instances", {
        target: ["DBInstances", "Database"],
        parameters: { forceFailover: "true" },
      });

const tagged = (value: string) => [{ key: impairmentTag, value }];

function targetsOf({ zoneName, database, launcherRoleArns }: PowerLossArgs): Target[] {
  const all = "ALL";
  const instances = (name: string, value: string): Target => ({
    name,
    resourceType: "aws:ec2:instance",
    selectionMode: all,
    resourceTags: tagged(value),
    filters: [
      { path: "State.Name", values: ["running"] },
      { path: "Placement.AvailabilityZone", values: [zoneName] },
    ],
  });
  const launched: Target[] = [
    instances("Instances", "StopInstances"),
    {
      name: "Launchers",
      resourceType: "aws:iam:role",
      selectionMode: all,
      resourceArns: [...launcherRoleArns],
    },
  ];
  return [
    ...(launcherRoleArns.length === 0 ? [] : launched),
    instances("Instances-ASG", "IceAsg"),
    {
      name: "Volumes",
      resourceType: "aws:ec2:ebs-volume",
      selectionMode: all,
      resourceTags: tagged("ApiPauseVolume"),
      parameters: { availabilityZoneIdentifier: zoneName },
    },
    {
      name: "Groups",
      resourceType: "aws:ec2:autoscaling-group",
      selectionMode: all,
      resourceTags: tagged("IceAsg"),
    },
    {
      name: "Subnets",
      resourceType: "aws:ec2:subnet",
      selectionMode: all,
      resourceTags: tagged("DisruptSubnet"),
      parameters: { availabilityZoneIdentifier: zoneName },
    },
    ...(database === undefined ? [] : [databaseTarget(database, zoneName)]),
    {
      name: "Journal",
      resourceType: "aws:elasticache:replicationgroup",
      selectionMode: all,
      resourceTags: tagged("DisruptElasticache"),
      parameters: { availabilityZoneIdentifier: zoneName },
    },
    {
      name: "Balancers",
      resourceType: "aws:arc:zonal-shift-managed-resource",
      selectionMode: all,
      resourceTags: tagged("RecoverAutoshiftResources"),
    },
  ];
}

const databaseTarget = (
  { kind, arn }: NonNullable<PowerLossArgs["database"]>,
  zoneName: pulumi.Input<string>,
): Target =>
  kind === "cluster"
    ? {
        name: "Database",
        resourceType: "aws:rds:cluster",
        selectionMode: "ALL",
        resourceArns: [arn],
        // Only a writer in the dark zone has to go elsewhere.
        parameters: { writerAvailabilityZoneIdentifiers: zoneName },
      }
    : {
        name: "Database",
        resourceType: "aws:rds:db",
        selectionMode: "ALL",
        resourceArns: [arn],
        parameters: { availabilityZoneIdentifiers: zoneName },
      };
