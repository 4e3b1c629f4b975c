// Arguments of one resource that AWS accepts alone and refuses together.

import { zoneName } from "../capture/zones.ts";
import { familiesListed, zonesOffering } from "../config/zone-offerings.ts";
import { givenAt, law, type Range, valuesAt } from "./range.ts";

const first = (inputs: unknown, path: string): unknown => valuesAt(inputs, path)[0];
const isGiven = (inputs: unknown, path: string): boolean => givenAt(inputs, path).length > 0;

/** MiB by CPU units: from, to, in steps of. */
const fargateMemory: Readonly<Record<string, readonly [number, number, number]>> = {
  256: [512, 2048, 512],
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16384: [32_768, 122_880, 8192],
};

export const rangeLaws: readonly Range[] = [
  law(
    "fargate-size",
    "aws:ecs/taskDefinition:TaskDefinition",
    "cfn-lint: Fargate sizes; API: ecs RegisterTaskDefinition",
    (inputs) => {
      const isFargate = valuesAt(inputs, "requiresCompatibilities[]").includes("FARGATE");
      const [cpu, memory] = [first(inputs, "cpu"), first(inputs, "memory")];
      // "1 vCPU" and "2 GB" are other ways to write them; Castle writes numbers.
      if (!isFargate || !/^\d+$/.test(`${String(cpu)}${String(memory)}`)) return [];
      const sizes = fargateMemory[String(cpu)];
      if (sizes === undefined) {
        return [`cpu is ${String(cpu)}: write one of ${Object.keys(fargateMemory).join(", ")}`];
      }
      const [min, max, step] = sizes;
      const size = Number(memory);
      // The smallest size has 512, 1024 and 2048.
      const isSo = size >= min && size <= max && size % step === 0 && size !== 1536;
      return isSo
        ? []
        : [`memory is ${size} with cpu ${String(cpu)}: write ${min} to ${max} in steps of ${step}`];
    },
  ),
  law(
    "target-timeout-within-interval",
    "aws:lb/targetGroup:TargetGroup",
    'the API\'s answer "Health check interval must be greater than the timeout" (HTTP, lambda); NLB: aws-cdk#26023',
    (inputs) => {
      const [timeout, interval] = [
        first(inputs, "healthCheck.timeout"),
        first(inputs, "healthCheck.interval"),
      ];
      const isStrict =
        /^HTTPS?$/.test(String(first(inputs, "protocol"))) ||
        first(inputs, "targetType") === "lambda";
      const isOver = isStrict
        ? Number(timeout) >= Number(interval)
        : Number(timeout) > Number(interval);
      const most = isStrict ? "less than" : "at most";
      return isOver
        ? [
            `healthCheck.timeout is ${String(timeout)}: write ${most} the interval, ${String(interval)}`,
          ]
        : [];
    },
  ),
  law(
    "target-path-of-http",
    "aws:lb/targetGroup:TargetGroup",
    "provider: internal/service/elbv2/target_group.go",
    (inputs) =>
      first(inputs, "healthCheck.protocol") === "TCP" && isGiven(inputs, "healthCheck.path")
        ? ["healthCheck.path has no meaning for a TCP check: write protocol HTTP, or leave it out"]
        : [],
  ),
  law(
    "registry-threshold",
    "aws:servicediscovery/service:Service",
    "SDK: always 1; provider: hashicorp/terraform-provider-aws#44285",
    (inputs) =>
      isGiven(inputs, "healthCheckCustomConfig") &&
      first(inputs, "healthCheckCustomConfig.failureThreshold") !== 1
        ? ["healthCheckCustomConfig.failureThreshold is missing: write 1, or the block is dropped"]
        : [],
  ),
  law("listener-certificate", "aws:lb/listener:Listener", "cfn-lint; SDK", (inputs) =>
    ["HTTPS", "TLS"].includes(String(first(inputs, "protocol"))) &&
    !isGiven(inputs, "certificateArn")
      ? ["certificateArn is missing: a TLS listener needs one"]
      : [],
  ),
  law(
    "check-without-regions",
    "aws:route53/healthCheck:HealthCheck",
    "CFN: at least three",
    (inputs) => {
      const count = valuesAt(inputs, "regions[]").length;
      return count > 0 && count < 3
        ? [`regions holds ${count}: write at least three, or none for all`]
        : [];
    },
  ),
  law("check-target", "aws:route53/healthCheck:HealthCheck", "API: route53", (inputs) => {
    const isOverNetwork = /^(HTTP|TCP)/.test(String(first(inputs, "type")));
    return isOverNetwork && !isGiven(inputs, "fqdn") && !isGiven(inputs, "ipAddress")
      ? ["fqdn or ipAddress is missing: there is nothing to check"]
      : [];
  }),
  law("record-one-policy", "aws:route53/record:Record", "SDK", (inputs) => {
    const policies = [
      "failoverRoutingPolicies",
      "latencyRoutingPolicies",
      "weightedRoutingPolicies",
    ];
    const given = policies.filter((policy) => isGiven(inputs, `${policy}[]`));
    if (given.length > 1) return [`${given.join(" and ")} exclude each other`];
    return given.length === 1 && !isGiven(inputs, "setIdentifier")
      ? ["setIdentifier is missing: a routing policy needs one"]
      : [];
  }),
  law("record-alias-or-ttl", "aws:route53/record:Record", "SDK", (inputs) =>
    isGiven(inputs, "aliases[]") && (isGiven(inputs, "ttl") || isGiven(inputs, "records[]"))
      ? ["an alias has neither ttl nor records"]
      : [],
  ),
  law("firewall-cdn-region", "aws:wafv2/webAcl:WebAcl", "SDK", (inputs, region) =>
    first(inputs, "scope") === "CLOUDFRONT" && region !== "us-east-1"
      ? [`scope CLOUDFRONT in ${region}: write region us-east-1`]
      : [],
  ),
  law(
    "firewall-log-name",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    "SDK",
    (inputs) =>
      valuesAt(inputs, "logDestinationConfigs[]")
        .filter((arn) => !/aws-waf-logs-/.test(String(arn)))
        .map((arn) => `${String(arn)}: the name must begin with aws-waf-logs-`),
  ),
  law(
    "reservation-offered",
    "aws:ec2/capacityReservation:CapacityReservation",
    "infra/config/zone-offerings.ts",
    (inputs, region) => {
      const [type, zone] = [
        String(first(inputs, "instanceType")),
        first(inputs, "availabilityZone"),
      ];
      const offered = zonesOffering(type, region);
      if (offered === null)
        return [`instanceType is ${type}: write a type of ${familiesListed.join(", ")}`];
      if (zone === undefined || offered.some((id) => zoneName(region, id) === zone)) return [];
      return [`${type} is not offered in ${String(zone)}: write a zone of ${offered.join(", ")}`];
    },
  ),
  law(
    "efa-offered",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "DescribeInstanceTypes as in moto 5.2.5: no z1d, and of the small sizes three only",
    (inputs) =>
      valuesAt(inputs, "networkInterfaces[].interfaceType").some((kind) =>
        /^efa/.test(String(kind)),
      ) &&
      /^z1d\.|^(?!hpc7g|p5\.|trn2).*\.(x?large|[2346]xlarge)$/.test(
        String(first(inputs, "instanceType")),
      )
        ? [`${String(first(inputs, "instanceType"))} has no EFA: leave interfaceType out`]
        : [],
  ),
  law(
    "metal-without-cpu-options",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "DescribeInstanceTypes as in moto 5.2.5: none of 154 metal types lists ValidThreadsPerCore",
    (inputs) =>
      /\.metal/.test(String(first(inputs, "instanceType"))) && isGiven(inputs, "cpuOptions")
        ? ["a metal type has no cpuOptions: turn hyper-threading off in the operating system"]
        : [],
  ),
  law("table-keys-declared", "aws:dynamodb/table:Table", "SDK", (inputs) => {
    const declared = valuesAt(inputs, "attributes[].name");
    const paths = [
      "hashKey",
      "rangeKey",
      "globalSecondaryIndexes[].hashKey",
      "globalSecondaryIndexes[].rangeKey",
      "localSecondaryIndexes[].rangeKey",
    ];
    const used = paths.flatMap((path) => valuesAt(inputs, path));
    // Indexes may name their keys in another way; then only what is missing can be told.
    const isPlain = !isGiven(inputs, "globalSecondaryIndexes[].keySchemas[]");
    return [
      ...used
        .filter((key) => !declared.includes(key))
        .map((key) => `attributes lacks the key ${String(key)}`),
      ...(isPlain ? declared.filter((key) => !used.includes(key)) : []).map(
        (key) => `attributes declares ${String(key)}, which is no key`,
      ),
    ];
  }),
  law("table-capacity", "aws:dynamodb/table:Table", "cfn-lint; SDK", (inputs) => {
    const isOnDemand = first(inputs, "billingMode") === "PAY_PER_REQUEST";
    const hasUnits = isGiven(inputs, "readCapacity") || isGiven(inputs, "writeCapacity");
    if (isOnDemand && hasUnits) return ["PAY_PER_REQUEST takes no read or write capacity"];
    return !isOnDemand && !hasUnits ? ["readCapacity and writeCapacity are missing"] : [];
  }),
  law("queue-fifo-name", ["aws:sqs/queue:Queue", "aws:sns/topic:Topic"], "SDK", (inputs) => {
    const name = first(inputs, "name");
    const isFifo = first(inputs, "fifoQueue") === true || first(inputs, "fifoTopic") === true;
    if (name === undefined) return [];
    return isFifo === String(name).endsWith(".fifo")
      ? []
      : [
          `name is ${String(name)}: .fifo ends the names of FIFO queues and topics, and of no other`,
        ];
  }),
  law(
    "stream-shards",
    "aws:kinesis/stream:Stream",
    "provider: internal/service/kinesis/stream.go",
    (inputs) => {
      const isOnDemand = first(inputs, "streamModeDetails.streamMode") === "ON_DEMAND";
      return isOnDemand === isGiven(inputs, "shardCount")
        ? [isOnDemand ? "ON_DEMAND takes no shardCount" : "shardCount is missing"]
        : [];
    },
  ),
  law(
    "stream-key",
    "aws:kinesis/stream:Stream",
    "provider: internal/service/kinesis/stream.go",
    (inputs) =>
      first(inputs, "encryptionType") === "KMS" && !isGiven(inputs, "kmsKeyId")
        ? ["kmsKeyId is missing"]
        : [],
  ),
  law(
    "database-version",
    ["aws:rds/cluster:Cluster", "aws:rds/globalCluster:GlobalCluster"],
    "cfn-lint: engine versions, 2026-10",
    (inputs) => {
      const version = first(inputs, "engineVersion");
      if (first(inputs, "engine") !== "aurora-postgresql" || version === undefined) return [];
      // A major version alone means its newest; before 17 the minor version is not looked at.
      const isKnown = /^(1[4-8]|1[4-6]\.\d+(-limitless)?|17\.([4-7]|9|1[01])|18\.[346])$/.test(
        String(version),
      );
      return isKnown
        ? []
        : [
            `engineVersion is ${String(version)}: write 17.4 to 17.7, 17.9 to 17.11, 18.3, 18.4 or 18.6`,
          ];
    },
  ),
  law("database-capacity-order", "aws:rds/cluster:Cluster", "SDK", (inputs) => {
    const [min, max] = ["minCapacity", "maxCapacity"].map((key) =>
      first(inputs, `serverlessv2ScalingConfiguration.${key}`),
    );
    return Number(min) > Number(max)
      ? [`minCapacity ${String(min)} is more than maxCapacity ${String(max)}`]
      : [];
  }),
  law(
    "cache-valkey-version",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "cfn-lint: engine versions, 2026-10",
    (inputs) => {
      const [engine, version] = [first(inputs, "engine"), first(inputs, "engineVersion")];
      if (version === undefined) return [];
      const isKnown = engine === "valkey" ? /^(7\.2|8\.[012]|9\.[01])$/ : /^(6\.[2x]|7\.[01])$/;
      return isKnown.test(String(version))
        ? []
        : [`${String(engine ?? "redis")} has no version ${String(version)}`];
    },
  ),
  law(
    "cache-user-password",
    "aws:elasticache/user:User",
    "ElastiCache guide, RBAC: a group of Valkey holds only users with a password or IAM",
    (inputs) =>
      first(inputs, "engine") === "valkey" &&
      (first(inputs, "authenticationMode.type") === "no-password-required" ||
        first(inputs, "noPasswordRequired") === true)
        ? ["a user of Valkey has a password or IAM, also one that is off"]
        : [],
  ),
  law("kafka-brokers-by-zone", "aws:msk/cluster:Cluster", "SDK", (inputs) => {
    const subnets = valuesAt(inputs, "brokerNodeGroupInfo.clientSubnets[]").length;
    const count = Number(first(inputs, "numberOfBrokerNodes"));
    return subnets > 0 && count % subnets !== 0
      ? [`numberOfBrokerNodes is ${count}: write a multiple of the ${subnets} subnets`]
      : [];
  }),
  law("alarm-threshold", "aws:cloudwatch/metricAlarm:MetricAlarm", "SDK", (inputs) => {
    const [periods, points] = [
      first(inputs, "evaluationPeriods"),
      first(inputs, "datapointsToAlarm"),
    ];
    return Number(points) > Number(periods)
      ? [
          `datapointsToAlarm is ${String(points)}: write at most evaluationPeriods, ${String(periods)}`,
        ]
      : [];
  }),
  law("scaling-order", "aws:appautoscaling/target:Target", "SDK", (inputs) => {
    const [min, max] = [first(inputs, "minCapacity"), first(inputs, "maxCapacity")];
    return Number(min) > Number(max)
      ? [`minCapacity ${String(min)} is more than maxCapacity ${String(max)}`]
      : [];
  }),
  law("group-order", "aws:autoscaling/group:Group", "SDK", (inputs) => {
    const [min, max] = [first(inputs, "minSize"), first(inputs, "maxSize")];
    return Number(min) > Number(max)
      ? [`minSize ${String(min)} is more than maxSize ${String(max)}`]
      : [];
  }),
  law("zone-number", "aws:ec2/subnet:Subnet", "API: ec2 CreateSubnet", (inputs, region) => {
    const zone = first(inputs, "availabilityZone");
    return zone !== undefined && !String(zone).startsWith(region)
      ? [`availabilityZone is ${String(zone)}: write a zone of ${region}`]
      : [];
  }),
];
