// What must be seen: logs of every door, alarms that reach somebody.

import {
  across,
  at,
  attached,
  each,
  type Fault,
  isGiven,
  listAt,
  ofType,
  type Rule,
  type Subject,
  statementsOf,
} from "./rule.ts";

/** Why what befalls a store's nodes reaches nobody; nothing where its topic is not known yet. */
function unheard(all: readonly Subject[], { props }: Subject): Fault {
  const topicArn = props.notificationTopicArn ?? props.snsTopicArn;
  if (topicArn === undefined) return "nobody hears of its nodes: name the topic of NodeEvents";
  const topic = ofType(all, "aws:sns/topic:Topic").find((one) => one.props.arn === topicArn);
  if (topic === undefined) return undefined;
  if (isGiven(topic.props.kmsMasterKeyId)) return `its topic is encrypted: ${topic.name}`;
  const isOpen = attached(all, "aws:sns/topicPolicy:TopicPolicy", "arn", topic)
    .flatMap((policy) => statementsOf(policy.props.policy))
    .some(({ condition }) => isGiven(at(condition, "StringEquals.aws:SourceOwner")));
  return !isOpen && `its topic is closed to it: ${topic.name}`;
}

export const watchRules: readonly Rule[] = [
  across("vpc-flow-logs", "without them nobody knows who spoke to whom [VPC7]", (all) =>
    ofType(all, "aws:ec2/vpc:Vpc").flatMap((vpc) =>
      attached(all, "aws:ec2/flowLog:FlowLog", "vpcId", vpc).length > 0
        ? []
        : [[vpc, "no flow log names this VPC"] as const],
    ),
  ),
  each(
    "log-group-ends",
    "logs without an end cost for ever",
    ["aws:cloudwatch/logGroup:LogGroup"],
    (props) => [!isGiven(props.retentionInDays) && "set retentionInDays"],
  ),
  each(
    "balancer-logs",
    "who came, and when [ELB2]",
    ["aws:lb/loadBalancer:LoadBalancer"],
    (props) => [
      // A network balancer logs TLS only, and ours passes it through: flow logs have its connections.
      props.loadBalancerType !== "network" &&
        at(props, "accessLogs.enabled") !== true &&
        "set accessLogs",
    ],
  ),
  each(
    "api-logs",
    "as above [APIG1]",
    ["aws:apigateway/stage:Stage", "aws:apigatewayv2/stage:Stage"],
    (props) => [!isGiven(at(props, "accessLogSettings.destinationArn")) && "set accessLogSettings"],
  ),
  each("api-traced", "a slow request has to be found", ["aws:apigateway/stage:Stage"], (props) => [
    props.xrayTracingEnabled !== true && "set xrayTracingEnabled",
  ]),
  each(
    "alarm-acts",
    "an alarm that nobody hears is a log line",
    ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"],
    (props) => [listAt(props, "alarmActions").length === 0 && "set alarmActions"],
  ),
  each(
    "alarm-without-data",
    "silence is what a lost zone sounds like",
    ["aws:cloudwatch/metricAlarm:MetricAlarm"],
    (props) => [
      !isGiven(props.treatMissingData) && "say what missing data means: treatMissingData",
    ],
  ),
  each(
    "kafka-logs",
    "brokers tell why they refuse [MSK6]",
    ["aws:msk/cluster:Cluster"],
    (props) => [!isGiven(at(props, "loggingInfo.brokerLogs")) && "set loggingInfo.brokerLogs"],
  ),
  each(
    "database-logs",
    "slow statements and refused logins",
    ["aws:rds/cluster:Cluster"],
    (props) => [
      listAt(props, "enabledCloudwatchLogsExports").length === 0 &&
        "set enabledCloudwatchLogsExports",
    ],
  ),
  each(
    "cluster-logs",
    "who did what in the cluster [EKS2]",
    ["aws:eks/cluster:Cluster", "eks:index:Cluster"],
    (props) => {
      const logs = listAt(props, "enabledClusterLogTypes");
      const missing = ["api", "audit", "authenticator", "controllerManager", "scheduler"].filter(
        (type) => !logs.includes(type),
      );
      return [missing.length > 0 && `enabledClusterLogTypes lacks ${missing.join(", ")}`];
    },
  ),
  each("tasks-watched", "insight into containers [ECS4]", ["aws:ecs/cluster:Cluster"], (props) => [
    !listAt(props, "settings").some(
      (one) => at(one, "name") === "containerInsights" && at(one, "value") !== "disabled",
    ) && "set containerInsights to enhanced",
  ]),
  each(
    "trail-everywhere",
    "an attacker chooses the region that nobody watches",
    ["aws:cloudtrail/trail:Trail"],
    (props) => [
      props.isMultiRegionTrail !== true && "set isMultiRegionTrail",
      props.enableLogFileValidation !== true && "set enableLogFileValidation",
      !isGiven(props.kmsKeyId) && "set kmsKeyId",
    ],
  ),
  across(
    "trail-once",
    "a trail of all regions shows itself in each: AWS refuses a second one of its name in the other region",
    (all, { role }) =>
      role === "global"
        ? []
        : ofType(all, "aws:cloudtrail/trail:Trail").map(
            (trail) =>
              [trail, "a region makes a trail of its own: the global stack has it"] as const,
          ),
  ),
  across(
    "node-events-heard",
    "ElastiCache turns a topic off that is encrypted, or that does not know it by aws:SourceOwner",
    (all) =>
      ofType(
        all,
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:memorydb/cluster:Cluster",
        "aws:dax/cluster:Cluster",
      ).map((store) => [store, unheard(all, store)] as const),
  ),
  across("firewall-logs", "what was refused, and why", (all) =>
    ofType(all, "aws:wafv2/webAcl:WebAcl").flatMap((acl) =>
      attached(
        all,
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        "resourceArn",
        acl,
      ).length > 0
        ? []
        : [[acl, "no logging configuration names this web ACL"] as const],
    ),
  ),
];
