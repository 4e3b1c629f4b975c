// How much of what each type of resource uses. A function a type; what it needs of other resources (the
// instance type of a group's template, the size of a service's tasks) it looks up by id.

import { at, listAt, type Subject } from "../policy/rule.ts";
import type { Item } from "./estimate.ts";
import { fixed, item, named, number, type Pricing, text } from "./pricing.ts";
import { millionsPerMonth, type Usage } from "./usage.ts";
import { watchPricings } from "./watch-pricings.ts";

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
  return [instances(type, count, isSpot), ...volumes];
};

/** On Spot at what AWS's advisor says of the type; a type that it was not asked about has no price there. */
const instances = (type: string, count: number, isSpot: boolean): Item =>
  item(
    `${count} × ${type}${isSpot ? " on Spot" : ""}`,
    `${isSpot ? "spot" : "ec2"}:${type}`,
    count,
  );

const nodeGroup: Pricing = ({ props }, { all }) => {
  const [listed] = listAt(props, "instanceTypes");
  const template = named(all, at(props, "launchTemplate.id"));
  const type = text(listed ?? template?.props.instanceType);
  if (type === "") return undefined;
  const count = number(at(props, "scalingConfig.desiredSize"), 1);
  const [volume] = listAt(template?.props, "blockDeviceMappings");
  const sizeGb = number(at(volume, "ebs.volumeSize") ?? props.diskSize, 20);
  return [
    instances(type, count, props.capacityType === "SPOT"),
    item("volumes", "ebs:gp3", count * sizeGb),
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
  // aws.amazon.com/fargate/pricing: "up to a 70% discount". At its best, then.
  const paid = (count - spotCount + spotCount * 0.3) / Math.max(1, count);
  const vcpus = (count * number(task.props.cpu, 0)) / 1024;
  const gib = (count * number(task.props.memory, 0)) / 1024;
  return [
    { ...item(`${count} tasks, ${vcpus} vCPU`, "fargate:vcpu", vcpus), share: paid },
    { ...item(`${count} tasks, ${gib} GiB`, "fargate:gib", gib), share: paid },
  ];
};

const auroraInstance: Pricing = ({ props }, { all, usage }) => {
  const size = text(props.instanceClass);
  if (size !== "db.serverless") return [item(size, `aurora:${size}`)];
  const cluster = named(all, props.clusterIdentifier);
  const least = number(at(cluster?.props, "serverlessv2ScalingConfiguration.minCapacity"), 0.5);
  const most = number(at(cluster?.props, "serverlessv2ScalingConfiguration.maxCapacity"), 1);
  const mean = least + (most - least) * usage.databaseLoad;
  return [item(`${mean.toFixed(1)} ACU on average, ${least} to ${most}`, "aurora:acu", mean)];
};

/** An instance of RDS; in two zones it is there twice. */
const databaseInstance: Pricing = ({ props }, { all }) => {
  const size = text(props.instanceClass);
  const copies = props.multiAz === true ? 2 : 1;
  const source = named(all, props.replicateSourceDb);
  const storedGb = number(props.allocatedStorage ?? source?.props.allocatedStorage, 20);
  return [
    item(`${copies} × ${size}`, `rds:${size}`, copies),
    item("storage", "rds:storage", copies * storedGb),
  ];
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

/** Bytes of one event, a trade as JSON; and seconds of a month. */
const eventGb = 200 / 1e9;
const secondsPerMonth = 2_628_000;

const stream: Pricing = ({ props }, { usage }) => {
  if (at(props, "streamModeDetails.streamMode") === "ON_DEMAND") {
    return [
      item("stream, on demand", "kinesis:on-demand"),
      item("written", "kinesis:on-demand-gb", usage.eventsPerSecond * eventGb * secondsPerMonth),
    ];
  }
  const shards = number(props.shardCount, 1);
  return [
    item("shards", "kinesis:shard", shards),
    item("puts", "kinesis:put", millionsPerMonth(usage.eventsPerSecond)),
    ...(number(props.retentionPeriod, 24) > 24
      ? [item("retention beyond a day", "kinesis:longer-retention", shards)]
      : []),
  ];
};

/** Workers, each of so many units; of a range of workers the least. */
const connector: Pricing = ({ props }) => {
  const steady = at(props, "capacity.provisionedCapacity");
  const scaled = at(props, "capacity.autoscaling");
  const workers = number(at(steady, "workerCount") ?? at(scaled, "minWorkerCount"), 1);
  const units = workers * number(at(steady ?? scaled, "mcuCount"), 1);
  return [item(`${units} units`, "msk-connect:unit", units)];
};

const call: Pricing = ({ props }, { usage }) => {
  const calls = usage.requestsPerSecond / 10;
  const gb = number(props.memorySize, 128) / 1024;
  const isArm = listAt(props, "architectures").includes("arm64");
  const seconds = millionsPerMonth(calls) * 1e6 * 0.05;
  return [
    item("calls", "lambda:requests", millionsPerMonth(calls)),
    item("time, 50 ms a call", `lambda:gb-second${isArm ? "-arm" : ""}`, seconds * gb),
  ];
};

/** Copies that are always there, of the function's size. */
const warmCopies: Pricing = ({ props }, { all }) => {
  const fn = named(all, props.functionName);
  if (fn === undefined) return undefined;
  const copies = number(props.provisionedConcurrentExecutions, 1);
  const gb = (copies * number(fn.props.memorySize, 128)) / 1024;
  return [item(`${copies} copies, warm`, "lambda:warm-gb", gb)];
};

/** A public certificate is valid for 198 days: it is issued twice a year. */
const issuesPerMonth = 2 / 12;

/** Free unless its key may leave ACM. */
const certificate: Pricing = ({ props }) => {
  if (at(props, "options.export") !== "ENABLED") return [];
  const names = new Set([props.domainName, ...listAt(props, "subjectAlternativeNames")]).size;
  return [item(`${names} exportable names`, "acm:exportable-name", names * issuesPerMonth)];
};

/** An endpoint in AWS. Each of HTTPS, a looked-for text, ten seconds and measured latency is a feature. */
const healthCheck: Pricing = ({ props }) => {
  const type = text(props.type);
  const features = [
    type.startsWith("HTTPS"),
    type.endsWith("STR_MATCH"),
    Number(props.requestInterval) === 10,
    props.measureLatency === true,
  ].filter(Boolean).length;
  return [
    item("health check", "route53:health-check"),
    ...(features === 0 ? [] : [item("features", "route53:health-check-feature", features)]),
  ];
};

/** Each request is sent and received once. Of notices that end within minutes the asking counts, three times a minute. */
const queueMillions = (props: Subject["props"], usage: Usage): number =>
  number(props.messageRetentionSeconds, 345_600) > 300
    ? millionsPerMonth(usage.requestsPerSecond) * 2
    : millionsPerMonth(3 / 60);

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
  "aws:ec2/eip:Eip": fixed("public address", "ipv4:address"),
  "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": fixed("peering", "tgw:attachment"),
  "aws:ec2transitgateway/vpcAttachment:VpcAttachment": fixed("attachment", "tgw:attachment"),
  "aws:ecs/service:Service": service,
  "aws:eks/cluster:Cluster": fixed("control plane", "eks:cluster"),
  "aws:eks/nodeGroup:NodeGroup": nodeGroup,
  "aws:ecr/repository:Repository": fixed("images, one GB", "ecr:storage"),
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
  "aws:rds/clusterInstance:ClusterInstance": auroraInstance,
  "aws:rds/cluster:Cluster": (_, { usage }) => [item("storage", "aurora:storage", usage.storedGb)],
  "aws:rds/instance:Instance": databaseInstance,
  // Kept for as long as in the first region; what is stored is not known before it runs.
  "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": (
    _,
    { usage },
  ) => [item("backups in the other region", "rds:backup", usage.storedGb)],
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
    item("ingested", "firehose:gb", usage.eventsPerSecond * eventGb * secondsPerMonth),
  ],
  "aws:msk/cluster:Cluster": ({ props }) => {
    const brokers = number(props.numberOfBrokerNodes, 3);
    const type = text(at(props, "brokerNodeGroupInfo.instanceType"));
    const size = at(props, "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize");
    const isShared =
      at(props, "brokerNodeGroupInfo.connectivityInfo.vpcConnectivity") !== undefined;
    return [
      item(`${brokers} × ${type}`, `msk:${type}`, brokers),
      item("storage", "msk:storage", brokers * number(size, 100)),
      ...(isShared ? [item("private connectivity", "msk:private-connectivity")] : []),
    ];
  },
  "aws:mskconnect/connector:Connector": connector,
  "aws:opensearchingest/pipeline:Pipeline": ({ props }) => [
    item("units, the least", "opensearch:ingestion-unit", number(props.minUnits, 1)),
  ],
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
  "aws:apigateway/stage:Stage": (_, { usage }) => [
    item("requests", "api:rest", millionsPerMonth(usage.requestsPerSecond / 10)),
  ],
  "aws:apigatewayv2/stage:Stage": (_, { usage }) => [
    item("messages", "api:messages", millionsPerMonth(usage.requestsPerSecond / 10)),
    item("open connections", "api:connection-minutes", (usage.connections * 730 * 60) / 1e6),
  ],
  "aws:cloudfront/distribution:Distribution": (_, { usage }) => [
    item("traffic", "cdn:gb", usage.webGbPerMonth),
    item("requests", "cdn:requests", usage.webGbPerMonth / 20),
  ],
  "aws:cloudfront/function:Function": (_, { usage }) => [
    item("calls, half of all requests", "cdn:function", usage.webGbPerMonth / 40),
  ],
  "aws:acm/certificate:Certificate": certificate,
  "aws:s3/bucket:Bucket": (_, { all, usage }) => {
    const buckets = all.filter(({ type }) => type === "aws:s3/bucket:Bucket").length;
    return [item("storage", "s3:storage", usage.storedGb / buckets)];
  },
  "aws:route53/zone:Zone": fixed("zone", "route53:zone"),
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": fixed("zone", "route53:zone"),
  "aws:route53/healthCheck:HealthCheck": healthCheck,
  "aws:route53recoverycontrol/cluster:Cluster": fixed("cluster", "arc:cluster"),
  "aws:cognito/userPool:UserPool": (_, { usage }) => [item("users", "cognito:plus", usage.users)],
  "aws:lambda/function:Function": call,
  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": warmCopies,
  "aws:lambda/eventSourceMapping:EventSourceMapping": ({ props }) => {
    const pollers = at(props, "provisionedPollerConfig.minimumPollers");
    return pollers === undefined ? [] : [item("pollers", "lambda:poller", Number(pollers))];
  },
  "aws:sqs/queue:Queue": ({ name, props }, { usage }) => [
    item(
      "requests",
      props.fifoQueue === true ? "sqs:fifo-requests" : "sqs:requests",
      /dead/.test(name) ? 0 : queueMillions(props, usage),
    ),
  ],
  ...watchPricings,
};
