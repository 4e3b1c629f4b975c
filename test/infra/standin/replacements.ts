// Properties that AWS sets once: a change makes another resource. Those that Castle's stacks have and
// that would hurt; from the "forces new resource" notes of the provider.

const once: Readonly<Record<string, readonly string[]>> = {
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:ec2/subnet:Subnet": ["cidrBlock", "availabilityZone", "availabilityZoneId", "vpcId"],
  "aws:ec2/securityGroup:SecurityGroup": ["name", "namePrefix", "description", "vpcId"],
  "aws:ec2/placementGroup:PlacementGroup": ["name", "strategy"],
  "aws:ec2/capacityReservation:CapacityReservation": [
    "availabilityZone",
    "instanceType",
    "placementGroupArn",
  ],
  "aws:ec2/networkInterface:NetworkInterface": ["subnetId"],
  "aws:lb/loadBalancer:LoadBalancer": ["name", "loadBalancerType", "internal"],
  "aws:lb/targetGroup:TargetGroup": ["name", "port", "protocol", "targetType", "vpcId"],
  "aws:kms/key:Key": ["multiRegion"],
  "aws:dynamodb/table:Table": ["name", "hashKey", "rangeKey"],
  "aws:rds/cluster:Cluster": [
    "clusterIdentifier",
    "engine",
    "storageEncrypted",
    "kmsKeyId",
    "databaseName",
  ],
  "aws:rds/globalCluster:GlobalCluster": ["globalClusterIdentifier", "engine", "storageEncrypted"],
  "aws:elasticache/replicationGroup:ReplicationGroup": [
    "replicationGroupId",
    "subnetGroupName",
    "atRestEncryptionEnabled",
  ],
  "aws:kinesis/stream:Stream": ["name"],
  "aws:sqs/queue:Queue": ["name", "fifoQueue"],
  "aws:sns/topic:Topic": ["name", "fifoTopic"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix"],
  "aws:msk/cluster:Cluster": ["clusterName"],
  "aws:cognito/userPool:UserPool": ["usernameAttributes", "aliasAttributes"],
  "aws:route53/zone:Zone": ["name"],
  "aws:route53/healthCheck:HealthCheck": ["type", "requestInterval"],
  "aws:route53/record:Record": ["zoneId", "setIdentifier"],
  "aws:globalaccelerator/endpointGroup:EndpointGroup": ["listenerArn", "endpointGroupRegion"],
  "aws:globalaccelerator/listener:Listener": ["acceleratorArn"],
};

export const isReplacing = (type: string, property: string): boolean =>
  once[type]?.includes(property) === true || (type.startsWith("aws:") && property === "region");
