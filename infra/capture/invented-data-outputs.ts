// What AWS adds to stores, streams and what watches them.

import type { MakeOutputs } from "./sketch.ts";

/** Three brokers at one port. */
const brokers = (name: string, hex: string, region: string, port: number): string =>
  [1, 2, 3].map((n) => `b-${n}.${name}.${hex}.c1.kafka.${region}.amazonaws.com:${port}`).join(",");

const uuidOf = (hex: (length: number, salt?: string) => string): string =>
  `${hex(8)}-${hex(4, "a")}-4${hex(3, "b")}-8${hex(3, "c")}-${hex(12, "d")}`;

export const dataOutputs: Readonly<Record<string, MakeOutputs>> = {
  "aws:kms/key:Key": ({ inputs, arn, hex }) => {
    const keyId = inputs.multiRegion === true ? `mrk-${hex(32)}` : uuidOf(hex);
    return { keyId, arn: arn("kms", `key/${keyId}`) };
  },
  "aws:kms/replicaKey:ReplicaKey": ({ inputs, arn }) => {
    const keyId = String(inputs.primaryKeyArn).split("/").pop() ?? "";
    return { keyId, arn: arn("kms", `key/${keyId}`) };
  },
  "aws:kms/alias:Alias": ({ physicalName, arn, inputs }) => ({
    arn: arn("kms", physicalName),
    targetKeyArn: arn("kms", `key/${String(inputs.targetKeyId)}`),
  }),
  "aws:s3/bucket:Bucket": ({ physicalName, region }) => ({
    bucket: physicalName,
    arn: `arn:aws:s3:::${physicalName}`,
    bucketDomainName: `${physicalName}.s3.amazonaws.com`,
    bucketRegionalDomainName: `${physicalName}.s3.${region}.amazonaws.com`,
    hostedZoneId: "Z3AQBSTGFYJSTF",
  }),
  "aws:s3/bucketObjectv2:BucketObjectv2": ({ inputs, hex }) => ({
    key: inputs.key,
    arn: `arn:aws:s3:::${String(inputs.bucket)}/${String(inputs.key)}`,
    etag: hex(32),
    versionId: hex(32, "version"),
  }),
  "aws:dynamodb/table:Table": ({ physicalName, arn }) => ({
    arn: arn("dynamodb", `table/${physicalName}`),
    streamArn: arn("dynamodb", `table/${physicalName}/stream/2026-01-01T00:00:00.000`),
  }),
  "aws:dax/cluster:Cluster": ({ physicalName, arn, region, hex }) => {
    const host = `${physicalName}.${hex(6)}.dax-clusters.${region}.amazonaws.com`;
    return {
      arn: arn("dax", `cache/${physicalName}`),
      clusterAddress: host,
      configurationEndpoint: `${host}:9111`,
      port: 9111,
    };
  },
  "aws:elasticache/replicationGroup:ReplicationGroup": ({
    physicalName,
    arn,
    hex,
    inputs,
    region,
  }) => {
    const host = `${physicalName}.${hex(6)}.${region}.cache.amazonaws.com`;
    return {
      arn: arn("elasticache", `replicationgroup:${physicalName}`),
      port: inputs.port ?? 6379,
      primaryEndpointAddress: `master.${host}`,
      readerEndpointAddress: `replica.${host}`,
      configurationEndpointAddress: `clustercfg.${host}`,
      memberClusters: ["001", "002"].map((n) => `${physicalName}-${n}`),
    };
  },
  "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup": ({ inputs, globalArn }) => {
    const globalReplicationGroupId = `ldgnf-${String(inputs.globalReplicationGroupIdSuffix)}`;
    return {
      globalReplicationGroupId,
      arn: globalArn("elasticache", `globalreplicationgroup:${globalReplicationGroupId}`),
    };
  },
  "aws:elasticache/user:User": ({ physicalName, arn }) => ({
    arn: arn("elasticache", `user:${physicalName}`),
  }),
  "aws:elasticache/userGroup:UserGroup": ({ physicalName, arn }) => ({
    arn: arn("elasticache", `usergroup:${physicalName}`),
  }),
  "aws:memorydb/cluster:Cluster": ({ physicalName, arn, hex, region, inputs }) => ({
    arn: arn("memorydb", `cluster/${physicalName}`),
    clusterEndpoints: [
      {
        address: `clustercfg.${physicalName}.${hex(6)}.memorydb.${region}.amazonaws.com`,
        port: inputs.port ?? 6379,
      },
    ],
  }),
  "aws:rds/globalCluster:GlobalCluster": ({ physicalName, globalArn, hex }) => ({
    arn: globalArn("rds", `global-cluster:${physicalName}`),
    globalClusterResourceId: `cluster-${hex(16)}`,
    endpoint: `${physicalName}.global-${hex(12)}.global.rds.amazonaws.com`,
  }),
  "aws:rds/cluster:Cluster": ({ physicalName, arn, hex, region, inputs }) => ({
    clusterIdentifier: physicalName,
    arn: arn("rds", `cluster:${physicalName}`),
    clusterResourceId: `cluster-${hex(26).toUpperCase()}`,
    endpoint: `${physicalName}.cluster-${hex(12)}.${region}.rds.amazonaws.com`,
    readerEndpoint: `${physicalName}.cluster-ro-${hex(12)}.${region}.rds.amazonaws.com`,
    port: inputs.port ?? 5432,
    hostedZoneId: "Z2R2ITUGPM61AM",
    masterUserSecrets: [{ secretArn: arn("secretsmanager", `secret:rds!${hex(8)}`) }],
  }),
  "aws:rds/clusterInstance:ClusterInstance": ({ physicalName, arn, hex, region }) => ({
    arn: arn("rds", `db:${physicalName}`),
    endpoint: `${physicalName}.${hex(12)}.${region}.rds.amazonaws.com`,
    dbiResourceId: `db-${hex(26).toUpperCase()}`,
  }),
  "aws:rds/instance:Instance": ({ physicalName, arn, hex, region, inputs }) => {
    const address = `${physicalName}.${hex(12)}.${region}.rds.amazonaws.com`;
    const port = inputs.port ?? 5432;
    return {
      identifier: physicalName,
      arn: arn("rds", `db:${physicalName}`),
      resourceId: `db-${hex(26).toUpperCase()}`,
      address,
      endpoint: `${address}:${String(port)}`,
      port,
      hostedZoneId: "Z2R2ITUGPM61AM",
    };
  },
  "aws:rds/proxy:Proxy": ({ physicalName, arn, hex, region }) => ({
    arn: arn("rds", `db-proxy:prx-${hex(17)}`),
    endpoint: `${physicalName}.proxy-${hex(12)}.${region}.rds.amazonaws.com`,
  }),
  "aws:rds/proxyEndpoint:ProxyEndpoint": ({ physicalName, arn, hex, region }) => ({
    arn: arn("rds", `db-proxy-endpoint:prx-endpoint-${hex(17)}`),
    endpoint: `${physicalName}.endpoint.proxy-${hex(12)}.${region}.rds.amazonaws.com`,
  }),
  "aws:sqs/queue:Queue": ({ physicalName, arn, region, accountId }) => ({
    arn: arn("sqs", physicalName),
    url: `https://sqs.${region}.amazonaws.com/${accountId}/${physicalName}`,
  }),
  "aws:sns/topic:Topic": ({ physicalName, arn }) => ({ arn: arn("sns", physicalName) }),
  "aws:sns/topicSubscription:TopicSubscription": ({ inputs, hex }) => ({
    arn: `${String(inputs.topic)}:${uuidOf(hex)}`,
  }),
  "aws:kinesis/stream:Stream": ({ physicalName, arn }) => ({
    arn: arn("kinesis", `stream/${physicalName}`),
  }),
  "aws:kinesis/streamConsumer:StreamConsumer": ({ inputs, physicalName }) => ({
    arn: `${String(inputs.streamArn)}/consumer/${physicalName}:1790000000`,
  }),
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ({ physicalName, arn }) => ({
    arn: arn("firehose", `deliverystream/${physicalName}`),
  }),
  "aws:msk/cluster:Cluster": ({ physicalName, arn, hex, region }) => {
    const uuid = `${uuidOf(hex)}-2`;
    return {
      arn: arn("kafka", `cluster/${physicalName}/${uuid}`),
      clusterName: physicalName,
      clusterUuid: uuid,
      bootstrapBrokersTls: brokers(physicalName, hex(6), region, 9094),
      bootstrapBrokersSaslIam: brokers(physicalName, hex(6), region, 9098),
      currentVersion: "K3AEGXETSR30VB",
    };
  },
  "aws:msk/topic:Topic": ({ inputs }) => ({
    arn: `${String(inputs.clusterArn).replace(":cluster/", ":topic/")}/${String(inputs.name)}`,
    configsActual: inputs.configs,
  }),
  "aws:msk/configuration:Configuration": ({ physicalName, arn, hex }) => ({
    arn: arn("kafka", `configuration/${physicalName}/${uuidOf(hex)}-2`),
    latestRevision: 1,
  }),
  "aws:mskconnect/customPlugin:CustomPlugin": ({ physicalName, arn, hex }) => ({
    arn: arn("kafkaconnect", `custom-plugin/${physicalName}/${uuidOf(hex)}-2`),
    latestRevision: 1,
  }),
  "aws:mskconnect/workerConfiguration:WorkerConfiguration": ({ physicalName, arn, hex }) => ({
    arn: arn("kafkaconnect", `worker-configuration/${physicalName}/${uuidOf(hex)}-2`),
    latestRevision: 1,
  }),
  "aws:mskconnect/connector:Connector": ({ physicalName, arn, hex }) => ({
    arn: arn("kafkaconnect", `connector/${physicalName}/${uuidOf(hex)}-2`),
  }),
  "aws:sfn/stateMachine:StateMachine": ({ physicalName, arn }) => ({
    arn: arn("states", `stateMachine:${physicalName}`),
  }),
  "aws:glue/catalogDatabase:CatalogDatabase": ({ physicalName, arn }) => ({
    arn: arn("glue", `database/${physicalName}`),
  }),
  "aws:glue/catalogTable:CatalogTable": ({ physicalName, arn, inputs }) => ({
    arn: arn("glue", `table/${String(inputs.databaseName)}/${physicalName}`),
  }),
  "aws:redshiftserverless/namespace:Namespace": ({ arn, hex, physicalName }) => ({
    namespaceName: physicalName,
    namespaceId: uuidOf(hex),
    arn: arn("redshift-serverless", `namespace/${uuidOf(hex)}`),
    adminPasswordSecretArn: arn("secretsmanager", `secret:redshift!${physicalName}-${hex(6)}`),
  }),
  "aws:redshiftserverless/workgroup:Workgroup": ({
    arn,
    hex,
    physicalName,
    region,
    accountId,
  }) => ({
    workgroupName: physicalName,
    workgroupId: uuidOf(hex),
    arn: arn("redshift-serverless", `workgroup/${uuidOf(hex)}`),
    endpoints: [
      {
        address: `${physicalName}.${accountId}.${region}.redshift-serverless.amazonaws.com`,
        port: 5439,
      },
    ],
  }),
  "aws:opensearch/domain:Domain": ({ arn, hex, physicalName, region, accountId }) => ({
    arn: arn("es", `domain/${physicalName}`),
    domainId: `${accountId}/${physicalName}`,
    endpoint: `vpc-${physicalName}-${hex(26)}.${region}.es.amazonaws.com`,
    dashboardEndpoint: `vpc-${physicalName}-${hex(26)}.${region}.es.amazonaws.com/_dashboards`,
  }),
  "aws:opensearchingest/pipeline:Pipeline": ({ arn, hex, physicalName, region }) => ({
    pipelineArn: arn("osis", `pipeline/${physicalName}`),
    ingestEndpointUrls: [`${physicalName}-${hex(26)}.${region}.osis.amazonaws.com`],
  }),
  "aws:secretsmanager/secret:Secret": ({ physicalName, arn, hex }) => ({
    arn: arn("secretsmanager", `secret:${physicalName}-${hex(6)}`),
  }),
  "aws:secretsmanager/secretVersion:SecretVersion": ({ hex, inputs }) => ({
    versionId: uuidOf(hex),
    arn: inputs.secretId,
  }),
  "aws:ssm/parameter:Parameter": ({ physicalName, arn }) => ({
    arn: arn("ssm", `parameter/${physicalName.replace(/^\//, "")}`),
    version: 1,
  }),
  "aws:cloudwatch/logGroup:LogGroup": ({ physicalName, arn }) => ({
    arn: arn("logs", `log-group:${physicalName}`),
  }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ physicalName, arn }) => ({
    arn: arn("cloudwatch", `alarm:${physicalName}`),
  }),
  "aws:cloudwatch/compositeAlarm:CompositeAlarm": ({ inputs, arn }) => ({
    arn: arn("cloudwatch", `alarm:${String(inputs.alarmName)}`),
  }),
  "aws:cloudwatch/dashboard:Dashboard": ({ physicalName, globalArn }) => ({
    dashboardArn: globalArn("cloudwatch", `dashboard/${physicalName}`),
  }),
  "aws:cloudwatch/eventRule:EventRule": ({ physicalName, arn }) => ({
    arn: arn("events", `rule/${physicalName}`),
  }),
  "aws:amp/workspace:Workspace": ({ id, arn, region }) => ({
    arn: arn("aps", `workspace/${id}`),
    prometheusEndpoint: `https://aps-workspaces.${region}.amazonaws.com/workspaces/${id}/`,
  }),
  "aws:grafana/workspace:Workspace": ({ id, arn, region }) => ({
    arn: arn("grafana", `/workspaces/${id}`),
    endpoint: `${id}.grafana-workspace.${region}.amazonaws.com`,
  }),
  "aws:backup/vault:Vault": ({ physicalName, arn }) => ({
    arn: arn("backup", `backup-vault:${physicalName}`),
  }),
  "aws:backup/plan:Plan": ({ arn, hex }) => ({
    uuid: uuidOf(hex),
    arn: arn("backup", `backup-plan:${uuidOf(hex)}`),
    version: hex(16),
  }),
  "aws:guardduty/detector:Detector": ({ arn, hex }) => ({
    uuid: hex(32),
    arn: arn("guardduty", `detector/${hex(32)}`),
    accountId: undefined,
  }),
  "aws:cloudtrail/trail:Trail": ({ physicalName, arn }) => ({
    arn: arn("cloudtrail", `trail/${physicalName}`),
  }),
  "aws:fis/experimentTemplate:ExperimentTemplate": ({ id, arn }) => ({
    arn: arn("fis", `experiment-template/${id}`),
  }),
  "aws:scheduler/schedule:Schedule": ({ physicalName, arn }) => ({
    arn: arn("scheduler", `schedule/default/${physicalName}`),
  }),
  "aws:servicediscovery/httpNamespace:HttpNamespace": ({ id, arn }) => ({
    arn: arn("servicediscovery", `namespace/${id}`),
  }),
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": ({ id, arn, hex }) => ({
    arn: arn("servicediscovery", `namespace/${id}`),
    hostedZone: `Z0${hex(18).toUpperCase()}`,
  }),
};
