// What AWS adds to a resource, by type, and what its id looks like. Only what programs read: an
// output that is missing here is undefined in a capture, and a test will say so.

import { dataOutputs } from "./invented-data-outputs.ts";
import { edgeOutputs } from "./invented-edge-outputs.ts";
import type { MakeOutputs, Sketch } from "./sketch.ts";
import { zoneIdsOf, zoneName } from "./zones.ts";

/** A prefix of random ids, or the output that serves as id; otherwise the physical name does. */
export const idKinds: Readonly<Record<string, string | { readonly output: string }>> = {
  "aws:ec2/vpc:Vpc": "vpc",
  "aws:ec2/subnet:Subnet": "subnet",
  "aws:ec2/securityGroup:SecurityGroup": "sg",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr",
  "aws:ec2/routeTable:RouteTable": "rtb",
  "aws:ec2/route:Route": "r",
  "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
  "aws:ec2/internetGateway:InternetGateway": "igw",
  "aws:ec2/natGateway:NatGateway": "nat",
  "aws:ec2/eip:Eip": "eipalloc",
  "aws:ec2/networkInterface:NetworkInterface": "eni",
  "aws:ec2/networkAcl:NetworkAcl": "acl",
  "aws:ec2/launchTemplate:LaunchTemplate": "lt",
  "aws:ec2/instance:Instance": "i",
  "aws:ec2/capacityReservation:CapacityReservation": "cr",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "pcx",
  "aws:ec2/flowLog:FlowLog": "fl",
  "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": "dopt",
  "aws:ec2transitgateway/transitGateway:TransitGateway": "tgw",
  "aws:ec2transitgateway/vpcAttachment:VpcAttachment": "tgw-attach",
  "aws:ec2transitgateway/peeringAttachment:PeeringAttachment": "tgw-attach",
  "aws:ec2transitgateway/routeTable:RouteTable": "tgw-rtb",
  "aws:efs/fileSystem:FileSystem": "fs",
  "aws:amp/workspace:Workspace": "ws",
  "aws:grafana/workspace:Workspace": "g",
  "aws:servicediscovery/httpNamespace:HttpNamespace": "ns",
  "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": "ns",
  "aws:fis/experimentTemplate:ExperimentTemplate": "EXT",
  ...Object.fromEntries(
    [
      "acm/certificate:Certificate",
      "acm/certificateValidation:CertificateValidation",
      "alb/listener:Listener",
      "apigatewayv2/vpcLink:VpcLink",
      "appautoscaling/policy:Policy",
      "cloudtrail/trail:Trail",
      "ecs/cluster:Cluster",
      "ecs/service:Service",
      "globalaccelerator/accelerator:Accelerator",
      "globalaccelerator/endpointGroup:EndpointGroup",
      "globalaccelerator/listener:Listener",
      "iam/policy:Policy",
      "kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
      "kinesis/stream:Stream",
      "kinesis/streamConsumer:StreamConsumer",
      "lb/listener:Listener",
      "lb/listenerRule:ListenerRule",
      "lb/loadBalancer:LoadBalancer",
      "lb/targetGroup:TargetGroup",
      "msk/cluster:Cluster",
      "msk/configuration:Configuration",
      "msk/serverlessCluster:ServerlessCluster",
      "mskconnect/connector:Connector",
      "mskconnect/customPlugin:CustomPlugin",
      "mskconnect/workerConfiguration:WorkerConfiguration",
      "secretsmanager/secret:Secret",
      "sfn/stateMachine:StateMachine",
      "sns/topic:Topic",
      "sns/topicSubscription:TopicSubscription",
      "wafv2/regexPatternSet:RegexPatternSet",
    ].map((type) => [`aws:${type}`, { output: "arn" }]),
  ),
  "aws:sqs/queue:Queue": { output: "url" },
  "aws:kms/key:Key": { output: "keyId" },
  "aws:kms/replicaKey:ReplicaKey": { output: "keyId" },
  "aws:route53/zone:Zone": { output: "zoneId" },
  "aws:route53/healthCheck:HealthCheck": { output: "healthCheckId" },
  "aws:route53/record:Record": { output: "recordId" },
  "aws:cloudfront/distribution:Distribution": { output: "distributionId" },
  "aws:cognito/userPool:UserPool": { output: "poolId" },
  "aws:cognito/userPoolClient:UserPoolClient": { output: "clientId" },
  "aws:apigateway/restApi:RestApi": { output: "apiId" },
  "aws:apigateway/deployment:Deployment": { output: "apiId" },
  "aws:apigatewayv2/api:Api": { output: "apiId" },
  "aws:wafv2/webAcl:WebAcl": { output: "uuid" },
  "aws:wafv2/ipSet:IpSet": { output: "uuid" },
  "aws:guardduty/detector:Detector": { output: "uuid" },
  "aws:lambda/eventSourceMapping:EventSourceMapping": { output: "uuid" },
  "aws:backup/plan:Plan": { output: "uuid" },
};

const ecsName = (sketch: Sketch): string =>
  String(sketch.inputs.cluster ?? "default")
    .split("/")
    .pop() ?? "default";

const endpointService = (sketch: Sketch): string =>
  String(sketch.inputs.serviceName ?? "")
    .split(".")
    .slice(3)
    .join(".");

const networkOutputs: Readonly<Record<string, MakeOutputs>> = {
  "aws:ec2/vpc:Vpc": ({ id, arn, hex }) => ({
    arn: arn("ec2", `vpc/${id}`),
    defaultSecurityGroupId: `sg-0${hex(16, "sg")}`,
    defaultNetworkAclId: `acl-0${hex(16, "acl")}`,
    mainRouteTableId: `rtb-0${hex(16, "rtb")}`,
    defaultRouteTableId: `rtb-0${hex(16, "rtb")}`,
    dhcpOptionsId: `dopt-0${hex(16, "dopt")}`,
  }),
  "aws:ec2/subnet:Subnet": ({ id, arn, region, inputs }) => {
    const zoneId = String(inputs.availabilityZoneId ?? zoneIdsOf(region)[0]);
    return {
      arn: arn("ec2", `subnet/${id}`),
      availabilityZone: zoneName(region, zoneId),
      availabilityZoneId: zoneId,
    };
  },
  "aws:ec2/securityGroup:SecurityGroup": ({ id, arn }) => ({
    arn: arn("ec2", `security-group/${id}`),
  }),
  "aws:ec2/eip:Eip": ({ id, hex }) => ({
    allocationId: id,
    publicIp: `203.0.113.${Number.parseInt(hex(2), 16)}`,
  }),
  "aws:ec2/natGateway:NatGateway": ({ hex }) => ({
    publicIp: `203.0.113.${Number.parseInt(hex(2), 16)}`,
    privateIp: "10.16.0.10",
    networkInterfaceId: `eni-0${hex(16, "eni")}`,
  }),
  "aws:ec2/networkInterface:NetworkInterface": ({ id, arn, inputs, hex }) => {
    const given = Array.isArray(inputs.privateIps) ? inputs.privateIps : [];
    const privateIp = String(given[0] ?? `10.16.0.${Number.parseInt(hex(2), 16)}`);
    return {
      arn: arn("ec2", `network-interface/${id}`),
      privateIp,
      privateIps: [privateIp],
      macAddress: "0a:00:00:00:00:01",
      privateDnsName: `ip-${privateIp.replaceAll(".", "-")}.ec2.internal`,
    };
  },
  "aws:ec2/launchTemplate:LaunchTemplate": ({ id, arn }) => ({
    arn: arn("ec2", `launch-template/${id}`),
    latestVersion: 1,
    defaultVersion: 1,
  }),
  "aws:ec2/instance:Instance": ({ id, arn, inputs, hex }) => ({
    arn: arn("ec2", `instance/${id}`),
    privateIp: inputs.privateIp ?? `10.16.0.${Number.parseInt(hex(2), 16)}`,
    primaryNetworkInterfaceId: `eni-0${hex(16, "eni")}`,
  }),
  "aws:ec2/placementGroup:PlacementGroup": ({ physicalName, arn, hex }) => ({
    arn: arn("ec2", `placement-group/${physicalName}`),
    placementGroupId: `pg-0${hex(16)}`,
  }),
  "aws:ec2/capacityReservation:CapacityReservation": ({ id, arn }) => ({
    arn: arn("ec2", `capacity-reservation/${id}`),
  }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": (sketch) => ({
    arn: sketch.arn("ec2", `vpc-endpoint/${sketch.id}`),
    prefixListId: `pl-0${sketch.hex(16)}`,
    networkInterfaceIds: ["a", "b", "c"].map((zone) => `eni-0${sketch.hex(16, zone)}`),
    dnsEntries: [
      {
        dnsName: `${sketch.id}.${endpointService(sketch)}.${sketch.region}.vpce.amazonaws.com`,
        hostedZoneId: "Z7HUB22UULQXV",
      },
    ],
  }),
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": () => ({ acceptStatus: "active" }),
  "aws:ec2/flowLog:FlowLog": ({ id, arn }) => ({ arn: arn("ec2", `vpc-flow-log/${id}`) }),
  "aws:ec2transitgateway/transitGateway:TransitGateway": ({ id, arn, hex }) => ({
    arn: arn("ec2", `transit-gateway/${id}`),
    associationDefaultRouteTableId: `tgw-rtb-0${hex(16)}`,
    propagationDefaultRouteTableId: `tgw-rtb-0${hex(16)}`,
  }),
  "aws:autoscaling/group:Group": ({ physicalName, arn, hex }) => ({
    arn: arn(
      "autoscaling",
      `autoScalingGroup:${hex(8)}-0000-4000-8000-${hex(12)}:autoScalingGroupName/${physicalName}`,
    ),
  }),
  "aws:autoscaling/policy:Policy": ({ physicalName, arn, hex }) => ({
    arn: arn("autoscaling", `scalingPolicy:${hex(8)}:policyName/${physicalName}`),
  }),
  "aws:lb/loadBalancer:LoadBalancer": ({ inputs, physicalName, arn, hex, region }) => {
    const letters = inputs.loadBalancerType === "network" ? "net" : "app";
    const suffix = `${letters}/${physicalName}/${hex(16)}`;
    return {
      arn: arn("elasticloadbalancing", `loadbalancer/${suffix}`),
      arnSuffix: suffix,
      dnsName: `${physicalName}-${hex(16)}.elb.${region}.amazonaws.com`,
      zoneId: letters === "net" ? "Z26RNL4JYFTOTI" : "Z35SXDOTRQ7X7K",
    };
  },
  "aws:lb/targetGroup:TargetGroup": ({ physicalName, arn, hex }) => {
    const suffix = `targetgroup/${physicalName}/${hex(16)}`;
    return { arn: arn("elasticloadbalancing", suffix), arnSuffix: suffix };
  },
  "aws:lb/listener:Listener": ({ arn, hex }) => ({
    arn: arn("elasticloadbalancing", `listener/app/lb/${hex(16)}/${hex(16, "listener")}`),
  }),
  "aws:lb/listenerRule:ListenerRule": ({ arn, hex }) => ({
    arn: arn("elasticloadbalancing", `listener-rule/app/lb/${hex(16)}/${hex(16, "rule")}`),
  }),
};

const computeOutputs: Readonly<Record<string, MakeOutputs>> = {
  "aws:iam/role:Role": ({ physicalName, globalArn, hex }) => ({
    arn: globalArn("iam", `role/${physicalName}`),
    uniqueId: `AROA${hex(16).toUpperCase()}`,
  }),
  "aws:iam/policy:Policy": ({ physicalName, globalArn }) => ({
    arn: globalArn("iam", `policy/${physicalName}`),
  }),
  "aws:iam/instanceProfile:InstanceProfile": ({ physicalName, globalArn }) => ({
    arn: globalArn("iam", `instance-profile/${physicalName}`),
  }),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ({ inputs, globalArn }) => ({
    arn: globalArn("iam", `oidc-provider/${String(inputs.url).replace("https://", "")}`),
  }),
  "aws:iam/serviceLinkedRole:ServiceLinkedRole": ({ inputs, globalArn }) => ({
    arn: globalArn("iam", `role/aws-service-role/${String(inputs.awsServiceName)}/Linked`),
  }),
  "aws:ecs/cluster:Cluster": ({ physicalName, arn }) => ({
    arn: arn("ecs", `cluster/${physicalName}`),
  }),
  "aws:ecs/service:Service": (sketch) => ({
    arn: sketch.arn("ecs", `service/${ecsName(sketch)}/${sketch.physicalName}`),
  }),
  "aws:ecs/taskDefinition:TaskDefinition": ({ physicalName, arn }) => ({
    arn: arn("ecs", `task-definition/${physicalName}:1`),
    arnWithoutRevision: arn("ecs", `task-definition/${physicalName}`),
    revision: 1,
  }),
  "aws:eks/cluster:Cluster": ({ physicalName, arn, hex, region }) => ({
    arn: arn("eks", `cluster/${physicalName}`),
    endpoint: `https://${hex(32).toUpperCase()}.gr7.${region}.eks.amazonaws.com`,
    certificateAuthority: { data: "LS0tLS1CRUdJTg==" },
    vpcConfig: { clusterSecurityGroupId: `sg-0${hex(16)}` },
    identities: [
      {
        oidcs: [{ issuer: `https://oidc.eks.${region}.amazonaws.com/id/${hex(32).toUpperCase()}` }],
      },
    ],
  }),
  "aws:lambda/function:Function": ({ physicalName, arn, region }) => {
    const functionArn = arn("lambda", `function:${physicalName}`);
    const invoke = (of: string): string =>
      `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${of}/invocations`;
    return {
      arn: functionArn,
      invokeArn: invoke(functionArn),
      qualifiedArn: `${functionArn}:1`,
      qualifiedInvokeArn: invoke(`${functionArn}:1`),
      version: "1",
    };
  },
  "aws:lambda/alias:Alias": ({ inputs, physicalName, arn, region }) => {
    const aliasArn = arn("lambda", `function:${String(inputs.functionName)}:${physicalName}`);
    const invokeArn = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${aliasArn}/invocations`;
    return { arn: aliasArn, invokeArn };
  },
  "aws:lambda/layerVersion:LayerVersion": ({ physicalName, arn }) => ({
    arn: arn("lambda", `layer:${physicalName}:1`),
    layerArn: arn("lambda", `layer:${physicalName}`),
    version: "1",
  }),
  "aws:lambda/eventSourceMapping:EventSourceMapping": ({ arn, hex }) => {
    const uuid = `${hex(8)}-0000-4000-8000-${hex(12)}`;
    return { uuid, arn: arn("lambda", `event-source-mapping:${uuid}`) };
  },
  "aws:ecr/repository:Repository": ({ physicalName, arn, region, accountId }) => ({
    arn: arn("ecr", `repository/${physicalName}`),
    registryId: accountId,
    repositoryUrl: `${accountId}.dkr.ecr.${region}.amazonaws.com/${physicalName}`,
  }),
  "awsx:ecr:Repository": ({ name, region, accountId }) => ({
    url: `${accountId}.dkr.ecr.${region}.amazonaws.com/${name}`,
  }),
  "awsx:ecr:Image": ({ name, region, accountId, urn, hex }) => ({
    imageUri: `${accountId}.dkr.ecr.${region}.amazonaws.com/${name}@sha256:${hex(64, urn)}`,
  }),
  "eks:index:Cluster": ({ physicalName, hex, region, accountId }) => ({
    kubeconfig: { apiVersion: "v1", kind: "Config", clusters: [], contexts: [], users: [] },
    kubeconfigJson: JSON.stringify({ apiVersion: "v1", kind: "Config" }),
    clusterName: physicalName,
    clusterIngressRuleId: `sgr-0${hex(16)}`,
    clusterSecurityGroupId: `sg-0${hex(16, "cluster")}`,
    nodeSecurityGroupId: `sg-0${hex(16, "node")}`,
    oidcProviderArn: `arn:aws:iam::${accountId}:oidc-provider/oidc.eks.${region}.amazonaws.com/id/${hex(32)}`,
    oidcProviderUrl: `https://oidc.eks.${region}.amazonaws.com/id/${hex(32)}`,
    oidcIssuer: `oidc.eks.${region}.amazonaws.com/id/${hex(32)}`,
    autoModeNodeRoleName: `${physicalName}-node`,
  }),
};

export const outputsByType: Readonly<Record<string, MakeOutputs>> = {
  ...networkOutputs,
  ...computeOutputs,
  ...dataOutputs,
  ...edgeOutputs,
};
