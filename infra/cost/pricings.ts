// How much of what each type of resource uses. A function a type; what it needs of other resources (the
// instance type of a group's template, the size of a service's tasks) it looks up by id.

import { at, listAt, type Subject } from "../policy/rule.ts";
import type { Costed, Item } from "./estimate.ts";
import { millionsPerMonth, type Usage } from "./usage.ts";

interface Context {
  readonly all: readonly Costed[];
  readonly usage: Usage;
}

type Pricing = (resource: Costed, context: Context) => readonly Item[] | undefined;

const item = (what: string, price: string, count = 1): Item => ({ what, price, count });
const fixed =
  (what: string, price: string): Pricing =>
  () => [item(what, price)];
const text = (value: unknown): string => String(value ?? "");
const number = (value: unknown, usual: number): number =>
  value === undefined || value === null ? usual : Number(value);

/** The resource that a property names, by its id or ARN. */
function named(all: readonly Costed[], value: unknown): Subject | undefined {
  return all.find(({ id, props }) => id === value || (value !== undefined && props.arn === value));
}

/** AWS's own figure for Spot in these families is 60 to 70 % off; the seed says 67. */
const spotShare = 0.33;

const group: Pricing = ({ props }, { all }) => {
  const mixed = at(props, "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification");
  const template = named(all, at(props, "launchTemplate.id") ?? at(mixed, "launchTemplateId"));
  if (template === undefined) return undefined;
  const isSpot =
    at(template.props, "instanceMarketOptions.marketType") === "spot" ||
    at(props, "mixedInstancesPolicy.instancesDistribution.onDemandPercentageAboveBaseCapacity") ===
      0;
  const type = text(template.props.instanceType);
  const count = number(props.desiredCapacity, number(props.minSize, 1));
  const volumes = listAt(template.props, "blockDeviceMappings").map((one) =>
    item("volume", "ebs:gp3", count * number(at(one, "ebs.volumeSize"), 8)),
  );
  return [
    {
      ...item(`${count} × ${type}${isSpot ? " on Spot" : ""}`, `ec2:${type}`, count),
      share: isSpot ? spotShare : 1,
    },
    ...volumes,
  ];
};

/** A reservation costs what runs in it does; only what is unused is paid twice, which is nothing here. */
const reservation: Pricing = ({ props }, { all }) => {
  const used = all.some(({ type }) => type === "aws:autoscaling/group:Group");
  return used
    ? []
    : [item("unused", `ec2:${text(props.instanceType)}`, number(props.instanceCount, 1))];
};

const service: Pricing = ({ props }, { all }) => {
  const task = named(all, props.taskDefinition);
  const count = number(props.desiredCount, 1);
  if (task === undefined) return undefined;
  const strategies = listAt(props, "capacityProviderStrategies");
  const weightOf = (provider: string) =>
    strategies
      .filter((one) => at(one, "capacityProvider") === provider)
      .reduce<number>((sum, one) => sum + number(at(one, "weight"), 0), 0);
  const [normal, spot] = [weightOf("FARGATE"), weightOf("FARGATE_SPOT")];
  const base = strategies.reduce<number>((sum, one) => sum + number(at(one, "base"), 0), 0);
  const beyond = Math.max(0, count - base);
  const spotCount = normal + spot === 0 ? 0 : (beyond * spot) / (normal + spot);
  // Fargate Spot: up to 70 % off.
  const paid = (count - spotCount + spotCount * 0.3) / Math.max(1, count);
  const vcpus = (count * number(task.props.cpu, 0)) / 1024;
  const gib = (count * number(task.props.memory, 0)) / 1024;
  return [
    { ...item(`${count} tasks, ${vcpus} vCPU`, "fargate:vcpu", vcpus), share: paid },
    { ...item(`${count} tasks, ${gib} GiB`, "fargate:gib", gib), share: paid },
  ];
};

const serverlessInstance: Pricing = ({ props }, { all, usage }) => {
  if (props.instanceClass !== "db.serverless") return undefined;
  const cluster = named(all, props.clusterIdentifier);
  const least = number(at(cluster?.props, "serverlessv2ScalingConfiguration.minCapacity"), 0.5);
  const most = number(at(cluster?.props, "serverlessv2ScalingConfiguration.maxCapacity"), 1);
  const mean = least + (most - least) * usage.databaseLoad;
  return [item(`${mean.toFixed(1)} ACU on average, ${least} to ${most}`, "aurora:acu", mean)];
};

const table: Pricing = ({ props }, { usage }) => {
  const regions = 1 + listAt(props, "replicas").length;
  const storage = item("storage", "dynamodb:storage", (usage.storedGb / 10) * regions);
  if (props.billingMode === "PAY_PER_REQUEST") {
    const writes = millionsPerMonth(usage.requestsPerSecond / 10);
    return [
      item("writes", "dynamodb:write", writes * regions),
      item("reads", "dynamodb:read", writes),
      storage,
    ];
  }
  return [
    item("write capacity", "dynamodb:write-unit", number(props.writeCapacity, 0) * regions),
    item("read capacity", "dynamodb:read-unit", number(props.readCapacity, 0)),
    storage,
  ];
};

/** As much is written into it as into its table; what is read there costs as elsewhere. */
const tableReplica: Pricing = ({ props }, { all, usage }) => {
  const source = named(all, props.globalTableArn);
  if (source === undefined) return undefined;
  const storage = item("storage", "dynamodb:storage", usage.storedGb / 10);
  if (source.props.billingMode === "PAY_PER_REQUEST") {
    return [
      item("writes", "dynamodb:write", millionsPerMonth(usage.requestsPerSecond / 10)),
      storage,
    ];
  }
  const units = number(source.props.writeCapacity, 0);
  return [item("write capacity", "dynamodb:write-unit", units), storage];
};

const balancer: Pricing = ({ props }) => {
  const isNetwork = props.loadBalancerType === "network";
  return [
    item("balancer", "lb:balancer"),
    item("capacity units", isNetwork ? "nlb:lcu" : "alb:lcu", 5),
  ];
};

const stream: Pricing = ({ props }, { usage }) => [
  item("shards", "kinesis:shard", number(props.shardCount, 1)),
  item("puts", "kinesis:put", millionsPerMonth(usage.eventsPerSecond)),
];

/** A public certificate is valid for 198 days: it is issued twice a year. */
const issuesPerMonth = 2 / 12;

/** Free unless its key may leave ACM. */
const certificate: Pricing = ({ props }) => {
  if (at(props, "options.export") !== "ENABLED") return [];
  const names = new Set([props.domainName, ...listAt(props, "subjectAlternativeNames")]).size;
  return [item(`${names} exportable names`, "acm:exportable-name", names * issuesPerMonth)];
};

/** The same size again in another zone, where the instance has a standby. */
const databaseInstance: Pricing = ({ props }) => {
  const copies = props.multiAz === true ? 2 : 1;
  const type = text(props.instanceClass);
  const gb = number(props.allocatedStorage, 0);
  return [
    item(`${copies} × ${type}`, `rds:${type}`, copies),
    ...(gb === 0 ? [] : [item("storage", "rds:storage", gb * copies)]),
  ];
};

export const pricings: Readonly<Record<string, Pricing>> = {
  "aws:autoscaling/group:Group": group,
  "aws:ec2/capacityReservation:CapacityReservation": reservation,
  "aws:ec2/natGateway:NatGateway": (_, { usage }) => [
    item("gateway", "nat:gateway"),
    item("traffic", "nat:gb", usage.natGbPerMonth / 3),
  ],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ({ props }) =>
    props.vpcEndpointType === "Gateway"
      ? []
      : [item("zones", "endpoint:zone", Math.max(1, listAt(props, "subnetIds").length))],
  "aws:ec2transitgateway/vpcAttachment:VpcAttachment": fixed("attachment", "tgw:attachment"),
  "aws:ecs/service:Service": service,
  "aws:eks/cluster:Cluster": fixed("control plane", "eks:cluster"),
  "eks:index:Cluster": fixed("control plane", "eks:cluster"),
  "aws:lb/loadBalancer:LoadBalancer": balancer,
  "aws:elasticache/replicationGroup:ReplicationGroup": ({ props }) => {
    const nodes = number(props.numCacheClusters, 1 + number(props.replicasPerNodeGroup, 0));
    return [item(`${nodes} × ${text(props.nodeType)}`, `valkey:${text(props.nodeType)}`, nodes)];
  },
  "aws:memorydb/cluster:Cluster": ({ props }) => {
    const nodes = number(props.numShards, 1) * (1 + number(props.numReplicasPerShard, 1));
    return [item(`${nodes} × ${text(props.nodeType)}`, `memorydb:${text(props.nodeType)}`, nodes)];
  },
  "aws:rds/clusterInstance:ClusterInstance": serverlessInstance,
  "aws:rds/cluster:Cluster": (_, { usage }) => [item("storage", "aurora:storage", usage.storedGb)],
  "aws:rds/proxy:Proxy": () => [item("proxy, 8 ACU at least", "rds-proxy:acu", 8)],
  "aws:dynamodb/table:Table": table,
  "aws:dynamodb/tableReplica:TableReplica": tableReplica,
  "aws:dax/cluster:Cluster": ({ props }) => {
    const nodes = number(props.replicationFactor, 1);
    return [item(`${nodes} × ${text(props.nodeType)}`, `dax:${text(props.nodeType)}`, nodes)];
  },
  "aws:kinesis/stream:Stream": stream,
  "aws:kinesis/streamConsumer:StreamConsumer": (_, { all }) => {
    const shards = all.find(({ type }) => type === "aws:kinesis/stream:Stream")?.props.shardCount;
    return [item("fan-out", "kinesis:fan-out", number(shards, 1))];
  },
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (_, { usage }) => [
    item("ingested", "firehose:gb", (usage.eventsPerSecond * 200 * 2_628_000) / 1e9),
  ],
  "aws:msk/cluster:Cluster": ({ props }) => {
    const brokers = number(props.numberOfBrokerNodes, 3);
    const type = text(at(props, "brokerNodeGroupInfo.instanceType"));
    const size = at(props, "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize");
    return [
      item(`${brokers} × ${type}`, `msk:${type}`, brokers),
      item("storage", "msk:storage", brokers * number(size, 100)),
    ];
  },
  "aws:opensearch/domain:Domain": ({ props }) => {
    const type = text(at(props, "clusterConfig.instanceType"));
    const master = text(at(props, "clusterConfig.dedicatedMasterType"));
    const nodes = number(at(props, "clusterConfig.instanceCount"), 1);
    const masters = number(at(props, "clusterConfig.dedicatedMasterCount"), 0);
    const volume = number(at(props, "ebsOptions.volumeSize"), 10);
    return [
      item(`${nodes} × ${type}`, `opensearch:${type}`, nodes),
      ...(masters > 0 ? [item(`${masters} masters`, `opensearch:${master}`, masters)] : []),
      item("volumes", "ebs:gp3", nodes * volume),
    ];
  },
  "aws:redshiftserverless/workgroup:Workgroup": ({ props }, { usage }) => [
    {
      ...item(`${usage.warehouseHours} h a month`, "redshift:rpu", number(props.baseCapacity, 8)),
      share: usage.warehouseHours / 730,
    },
  ],
  "aws:kms/key:Key": fixed("key", "kms:key"),
  "aws:kms/replicaKey:ReplicaKey": fixed("key", "kms:key"),
  "aws:secretsmanager/secret:Secret": ({ props }) => [
    item("secret, with replicas", "secret", 1 + listAt(props, "replicas").length),
  ],
  "aws:wafv2/webAcl:WebAcl": ({ props }, { usage }) => [
    item("web ACL", "waf:acl"),
    item("rules", "waf:rule", Math.max(1, listAt(props, "rules").length)),
    // Orders by TCP pass by: what the CDN is asked, or what the REST API is.
    item(
      "requests",
      "waf:requests",
      props.scope === "CLOUDFRONT"
        ? usage.webGbPerMonth / 20
        : millionsPerMonth(usage.requestsPerSecond / 10),
    ),
  ],
  "aws:shield/subscription:Subscription": fixed("subscription", "shield:advanced"),
  "aws:globalaccelerator/accelerator:Accelerator": fixed("accelerator", "ga:accelerator"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": fixed("alarm", "cloudwatch:alarm"),
  "aws:cloudwatch/dashboard:Dashboard": fixed("dashboard", "cloudwatch:dashboard"),
  "aws:cloudwatch/logGroup:LogGroup": (_, { all, usage }) => {
    const groups = all.filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup").length;
    return [item("ingested", "logs:gb", usage.logsGbPerMonth / groups)];
  },
  "aws:apigateway/stage:Stage": (_, { usage }) => [
    item("requests", "api:rest", millionsPerMonth(usage.requestsPerSecond / 10)),
  ],
  "aws:apigatewayv2/stage:Stage": (_, { usage }) => [
    item("messages", "api:messages", millionsPerMonth(usage.requestsPerSecond / 10)),
  ],
  "aws:cloudfront/distribution:Distribution": (_, { usage }) => [
    item("traffic", "cdn:gb", usage.webGbPerMonth),
    item("requests", "cdn:requests", usage.webGbPerMonth / 20),
  ],
  "aws:cloudfront/function:Function": (_, { usage }) => [
    item("calls, half of all requests", "cdn:function", usage.webGbPerMonth / 40),
  ],
  "aws:acm/certificate:Certificate": certificate,
  "aws:amp/workspace:Workspace": (_, { usage }) => {
    const millions = millionsPerMonth(usage.samplesPerSecond);
    return [
      item("samples", "prometheus:samples", millions),
      // Two bytes a sample, kept for five months.
      item("storage", "prometheus:storage", (millions * 2 * 5) / 1000),
    ];
  },
  "aws:grafana/workspace:Workspace": (_, { usage }) => [
    item("editors", "grafana:editor", usage.operators),
  ],
  "aws:guardduty/detector:Detector": (_, { usage }) => [
    item("events", "guardduty:events", usage.auditedMillionsPerMonth),
    item("flow and name look-ups", "guardduty:gb", usage.flowLogGbPerMonth),
  ],
  // Hourly, ten minutes at least, by two units.
  "aws:glue/crawler:Crawler": () => [item("runs", "glue:dpu", (730 * 2) / 6)],
  "aws:rds/instance:Instance": databaseInstance,
  "aws:sns/topic:Topic": () => [item("a thousand e-mails", "sns:thousand-emails")],
  "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": fixed(
    "attachment",
    "tgw:attachment",
  ),
  "aws:s3/bucket:Bucket": (_, { all, usage }) => {
    const buckets = all.filter(({ type }) => type === "aws:s3/bucket:Bucket").length;
    return [item("storage", "s3:storage", usage.storedGb / buckets)];
  },
  "aws:route53/zone:Zone": fixed("zone", "route53:zone"),
  "aws:route53/healthCheck:HealthCheck": fixed("health check", "route53:health-check"),
  // A run of half an hour with seven actions.
  "aws:fis/experimentTemplate:ExperimentTemplate": ({ props }) => [
    item(
      "a daily run shared by three zones",
      "fis:action-minute",
      listAt(props, "actions").length * 30 * 10,
    ),
  ],
  "aws:route53recoverycontrol/cluster:Cluster": fixed("cluster", "arc:cluster"),
  "aws:cognito/userPool:UserPool": (_, { usage }) => [item("users", "cognito:plus", usage.users)],
  "aws:lambda/function:Function": ({ props }, { usage }) => {
    const calls = usage.requestsPerSecond / 10;
    const gb = number(props.memorySize, 128) / 1024;
    return [
      item("calls", "lambda:requests", millionsPerMonth(calls)),
      item("time, 50 ms a call", "lambda:gb-second", millionsPerMonth(calls) * 1e6 * 0.05 * gb),
    ];
  },
  "aws:sqs/queue:Queue": ({ name }, { usage }) => [
    item(
      "requests",
      "sqs:requests",
      /dead/.test(name) ? 0 : millionsPerMonth(usage.requestsPerSecond) * 2,
    ),
  ],
};
