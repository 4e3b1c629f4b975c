// What survives the loss of a zone and of a region: engines apart, health checks that are fast enough,
// traffic that moves by itself, and stays moved.

import { livenessPath } from "../names.ts";
import { across, at, each, isGiven, listAt, ofType, type Rule, type Subject } from "./rule.ts";

const group = "aws:autoscaling/group:Group";
const placement = "aws:ec2/placementGroup:PlacementGroup";

/** The groups that run engines: one instance each, in a cluster placement group. */
function engineGroups(all: readonly Subject[]): Subject[] {
  return ofType(all, group).filter(
    ({ props }) => isGiven(props.placementGroup) && props.maxSize === 1,
  );
}

const brokerVolume = "brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize";

const typesWithEfa =
  /^(m5zn\.(12xlarge|metal)|r7iz\.(32xlarge|metal-32xl)|c5n\.(9|18)xlarge|c6in\.32xlarge|c7gn\.16xlarge|m7i\.(48xlarge|metal-48xl)|c7i\.(48xlarge|metal-48xl)|hpc)/;

const zonesOf = (props: Subject["props"]): readonly unknown[] => {
  const subnets = listAt(props, "subnets");
  if (subnets.length > 0) return subnets;
  return listAt(props, "networkConfiguration.subnets");
};

const twice = <T>(values: readonly T[]): boolean => new Set(values).size < values.length;

export const availabilityRules: readonly Rule[] = [
  across(
    "engines-apart",
    "two engines in one zone are lost together (DESIGN.md section 2)",
    (all) => {
      const engines = engineGroups(all);
      const [first] = engines;
      if (first === undefined) return [];
      const places = engines.map(({ props }) =>
        JSON.stringify(props.vpcZoneIdentifiers ?? props.availabilityZones ?? []),
      );
      return [
        [first, engines.length < 2 && "there is one engine only"],
        [first, twice(places) && "two engines are in one zone"],
        [
          first,
          twice(engines.map(({ props }) => props.placementGroup)) &&
            "two engines share a placement group, which is one rack and one zone",
        ],
      ] as const;
    },
  ),
  each(
    "engine-placement-cluster",
    "the engine's neighbours are to be near",
    [placement],
    (props) => [props.strategy !== "cluster" && "set strategy to cluster"],
  ),
  across(
    "engine-capacity-reserved",
    "in a zone's loss everybody asks for capacity at once",
    (all) => {
      const reservations = ofType(all, "aws:ec2/capacityReservation:CapacityReservation");
      if (reservations.length === 0) return [];
      return ofType(all, placement).map((one) => {
        const isReserved = reservations.some(({ props }) =>
          [one.id, one.props.arn].includes(props.placementGroupArn as string),
        );
        return [one, !isReserved && "no capacity reservation is in this placement group"] as const;
      });
    },
  ),
  each(
    "reservation-targeted",
    "an open reservation is used up by whatever starts first",
    ["aws:ec2/capacityReservation:CapacityReservation"],
    (props) => [
      props.instanceMatchCriteria !== "targeted" && "set instanceMatchCriteria to targeted",
    ],
  ),
  each(
    "no-efa-without-it",
    "z1d has no EFA, in any size: the instance would not start",
    ["aws:ec2/launchTemplate:LaunchTemplate"],
    (props) =>
      listAt(props, "networkInterfaces").map(
        (one) =>
          /^efa/.test(String(at(one, "interfaceType") ?? "")) &&
          !typesWithEfa.test(String(props.instanceType ?? "")) &&
          `${String(props.instanceType)} has no EFA: leave interfaceType out`,
      ),
  ),
  each(
    "nlb-with-groups",
    "a network balancer made without security groups never gets any",
    ["aws:lb/loadBalancer:LoadBalancer"],
    (props) => [
      props.loadBalancerType === "network" &&
        listAt(props, "securityGroups").length === 0 &&
        "set securityGroups from the first day on",
    ],
  ),
  each(
    "nlb-passes-tls-through",
    "behind an accelerator a TLS listener loses the client's address, and with it its rate limit",
    ["aws:lb/listener:Listener"],
    (props) => [props.protocol === "TLS" && "pass TCP through: the gateway ends TLS"],
  ),
  each(
    "balancer-three-zones",
    "one zone is lost, two are left",
    ["aws:lb/loadBalancer:LoadBalancer"],
    (props) => [
      listAt(props, "subnets").length + listAt(props, "subnetMappings").length < 3 &&
        "give it subnets of three zones",
    ],
  ),
  each(
    "target-checks-fast",
    "NLB allows five seconds; a slower check is time without trade",
    ["aws:lb/targetGroup:TargetGroup"],
    (props) => [
      Number(at(props, "healthCheck.interval") ?? 30) > 10 &&
        "set healthCheck.interval to 10 seconds or less",
      Number(at(props, "healthCheck.unhealthyThreshold") ?? 3) > 2 &&
        "set healthCheck.unhealthyThreshold to 2",
    ],
  ),
  each(
    "balancers-ask-liveness",
    "ECS replaces tasks that fail here: one that is not healthy without a primary is lost with it (decision 10)",
    ["aws:lb/targetGroup:TargetGroup"],
    (props) => [
      at(props, "healthCheck.path") !== livenessPath && `set healthCheck.path to ${livenessPath}`,
    ],
  ),
  each(
    "health-check-fast",
    "Route 53 moves clients only when its check has failed",
    ["aws:route53/healthCheck:HealthCheck"],
    (props) => [
      isGiven(props.fqdn) &&
        Number(props.requestInterval ?? 30) * Number(props.failureThreshold ?? 3) > 20 &&
        "set requestInterval to 10 and failureThreshold to 2 or less",
    ],
  ),
  each(
    "health-check-three-regions",
    "one checker that is cut off must not move an exchange",
    ["aws:route53/healthCheck:HealthCheck"],
    (props) => [
      isGiven(props.fqdn) &&
        isGiven(props.regions) &&
        listAt(props, "regions").length < 3 &&
        "name three regions or more",
    ],
  ),
  each(
    "primary-record-checked",
    "a PRIMARY record without a health check never fails over",
    ["aws:route53/record:Record"],
    (props) => [
      at(props, "failoverRoutingPolicies.0.type") === "PRIMARY" &&
        !isGiven(props.healthCheckId) &&
        "set healthCheckId",
    ],
  ),
  {
    ...across(
      "standby-weight-zero",
      "an accelerator sends clients to any healthy endpoint, whatever its group's dial is; only weight 0 keeps them out",
      (all, { isActive }) =>
        ofType(all, "aws:globalaccelerator/endpointGroup:EndpointGroup").flatMap((endpoints) =>
          listAt(endpoints.props, "endpointConfigurations").map((one) => {
            const isOpen = Number(at(one, "weight") ?? 128) > 0;
            const fault = isActive
              ? "the active region's weight is 0"
              : "the standby's weight is not 0";
            return [endpoints, isOpen !== isActive && fault] as const;
          }),
        ),
    ),
    isOfCreation: true,
  },
  across(
    "failover-stays",
    "an update that has nothing to do with traffic would write the old weights back",
    (all) =>
      ofType(all, "aws:globalaccelerator/endpointGroup:EndpointGroup").map((one) => {
        const isLeft = ["endpointConfigurations", "trafficDialPercentage"].every((property) =>
          one.options.ignoreChanges.includes(property),
        );
        return [
          one,
          !isLeft && "ignoreChanges must hold endpointConfigurations and trafficDialPercentage",
        ] as const;
      }),
  ),
  across(
    "autoscaling-stays",
    "an update would throw the scaled capacity away in the middle of a rush",
    (all) => {
      const ignored: readonly [
        type: string,
        property: string,
        isScaled: (one: Subject) => boolean,
      ][] = [
        ["aws:ecs/service:Service", "desiredCount", ({ props }) => isGiven(props.desiredCount)],
        ["aws:kinesis/stream:Stream", "shardCount", ({ props }) => isGiven(props.shardCount)],
        ["aws:msk/cluster:Cluster", brokerVolume, ({ props }) => isGiven(at(props, brokerVolume))],
      ];
      return ignored.flatMap(([type, property, isScaled]) =>
        ofType(all, type)
          .filter(isScaled)
          .map((one) => {
            const isLeft = one.options.ignoreChanges.includes(property);
            return [one, !isLeft && `ignoreChanges must hold ${property}`] as const;
          }),
      );
    },
  ),
  each(
    "register-three-regions",
    "leadership needs strong consistency, which needs two replicas and a witness in three regions",
    ["aws:dynamodb/table:Table"],
    (props) => {
      const replicas = listAt(props, "replicas");
      const strong = replicas.filter((one) => at(one, "consistencyMode") === "STRONG").length;
      if (strong === 0) return [];
      const witnesses = isGiven(at(props, "globalTableWitness.regionName")) ? 1 : 0;
      return [
        1 + strong + witnesses !== 3 && "strong consistency takes exactly three regions",
        isGiven(at(props, "ttl.enabled")) && "a strongly consistent table has no TTL",
      ];
    },
  ),
  each(
    "database-keeps-some-capacity",
    "a database that slept does not take a failover's load",
    ["aws:rds/cluster:Cluster"],
    (props) => {
      const least = at(props, "serverlessv2ScalingConfiguration.minCapacity");
      return [least !== undefined && Number(least) < 2 && "set minCapacity to 2 or more"];
    },
  ),
  across(
    "global-member-stays",
    "a plain update of a member after a failover would detach it from its global cluster",
    (all) =>
      ofType(all, "aws:rds/cluster:Cluster")
        .filter(({ props }) => isGiven(props.globalClusterIdentifier))
        .map((one) => {
          const missing = ["globalClusterIdentifier", "replicationSourceIdentifier"].filter(
            (property) => !one.options.ignoreChanges.includes(property),
          );
          return [one, missing.length > 0 && `ignoreChanges lacks ${missing.join(", ")}`] as const;
        }),
  ),
  each(
    "instance-multi-zone",
    "the seed's 35 s need a standby in another zone [RDS3]",
    ["aws:rds/instance:Instance"],
    (props) => [!isGiven(props.replicateSourceDb) && props.multiAz !== true && "set multiAz"],
  ),
  each(
    "cache-multi-zone",
    "the journal is a member of the quorum [AEC4]",
    ["aws:elasticache/replicationGroup:ReplicationGroup"],
    (props) => [
      !isGiven(props.globalReplicationGroupId) &&
        props.automaticFailoverEnabled !== true &&
        "set automaticFailoverEnabled",
      !isGiven(props.globalReplicationGroupId) &&
        props.multiAzEnabled !== true &&
        "set multiAzEnabled",
    ],
  ),
  each(
    "kafka-three-zones",
    "a topic has three copies, in three zones",
    ["aws:msk/cluster:Cluster"],
    (props) => {
      const zones = listAt(props, "brokerNodeGroupInfo.clientSubnets").length;
      return [
        zones < 3 && "give it subnets of three zones",
        zones > 0 &&
          Number(props.numberOfBrokerNodes ?? 0) % zones !== 0 &&
          "numberOfBrokerNodes must be a multiple of its zones",
      ];
    },
  ),
  each("table-cache-three-nodes", "one node in each zone", ["aws:dax/cluster:Cluster"], (props) => [
    Number(props.replicationFactor ?? 0) < 3 && "set replicationFactor to 3 or more",
  ]),
  each(
    "search-three-zones",
    "two zones cannot elect a master when one is lost",
    ["aws:opensearch/domain:Domain"],
    (props) => [
      at(props, "clusterConfig.zoneAwarenessEnabled") !== true &&
        "set clusterConfig.zoneAwarenessEnabled",
      Number(at(props, "clusterConfig.zoneAwarenessConfig.availabilityZoneCount") ?? 0) < 3 &&
        "set clusterConfig.zoneAwarenessConfig.availabilityZoneCount to 3",
    ],
  ),
  each(
    "service-three-zones",
    "one zone's loss must leave two thirds of the tasks; 40 % spare then leaves 93 % of what is needed",
    ["aws:ecs/service:Service"],
    (props) => [zonesOf(props).length < 3 && "give it subnets of three zones"],
  ),
  each(
    "service-rolls-back",
    "a bad image must not take the last good task with it",
    ["aws:ecs/service:Service"],
    (props) => [
      at(props, "deploymentCircuitBreaker.enable") !== true && "set deploymentCircuitBreaker",
    ],
  ),
  each(
    "subnet-groups-three-zones",
    "a database can only move to where it has a subnet",
    [
      "aws:rds/subnetGroup:SubnetGroup",
      "aws:elasticache/subnetGroup:SubnetGroup",
      "aws:memorydb/subnetGroup:SubnetGroup",
      "aws:dax/subnetGroup:SubnetGroup",
    ],
    (props) => [listAt(props, "subnetIds").length < 3 && "give it subnets of three zones"],
  ),
  each(
    "cluster-private",
    "the cluster's API is for operators [EKS1]",
    ["aws:eks/cluster:Cluster"],
    (props) => [
      at(props, "vpcConfig.endpointPublicAccess") !== false &&
        "set vpcConfig.endpointPublicAccess to false",
    ],
  ),
  each(
    "experiment-stops",
    "an experiment without a stop condition is an outage",
    ["aws:fis/experimentTemplate:ExperimentTemplate"],
    (props) => [
      !listAt(props, "stopConditions").some(
        (one) => at(one, "source") === "aws:cloudwatch:alarm" && isGiven(at(one, "value")),
      ) && "name an alarm in stopConditions",
    ],
  ),
  across(
    "edge-in-virginia",
    "CloudFront takes its firewall and its certificate from us-east-1 only",
    (all) =>
      ofType(all, "aws:wafv2/webAcl:WebAcl").map(
        (one) =>
          [
            one,
            one.props.scope === "CLOUDFRONT" &&
              one.props.region !== undefined &&
              one.props.region !== "us-east-1" &&
              "set region to us-east-1",
          ] as const,
      ),
  ),
  each(
    "zone-recovers",
    "DNS must be changeable while us-east-1 is not",
    ["aws:route53/zone:Zone"],
    (props) => [
      props.enableAcceleratedRecovery !== true &&
        !isGiven(props.vpcs) &&
        "set enableAcceleratedRecovery",
    ],
  ),
];
