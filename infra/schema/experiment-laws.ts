// Actions of the fault injection service: which there are, what they take, and what they aim at. AWS
// tells of a wrong one only when the template is made. All of the page "AWS FIS Actions reference" as of
// 2026; the page names a target's resource type, its key is what the service's get-action answers.

import { isRecord } from "../capture/property-values.ts";
import { law, type Range, valuesAt } from "./range.ts";

interface Action {
  /** Key of the target; empty where there is none. */
  readonly target: string;
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const action = (target: string, required: string, optional = ""): Action => ({
  target,
  required: required.split(" ").filter(Boolean),
  optional: optional.split(" ").filter(Boolean),
});

const stress = "installDependencies percent";
const network = "installDependencies sources useEcsFaultInjectionEndpoints";
const pod = "fisPodContainerImage maxErrorsPercent fisPodLabels fisPodAnnotations";
const podNetwork = `${pod} interface sources flowsPercent`;

const actions: Readonly<Record<string, Action>> = {
  "aws:arc:start-zonal-autoshift": action(
    "ManagedResources",
    "availabilityZoneIdentifier duration",
    "managedResourceTypes zonalAutoshiftStatus",
  ),
  "aws:cloudwatch:assert-alarm-state": action("", "alarmArns alarmStates"),
  "aws:directconnect:virtual-interface-disconnect": action("VirtualInterfaces", "duration"),
  "aws:dsql:cluster-connection-failure": action("Clusters", "duration percentage"),
  "aws:dynamodb:global-table-pause-replication": action("Tables", "duration"),
  "aws:ebs:pause-volume-io": action("Volumes", "duration"),
  "aws:ebs:volume-io-latency": action(
    "Volumes",
    "duration",
    "readIOPercentage readIOLatencyMilliseconds writeIOPercentage writeIOLatencyMilliseconds",
  ),
  "aws:ec2:api-insufficient-instance-capacity-error": action(
    "Roles",
    "availabilityZoneIdentifiers duration percentage",
  ),
  "aws:ec2:asg-insufficient-instance-capacity-error": action(
    "AutoScalingGroups",
    "availabilityZoneIdentifiers duration",
    "percentage",
  ),
  "aws:ec2:reboot-instances": action("Instances", ""),
  "aws:ec2:send-spot-instance-interruptions": action("SpotInstances", "durationBeforeInterruption"),
  "aws:ec2:stop-instances": action(
    "Instances",
    "",
    "startInstancesAfterDuration completeIfInstancesTerminated",
  ),
  "aws:ec2:terminate-instances": action("Instances", ""),
  "aws:ecs:drain-container-instances": action("Clusters", "drainagePercentage duration"),
  "aws:ecs:stop-task": action("Tasks", ""),
  "aws:ecs:task-cpu-stress": action("Tasks", "duration", `${stress} workers`),
  "aws:ecs:task-io-stress": action("Tasks", "duration", `${stress} workers`),
  "aws:ecs:task-kill-process": action("Tasks", "processName", "signal installDependencies"),
  "aws:ecs:task-network-blackhole-port": action(
    "Tasks",
    "duration port trafficType",
    "protocol installDependencies useEcsFaultInjectionEndpoints",
  ),
  "aws:ecs:task-network-latency": action(
    "Tasks",
    "duration",
    `${network} delayMilliseconds jitterMilliseconds flowsPercent`,
  ),
  "aws:ecs:task-network-packet-loss": action(
    "Tasks",
    "duration",
    `${network} lossPercent flowsPercent`,
  ),
  "aws:eks:inject-kubernetes-custom-resource": action(
    "Cluster",
    "kubernetesApiVersion kubernetesKind kubernetesNamespace kubernetesSpec maxDuration",
  ),
  "aws:eks:pod-cpu-stress": action(
    "Pods",
    "duration kubernetesServiceAccount",
    `${pod} fisPodSecurityPolicy percent workers`,
  ),
  "aws:eks:pod-delete": action(
    "Pods",
    "kubernetesServiceAccount",
    `${pod} fisPodSecurityPolicy gracePeriodSeconds`,
  ),
  "aws:eks:pod-io-stress": action(
    "Pods",
    "duration kubernetesServiceAccount",
    `${pod} fisPodSecurityPolicy percent workers`,
  ),
  "aws:eks:pod-memory-stress": action(
    "Pods",
    "duration kubernetesServiceAccount",
    `${pod} fisPodSecurityPolicy percent workers`,
  ),
  "aws:eks:pod-network-blackhole-port": action(
    "Pods",
    "duration kubernetesServiceAccount port protocol trafficType",
    pod,
  ),
  "aws:eks:pod-network-latency": action(
    "Pods",
    "duration kubernetesServiceAccount",
    `${podNetwork} delayMilliseconds jitterMilliseconds`,
  ),
  "aws:eks:pod-network-packet-loss": action(
    "Pods",
    "duration kubernetesServiceAccount",
    `${podNetwork} lossPercent`,
  ),
  "aws:eks:terminate-nodegroup-instances": action("Nodegroups", "instanceTerminationPercentage"),
  // The name before Valkey, which the service still takes.
  "aws:elasticache:interrupt-cluster-az-power": action("ReplicationGroups", "duration"),
  "aws:elasticache:replicationgroup-interrupt-az-power": action("ReplicationGroups", "duration"),
  "aws:fis:inject-api-internal-error": action("Roles", "duration operations percentage service"),
  "aws:fis:inject-api-throttle-error": action("Roles", "duration operations percentage service"),
  "aws:fis:inject-api-unavailable-error": action("Roles", "duration operations percentage service"),
  "aws:fis:wait": action("", "duration"),
  "aws:kinesis:stream-expired-iterator-exception": action("KinesisStreams", "duration percentage"),
  "aws:kinesis:stream-provisioned-throughput-exception": action(
    "KinesisStreams",
    "duration percentage",
  ),
  "aws:lambda:invocation-add-delay": action(
    "Functions",
    "duration",
    "invocationPercentage startupDelayMilliseconds",
  ),
  "aws:lambda:invocation-error": action(
    "Functions",
    "duration preventExecution",
    "invocationPercentage",
  ),
  "aws:lambda:invocation-http-integration-response": action(
    "Functions",
    "contentTypeHeader duration preventExecution statusCode",
    "invocationPercentage",
  ),
  "aws:memorydb:multi-region-cluster-pause-replication": action("MultiRegionClusters", "duration"),
  "aws:network:disrupt-connectivity": action("Subnets", "duration scope", "prefixListIdentifier"),
  "aws:network:disrupt-vpc-endpoint": action("VPCEndpoints", "duration"),
  "aws:network:route-table-disrupt-cross-region-connectivity": action("Subnets", "duration region"),
  "aws:network:transit-gateway-disrupt-cross-region-connectivity": action(
    "TransitGateways",
    "duration region",
  ),
  "aws:rds:failover-db-cluster": action("Clusters", ""),
  "aws:rds:reboot-db-instances": action("DBInstances", "", "forceFailover"),
  "aws:s3:bucket-pause-replication": action(
    "Buckets",
    "duration region",
    "destinationBuckets prefixes",
  ),
  "aws:ssm:send-command": action(
    "Instances",
    "documentArn duration",
    "documentParameters documentVersion",
  ),
  "aws:ssm:start-automation-execution": action(
    "",
    "documentArn maxDuration",
    "documentParameters documentVersion",
  ),
};

const template = "aws:fis/experimentTemplate:ExperimentTemplate";
const source = "docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html, 2026";

/** Each action of a template that the table knows, with its row. */
function known(inputs: unknown): [given: Record<string, unknown>, row: Action][] {
  return valuesAt(inputs, "actions[]")
    .filter(isRecord)
    .flatMap((given) => {
      const row = actions[String(given.actionId)];
      return row === undefined ? [] : [[given, row] as [Record<string, unknown>, Action]];
    });
}

export const experimentLaws: readonly Range[] = [
  law("experiment-action", template, source, (inputs) =>
    valuesAt(inputs, "actions[].actionId")
      .filter((id) => actions[String(id)] === undefined)
      .map((id) => `there is no action ${String(id)}`),
  ),
  law("experiment-parameters", template, source, (inputs) =>
    known(inputs).flatMap(([given, { required, optional }]) => {
      const keys = valuesAt(given, "parameters[].key").map(String);
      const id = String(given.actionId);
      return [
        ...required
          .filter((key) => !keys.includes(key))
          .map((key) => `${id} needs the parameter ${key}`),
        ...keys
          .filter((key) => ![...required, ...optional].includes(key))
          .map(
            (key) =>
              `${id} has no parameter ${key}: there are ${[...required, ...optional].join(", ")}`,
          ),
      ];
    }),
  ),
  law("experiment-target-kind", template, source, (inputs) =>
    known(inputs).flatMap(([given, { target }]) => {
      const [key] = valuesAt(given, "target.key").map(String);
      if (key === (target === "" ? undefined : target)) return [];
      return [
        `${String(given.actionId)} aims at ${target || "nothing"}, not at ${key ?? "nothing"}`,
      ];
    }),
  ),
  law("experiment-target-there", template, source, (inputs) => {
    const names = valuesAt(inputs, "targets[].name");
    return valuesAt(inputs, "actions[].target.value")
      .filter((value) => !names.includes(value))
      .map((value) => `the template has no target ${String(value)}`);
  }),
  law("experiment-selection", template, source, (inputs) =>
    valuesAt(inputs, "targets[].selectionMode")
      .filter((mode) => !/^(ALL|COUNT\(\d+\)|PERCENT\(\d{1,3}\))$/.test(String(mode)))
      .map((mode) => `selectionMode is ${String(mode)}: write ALL, COUNT(n) or PERCENT(n)`),
  ),
];
