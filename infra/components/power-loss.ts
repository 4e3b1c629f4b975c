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
  /** Who would start instances in that zone meanwhile. */
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
  return {
    actions: [
      ...stops(),
      volumes(),
      ...capacity(args.zoneName),
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

const stops = (): Action[] =>
  ["", "-ASG"].map((kind) =>
    action(`Stop${kind}-Instances`, "aws:ec2:stop-instances", {
      target: ["Instances", `Instances${kind}`],
      parameters: { completeIfInstancesTerminated: "true", startInstancesAfterDuration: dark },
    }),
  );

const volumes = (): Action =>
  action("Pause-EBS-IO", "aws:ebs:pause-volume-io", {
    target: ["Volumes", "Volumes"],
    parameters: { duration: dark },
    startAfters: ["Stop-Instances", "Stop-ASG-Instances"],
  });

const capacity = (zoneName: pulumi.Input<string>): Action[] => {
  const parameters = { availabilityZoneIdentifiers: zoneName, duration: dark, percentage: "100" };
  return [
    action("Pause-Instance-Launches", "aws:ec2:api-insufficient-instance-capacity-error", {
      target: ["Roles", "Launchers"],
      parameters,
    }),
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
  return [
    instances("Instances", "StopInstances"),
    instances("Instances-ASG", "IceAsg"),
    {
      name: "Volumes",
      resourceType: "aws:ec2:ebs-volume",
      selectionMode: all,
      resourceTags: tagged("ApiPauseVolume"),
      parameters: { availabilityZoneIdentifier: zoneName },
    },
    {
      name: "Launchers",
      resourceType: "aws:iam:role",
      selectionMode: all,
      resourceArns: [...launcherRoleArns],
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
