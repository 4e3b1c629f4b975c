// Good and bad examples of infra/policy/availability.ts.

import { type Example, one, subject } from "./example.ts";

const group = "aws:autoscaling/group:Group";
const placement = "aws:ec2/placementGroup:PlacementGroup";
const reservation = "aws:ec2/capacityReservation:CapacityReservation";
const endpoints = "aws:globalaccelerator/endpointGroup:EndpointGroup";
const three = ["subnet-a", "subnet-b", "subnet-c"];
const two = three.slice(1);

const engine = (subnet: string, placementGroup: string) =>
  subject(group, { vpcZoneIdentifiers: [subnet], placementGroup, maxSize: 1 });
const groupA = subject(placement, { strategy: "cluster", arn: "arn:group-a" }, { id: "group-a" });
const groupB = subject(placement, { strategy: "cluster", arn: "arn:group-b" }, { id: "group-b" });
const reserved = (placementGroupArn: string) => subject(reservation, { placementGroupArn });
const weighted = (weight: number) =>
  subject(endpoints, { endpointConfigurations: [{ endpointId: "arn:nlb", weight }] });
const kept = ["endpointConfigurations", "trafficDialPercentage"];
const cluster = "aws:rds/cluster:Cluster";
const brokers = "aws:msk/cluster:Cluster";
const volumePath = "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize";
const volume = { brokerNodeGroupInfo: { storageInfo: { ebsStorageInfo: { volumeSize: 500 } } } };
const member = { globalClusterIdentifier: "castle" };

export const availabilityExamples: readonly Example[] = [
  {
    rule: "engines-apart",
    good: [engine("subnet-a", "group-a"), engine("subnet-b", "group-b")],
    bad: [engine("subnet-a", "group-a"), engine("subnet-a", "group-b")],
  },
  {
    rule: "engines-apart",
    good: [],
    bad: [engine("subnet-a", "group-a"), engine("subnet-b", "group-a")],
  },
  { rule: "engines-apart", good: [], bad: [engine("subnet-a", "group-a")] },
  ...one("engine-placement-cluster", placement, { strategy: "cluster" }, { strategy: "spread" }),
  {
    rule: "engine-capacity-reserved",
    good: [groupA, groupB, reserved("arn:group-a"), reserved("arn:group-b")],
    bad: [groupA, groupB, reserved("arn:group-a"), reserved("arn:group-a")],
  },
  ...one(
    "reservation-targeted",
    reservation,
    { instanceMatchCriteria: "targeted" },
    { instanceMatchCriteria: "open" },
  ),
  ...one(
    "no-efa-without-it",
    "aws:ec2/launchTemplate:LaunchTemplate",
    { instanceType: "m5zn.12xlarge", networkInterfaces: [{ interfaceType: "efa" }] },
    { instanceType: "z1d.12xlarge" },
  ),
  ...one(
    "nlb-with-groups",
    "aws:lb/loadBalancer:LoadBalancer",
    { loadBalancerType: "network", securityGroups: ["sg-1"] },
    { securityGroups: [] },
  ),
  ...one(
    "nlb-passes-tls-through",
    "aws:lb/listener:Listener",
    { protocol: "TCP" },
    { protocol: "TLS" },
  ),
  ...one(
    "balancer-three-zones",
    "aws:lb/loadBalancer:LoadBalancer",
    { subnets: three },
    { subnets: two },
  ),
  ...one(
    "target-checks-fast",
    "aws:lb/targetGroup:TargetGroup",
    { healthCheck: { interval: 5, unhealthyThreshold: 2 } },
    { healthCheck: { interval: 30, unhealthyThreshold: 2 } },
    { healthCheck: { interval: 5, unhealthyThreshold: 5 } },
  ),
  ...one(
    "balancers-ask-liveness",
    "aws:lb/targetGroup:TargetGroup",
    { healthCheck: { path: "/live" } },
    { healthCheck: { path: "/health" } },
    { healthCheck: { protocol: "TCP" } },
  ),
  ...one(
    "health-check-fast",
    "aws:route53/healthCheck:HealthCheck",
    { fqdn: "prod.castle.example", requestInterval: 10, failureThreshold: 1 },
    { requestInterval: 30 },
    { failureThreshold: 3 },
  ),
  ...one(
    "health-check-three-regions",
    "aws:route53/healthCheck:HealthCheck",
    { fqdn: "prod.castle.example", regions: ["us-east-1", "eu-west-1", "ap-southeast-1"] },
    { regions: ["us-east-1"] },
  ),
  ...one(
    "primary-record-checked",
    "aws:route53/record:Record",
    { failoverRoutingPolicies: [{ type: "PRIMARY" }], healthCheckId: "check" },
    { healthCheckId: undefined },
  ),
  {
    rule: "standby-weight-zero",
    good: [weighted(0)],
    bad: [weighted(100)],
    surroundings: { role: "dr", isActive: false },
  },
  {
    rule: "standby-weight-zero",
    good: [weighted(128)],
    bad: [weighted(0)],
    surroundings: { role: "prod", isActive: true },
  },
  {
    rule: "failover-stays",
    good: [subject(endpoints, {}, { ignoreChanges: kept })],
    bad: [subject(endpoints, {}, { ignoreChanges: kept.slice(1) })],
  },
  {
    rule: "autoscaling-stays",
    good: [
      subject("aws:ecs/service:Service", { desiredCount: 3 }, { ignoreChanges: ["desiredCount"] }),
    ],
    bad: [subject("aws:ecs/service:Service", { desiredCount: 3 })],
  },
  {
    rule: "autoscaling-stays",
    good: [
      subject("aws:kinesis/stream:Stream", { shardCount: 50 }, { ignoreChanges: ["shardCount"] }),
    ],
    bad: [subject("aws:kinesis/stream:Stream", { shardCount: 50 })],
  },
  {
    rule: "autoscaling-stays",
    good: [subject(brokers, volume, { ignoreChanges: [volumePath] })],
    bad: [subject(brokers, volume)],
  },
  ...one(
    "register-three-regions",
    "aws:dynamodb/table:Table",
    {
      replicas: [{ regionName: "us-west-2", consistencyMode: "STRONG" }],
      globalTableWitness: { regionName: "us-east-2" },
    },
    { globalTableWitness: undefined },
    { ttl: { enabled: true, attributeName: "expires" } },
  ),
  ...one(
    "database-keeps-some-capacity",
    cluster,
    { serverlessv2ScalingConfiguration: { minCapacity: 2, maxCapacity: 96 } },
    { serverlessv2ScalingConfiguration: { minCapacity: 0, maxCapacity: 96 } },
  ),
  {
    rule: "global-member-stays",
    good: [
      subject(cluster, member, {
        ignoreChanges: ["globalClusterIdentifier", "replicationSourceIdentifier"],
      }),
    ],
    bad: [subject(cluster, member, { ignoreChanges: ["replicationSourceIdentifier"] })],
  },
  ...one("instance-multi-zone", "aws:rds/instance:Instance", { multiAz: true }, { multiAz: false }),
  ...one(
    "cache-multi-zone",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    { automaticFailoverEnabled: true, multiAzEnabled: true },
    { automaticFailoverEnabled: false },
    { multiAzEnabled: undefined },
  ),
  ...one(
    "kafka-three-zones",
    "aws:msk/cluster:Cluster",
    { brokerNodeGroupInfo: { clientSubnets: three }, numberOfBrokerNodes: 3 },
    { brokerNodeGroupInfo: { clientSubnets: two }, numberOfBrokerNodes: 2 },
    { numberOfBrokerNodes: 4 },
  ),
  ...one(
    "table-cache-three-nodes",
    "aws:dax/cluster:Cluster",
    { replicationFactor: 3 },
    { replicationFactor: 1 },
  ),
  ...one(
    "search-three-zones",
    "aws:opensearch/domain:Domain",
    {
      clusterConfig: {
        zoneAwarenessEnabled: true,
        zoneAwarenessConfig: { availabilityZoneCount: 3 },
      },
    },
    { clusterConfig: { zoneAwarenessEnabled: true } },
    {
      clusterConfig: {
        zoneAwarenessEnabled: false,
        zoneAwarenessConfig: { availabilityZoneCount: 3 },
      },
    },
  ),
  ...one(
    "service-three-zones",
    "aws:ecs/service:Service",
    { networkConfiguration: { subnets: three } },
    { networkConfiguration: { subnets: two } },
  ),
  ...one(
    "service-rolls-back",
    "aws:ecs/service:Service",
    { deploymentCircuitBreaker: { enable: true, rollback: true } },
    { deploymentCircuitBreaker: undefined },
  ),
  ...one(
    "subnet-groups-three-zones",
    "aws:rds/subnetGroup:SubnetGroup",
    { subnetIds: three },
    { subnetIds: two },
  ),
  ...one(
    "cluster-private",
    "aws:eks/cluster:Cluster",
    { vpcConfig: { endpointPublicAccess: false } },
    { vpcConfig: { endpointPublicAccess: true } },
    { vpcConfig: {} },
  ),
  ...one(
    "experiment-stops",
    "aws:fis/experimentTemplate:ExperimentTemplate",
    { stopConditions: [{ source: "aws:cloudwatch:alarm", value: "arn:alarm" }] },
    { stopConditions: [{ source: "none" }] },
    { stopConditions: [] },
  ),
  ...one(
    "edge-in-virginia",
    "aws:wafv2/webAcl:WebAcl",
    { scope: "CLOUDFRONT", region: "us-east-1" },
    { region: "us-west-2" },
  ),
  ...one(
    "zone-recovers",
    "aws:route53/zone:Zone",
    { enableAcceleratedRecovery: true },
    { enableAcceleratedRecovery: false },
  ),
];
