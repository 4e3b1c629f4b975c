// Mistakes in what a stack registers, one each: where it is planted, and who must catch it. A row whose
// type a stack does not have is left out, and the test counts what it has shown.

type Inputs = Readonly<Record<string, unknown>>;

export interface ResourceMistake {
  readonly mistake: string;
  readonly stack: "global" | "prod" | "dr";
  readonly type: string;
  /** End of the logical name, where the first of its type will not do. */
  readonly nameEnd?: string;
  readonly caughtBy: "schema" | "range" | "policy";
  /** What the fault says. */
  readonly says: RegExp;
  readonly inputs?: (inputs: Inputs) => Inputs;
  readonly options?: { readonly protect?: boolean; readonly ignoreChanges?: readonly string[] };
  /** The resource is forgotten altogether. */
  readonly isForgotten?: boolean;
}

const having =
  (changes: Inputs) =>
  (inputs: Inputs): Inputs => ({ ...inputs, ...changes });
const without =
  (key: string) =>
  (inputs: Inputs): Inputs =>
    Object.fromEntries(Object.entries(inputs).filter(([one]) => one !== key));
const nested =
  (key: string, changes: Inputs) =>
  (inputs: Inputs): Inputs => ({ ...inputs, [key]: { ...(inputs[key] as Inputs), ...changes } });
const firstOf =
  (key: string, changes: Inputs) =>
  (inputs: Inputs): Inputs => {
    const [first, ...others] = inputs[key] as Inputs[];
    return { ...inputs, [key]: [{ ...first, ...changes }, ...others] };
  };
const allowing = (action: string, resource: string) => () => ({
  role: "role",
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: resource }],
  }),
});

const bucket = "aws:s3/bucket:Bucket";
const table = "aws:dynamodb/table:Table";
const key = "aws:kms/key:Key";
const subnet = "aws:ec2/subnet:Subnet";
const targetGroup = "aws:lb/targetGroup:TargetGroup";
const balancer = "aws:lb/loadBalancer:LoadBalancer";
const endpoint = "aws:globalaccelerator/endpointGroup:EndpointGroup";
const group = "aws:autoscaling/group:Group";
const template = "aws:ec2/launchTemplate:LaunchTemplate";
const reservation = "aws:ec2/capacityReservation:CapacityReservation";
const experiment = "aws:fis/experimentTemplate:ExperimentTemplate";
const check = "aws:route53/healthCheck:HealthCheck";
const cache = "aws:elasticache/replicationGroup:ReplicationGroup";
const cluster = "aws:rds/cluster:Cluster";
const accessBlock = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";

export const resourceMistakes: readonly ResourceMistake[] = [
  // The global stack.
  {
    mistake: "a public bucket",
    stack: "global",
    type: accessBlock,
    caughtBy: "policy",
    says: /bucket-private/,
    inputs: having({ blockPublicPolicy: false }),
  },
  {
    mistake: "no public access block",
    stack: "global",
    type: accessBlock,
    caughtBy: "policy",
    says: /bucket-private/,
    isForgotten: true,
  },
  {
    mistake: "a bucket that answers plain HTTP",
    stack: "global",
    type: "aws:s3/bucketPolicy:BucketPolicy",
    caughtBy: "policy",
    says: /bucket-tls-only/,
    isForgotten: true,
  },
  {
    mistake: "a bucket without a key",
    stack: "global",
    type: "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    caughtBy: "policy",
    says: /bucket-encrypted/,
    isForgotten: true,
  },
  {
    mistake: "a bucket without versions",
    stack: "global",
    type: "aws:s3/bucketVersioning:BucketVersioning",
    caughtBy: "policy",
    says: /bucket-versioned/,
    isForgotten: true,
  },
  {
    mistake: "a bucket name with capitals",
    stack: "global",
    type: bucket,
    caughtBy: "range",
    says: /small letters/,
    inputs: having({ bucket: "Castle_Archive" }),
  },
  {
    mistake: "an unknown storage class",
    stack: "global",
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    caughtBy: "range",
    says: /storageClass/,
    inputs: having({
      rules: [
        { id: "r", status: "Enabled", transitions: [{ days: 90, storageClass: "GLACIER_DEEP" }] },
      ],
    }),
  },
  {
    mistake: "lifecycle rules without a status",
    stack: "global",
    type: "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    caughtBy: "schema",
    says: /status: is required/,
    inputs: having({ rules: [{ id: "r" }] }),
  },
  {
    mistake: "a register that the next update may delete",
    stack: "global",
    type: table,
    caughtBy: "policy",
    says: /protect/,
    options: { protect: false },
  },
  {
    mistake: "a register without strong consistency in a third region",
    stack: "global",
    type: table,
    nameEnd: "register-table",
    caughtBy: "policy",
    says: /exactly three regions/,
    inputs: without("globalTableWitness"),
  },
  {
    mistake: "a key attribute in capitals",
    stack: "global",
    type: table,
    caughtBy: "range",
    says: /attributes lacks the key/,
    inputs: having({ hashKey: "NOKEY" }),
  },
  {
    mistake: "capacity for an on-demand table",
    stack: "global",
    type: table,
    caughtBy: "range",
    says: /takes no read or write capacity/,
    inputs: having({ billingMode: "PAY_PER_REQUEST", readCapacity: 5 }),
  },
  {
    mistake: "a replica without a region",
    stack: "global",
    type: table,
    caughtBy: "schema",
    says: /regionName: is required/,
    inputs: (inputs) => ({ ...inputs, replicas: [{ consistencyMode: "STRONG" }] }),
  },
  {
    mistake: "a misspelt nested argument",
    stack: "global",
    type: table,
    caughtBy: "schema",
    says: /kmsKey: no such argument/,
    inputs: nested("serverSideEncryption", { kmsKey: "key" }),
  },
  {
    mistake: "a table with AWS's own key",
    stack: "global",
    type: table,
    caughtBy: "policy",
    says: /table-encrypted/,
    inputs: without("serverSideEncryption"),
  },
  {
    mistake: "a key that never rotates",
    stack: "global",
    type: key,
    caughtBy: "policy",
    says: /key-rotates/,
    inputs: having({ enableKeyRotation: false }),
  },
  {
    mistake: "a key deleted after three days",
    stack: "global",
    type: key,
    caughtBy: "range",
    says: /7 to 30/,
    inputs: having({ deletionWindowInDays: 3 }),
  },
  {
    mistake: "an unprotected key",
    stack: "global",
    type: key,
    caughtBy: "policy",
    says: /protect/,
    options: { protect: false },
  },
  {
    mistake: "all actions for a role",
    stack: "global",
    type: "aws:iam/rolePolicy:RolePolicy",
    caughtBy: "policy",
    says: /no-wildcard-action/,
    inputs: allowing("s3:*", "arn:aws:s3:::one/*"),
  },
  {
    mistake: "an action on all resources",
    stack: "global",
    type: "aws:iam/rolePolicy:RolePolicy",
    caughtBy: "policy",
    says: /no-wildcard-resource/,
    inputs: allowing("s3:GetObject", "*"),
  },
  {
    mistake: "an engine version that AWS does not have",
    stack: "global",
    type: "aws:rds/globalCluster:GlobalCluster",
    caughtBy: "range",
    says: /engineVersion is 17.2/,
    inputs: having({ engine: "aurora-postgresql", engineVersion: "17.2" }),
  },
  // A region.
  {
    mistake: "a text for a number of days",
    stack: "prod",
    type: "aws:cloudwatch/logGroup:LogGroup",
    caughtBy: "schema",
    says: /retentionInDays: write a number/,
    inputs: having({ retentionInDays: "30" }),
  },
  {
    mistake: "a retention that does not exist",
    stack: "prod",
    type: "aws:cloudwatch/logGroup:LogGroup",
    caughtBy: "range",
    says: /retentionInDays is 100/,
    inputs: having({ retentionInDays: 100 }),
  },
  {
    mistake: "a subnet too small",
    stack: "prod",
    type: subnet,
    caughtBy: "range",
    says: /of \/16 to \/28/,
    inputs: having({ cidrBlock: "10.16.0.0/30" }),
  },
  {
    mistake: "a zone of another region",
    stack: "prod",
    type: subnet,
    caughtBy: "range",
    says: /write a zone of us-east-1/,
    inputs: having({ availabilityZone: "us-west-2a" }),
  },
  {
    mistake: "public addresses for a subnet's instances",
    stack: "prod",
    type: subnet,
    caughtBy: "policy",
    says: /no-public-subnet-addresses/,
    inputs: having({ mapPublicIpOnLaunch: true }),
  },
  {
    mistake: "no flow logs",
    stack: "prod",
    type: "aws:ec2/flowLog:FlowLog",
    caughtBy: "policy",
    says: /vpc-flow-logs/,
    isForgotten: true,
  },
  {
    mistake: "flow logs every half minute",
    stack: "prod",
    type: "aws:ec2/flowLog:FlowLog",
    caughtBy: "range",
    says: /60, 600/,
    inputs: having({ maxAggregationInterval: 30 }),
  },
  {
    mistake: "a door to the world",
    stack: "prod",
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    caughtBy: "policy",
    says: /no-open-ingress/,
    inputs: (inputs) => ({ ...inputs, cidrIpv4: "0.0.0.0/0", fromPort: 22, toPort: 22 }),
  },
  {
    mistake: "an endpoint kind in small letters",
    stack: "prod",
    type: "aws:ec2/vpcEndpoint:VpcEndpoint",
    caughtBy: "range",
    says: /write one of Gateway/,
    inputs: having({ vpcEndpointType: "interface" }),
  },
  {
    mistake: "EFA on z1d",
    stack: "prod",
    type: template,
    caughtBy: "policy",
    says: /no-efa-without-it/,
    inputs: having({ instanceType: "z1d.2xlarge", networkInterfaces: [{ interfaceType: "efa" }] }),
  },
  {
    mistake: "instance metadata without a session",
    stack: "prod",
    type: template,
    caughtBy: "policy",
    says: /metadata-v2/,
    inputs: nested("metadataOptions", { httpTokens: "optional" }),
  },
  {
    mistake: "a reservation in a zone without the type",
    stack: "prod",
    type: reservation,
    caughtBy: "range",
    says: /is not offered in/,
    inputs: having({ instanceType: "z1d.2xlarge", availabilityZone: "us-east-1c" }),
  },
  {
    mistake: "an open reservation",
    stack: "prod",
    type: reservation,
    caughtBy: "policy",
    says: /reservation-targeted/,
    inputs: having({ instanceMatchCriteria: "open" }),
  },
  {
    mistake: "one engine only",
    stack: "prod",
    type: group,
    caughtBy: "policy",
    says: /engines-apart/,
    isForgotten: true,
  },
  {
    mistake: "a health check that AWS refuses",
    stack: "prod",
    type: targetGroup,
    caughtBy: "range",
    says: /5 to 300/,
    inputs: nested("healthCheck", { interval: 1 }),
  },
  {
    mistake: "a misspelt health check",
    stack: "prod",
    type: targetGroup,
    caughtBy: "schema",
    says: /protocl: no such/,
    inputs: nested("healthCheck", { protocl: "TCP" }),
  },
  {
    mistake: "a balancer in two zones",
    stack: "prod",
    type: balancer,
    caughtBy: "policy",
    says: /balancer-three-zones/,
    inputs: (inputs) => ({ ...inputs, subnets: ["subnet-1", "subnet-2"], subnetMappings: [] }),
  },
  {
    mistake: "a network balancer without groups",
    stack: "prod",
    type: balancer,
    caughtBy: "policy",
    says: /nlb-with-groups/,
    inputs: having({ loadBalancerType: "network", securityGroups: [] }),
  },
  {
    mistake: "weight 100 in dr",
    stack: "dr",
    type: endpoint,
    caughtBy: "policy",
    says: /standby-weight-zero/,
    inputs: firstOf("endpointConfigurations", { weight: 100 }),
  },
  {
    mistake: "a weight beyond 255",
    stack: "prod",
    type: endpoint,
    caughtBy: "range",
    says: /0 to 255/,
    inputs: firstOf("endpointConfigurations", { weight: 1000 }),
  },
  {
    mistake: "an update that undoes a failover",
    stack: "prod",
    type: endpoint,
    caughtBy: "policy",
    says: /failover-stays/,
    options: { ignoreChanges: [] },
  },
  {
    mistake: "a check from one region",
    stack: "prod",
    type: check,
    caughtBy: "range",
    says: /at least three/,
    inputs: having({ regions: ["us-east-1"] }),
  },
  {
    mistake: "a cache without a second zone",
    stack: "prod",
    type: cache,
    caughtBy: "policy",
    says: /cache-multi-zone/,
    inputs: having({ multiAzEnabled: false }),
  },
  {
    mistake: "a Valkey version of Redis",
    stack: "prod",
    type: cache,
    caughtBy: "range",
    says: /has no version/,
    inputs: having({ engine: "valkey", engineVersion: "7.1" }),
  },
  {
    mistake: "a database member that an update detaches",
    stack: "dr",
    type: cluster,
    caughtBy: "policy",
    says: /global-member-stays/,
    options: { ignoreChanges: [] },
  },
  {
    mistake: "an experiment that nothing stops",
    stack: "prod",
    type: experiment,
    caughtBy: "policy",
    says: /experiment-stops/,
    inputs: having({ stopConditions: [{ source: "none" }] }),
  },
  {
    mistake: "an experiment action that does not exist",
    stack: "prod",
    type: experiment,
    caughtBy: "range",
    says: /there is no action/,
    inputs: firstOf("actions", { actionId: "aws:ec2:stop-instance" }),
  },
  {
    mistake: "a shard count that an update resets",
    stack: "prod",
    type: "aws:kinesis/stream:Stream",
    caughtBy: "policy",
    says: /autoscaling-stays/,
    options: { ignoreChanges: [] },
  },
  {
    mistake: "seven hours of replay instead of seven days",
    stack: "prod",
    type: "aws:kinesis/stream:Stream",
    caughtBy: "range",
    says: /24 to 8760/,
    inputs: having({ retentionPeriod: 7 }),
  },
];
