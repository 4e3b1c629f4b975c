// What may be reached, and by whom: networks, buckets, interfaces, and the rights of roles.

import {
  across,
  at,
  attached,
  each,
  isGiven,
  listAt,
  ofType,
  type Rule,
  type Subject,
  statementsOf,
} from "./rule.ts";

const anyone = ["0.0.0.0/0", "::/0"];
/** The one port at which strangers are welcome. */
const publicPort = 443;

const isOpen = (rule: unknown): boolean =>
  [
    at(rule, "cidrIpv4"),
    at(rule, "cidrIpv6"),
    ...listAt(rule, "cidrBlocks"),
    ...listAt(rule, "ipv6CidrBlocks"),
  ].some((cidr) => anyone.includes(String(cidr)));

const openFault = (rule: unknown): string | false =>
  isOpen(rule) &&
  (at(rule, "fromPort") !== publicPort || at(rule, "toPort") !== publicPort) &&
  `ports ${String(at(rule, "fromPort"))} to ${String(at(rule, "toPort"))} are open to the world: only ${publicPort} may be`;

/** Actions for which AWS knows no narrower resource than all. */
const withoutResource = new Set([
  "autoscaling:DescribeAutoScalingGroups",
  "autoscaling:DescribeAutoScalingInstances",
  "cloudwatch:PutMetricData",
  "cloudwatch:DescribeAlarms",
  "cloudwatch:GetMetricData",
  "ec2:DescribeInstances",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:DescribeTags",
  "ec2:DescribeVolumes",
  "ec2:DescribeVpcs",
  "ec2:DescribeDhcpOptions",
  "ec2:DescribeSecurityGroups",
  "ec2:DescribeNetworkAcls",
  "ec2:DescribeManagedPrefixLists",
  "ecr:GetAuthorizationToken",
  "logs:CreateLogDelivery",
  "logs:DescribeLogGroups",
  "logs:DescribeResourcePolicies",
  "logs:PutResourcePolicy",
  "pricing:GetProducts",
  "sts:GetCallerIdentity",
  "tag:GetResources",
  "xray:GetSamplingRules",
  "xray:GetSamplingStatisticSummaries",
  "xray:GetSamplingTargets",
  "xray:PutTelemetryRecords",
  "xray:PutTraceSegments",
]);

const policyTypes = [
  "aws:iam/policy:Policy",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/groupPolicy:GroupPolicy",
];

const bucketOf = (all: readonly Subject[], type: string, bucket: Subject) =>
  attached(all, type, "bucket", bucket);

export const exposureRules: readonly Rule[] = [
  across("bucket-private", "one public bucket is one leak [S2]", (all) =>
    ofType(all, "aws:s3/bucket:Bucket").flatMap((bucket) => {
      const blocks = bucketOf(
        all,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        bucket,
      );
      const isBlocked = blocks.some(({ props }) =>
        ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].every(
          (key) => props[key] === true,
        ),
      );
      return isBlocked ? [] : [[bucket, "public access is not blocked in all four ways"] as const];
    }),
  ),
  across("bucket-tls-only", "S3 also answers plain HTTP unless told not to [S10]", (all) =>
    ofType(all, "aws:s3/bucket:Bucket").flatMap((bucket) => {
      const policies = bucketOf(all, "aws:s3/bucketPolicy:BucketPolicy", bucket);
      const isRefused = policies.some(({ props }) =>
        statementsOf(props.policy).some(
          ({ effect, condition }) =>
            effect === "Deny" && String(at(condition, "Bool.aws:SecureTransport")) === "false",
        ),
      );
      return isRefused ? [] : [[bucket, "no bucket policy refuses requests without TLS"] as const];
    }),
  ),
  each(
    "no-open-ingress",
    "what the world can reach, the world attacks [EC23]",
    [
      "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
      "aws:ec2/securityGroupRule:SecurityGroupRule",
    ],
    (props) => [props.type !== "egress" && openFault(props)],
  ),
  each(
    "no-open-group",
    "as above, for rules written into the group [EC23]",
    ["aws:ec2/securityGroup:SecurityGroup"],
    (props) => listAt(props, "ingress").map(openFault),
  ),
  each(
    "no-public-address",
    "engines and services are reached through balancers only",
    ["aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance"],
    (props) => [
      (String(props.associatePublicIpAddress) === "true" ||
        listAt(props, "networkInterfaces").some(
          (one) => String(at(one, "associatePublicIpAddress")) === "true",
        )) &&
        "a public address is given: leave associatePublicIpAddress out or false",
    ],
  ),
  each(
    "no-public-subnet-addresses",
    "an instance in the wrong subnet would be public",
    ["aws:ec2/subnet:Subnet"],
    (props) => [props.mapPublicIpOnLaunch === true && "leave mapPublicIpOnLaunch out"],
  ),
  each(
    "database-private",
    "a database has no business on the internet [RDS]",
    ["aws:rds/clusterInstance:ClusterInstance", "aws:rds/instance:Instance"],
    (props) => [props.publiclyAccessible === true && "leave publiclyAccessible out or false"],
  ),
  each(
    "warehouse-private",
    "as above [RS]",
    ["aws:redshiftserverless/workgroup:Workgroup"],
    (props) => [props.publiclyAccessible === true && "leave publiclyAccessible out or false"],
  ),
  each(
    "function-not-public",
    "a function with AuthType NONE is an open door",
    ["aws:lambda/functionUrl:FunctionUrl"],
    (props) => [props.authorizationType === "NONE" && "set authorizationType to AWS_IAM"],
  ),
  each(
    "metadata-v2",
    "version 1 hands the role's keys to any request that is forwarded",
    ["aws:ec2/launchTemplate:LaunchTemplate"],
    (props) => [
      at(props, "metadataOptions.httpTokens") !== "required" &&
        "set metadataOptions.httpTokens to required",
      Number(at(props, "metadataOptions.httpPutResponseHopLimit") ?? 1) > 2 &&
        "set metadataOptions.httpPutResponseHopLimit to 1",
    ],
  ),
  each(
    "cdn-origin-private",
    "a bucket behind a CDN is read through it only [CFR7]",
    ["aws:cloudfront/distribution:Distribution"],
    (props) =>
      listAt(props, "origins").map(
        (origin) =>
          /\.s3[.-]/.test(String(at(origin, "domainName"))) &&
          !isGiven(at(origin, "originAccessControlId")) &&
          `origin ${String(at(origin, "originId"))} has no originAccessControlId`,
      ),
  ),
  each(
    "cdn-behind-firewall",
    "the edge is where floods are cheapest to stop [CFR2]",
    ["aws:cloudfront/distribution:Distribution"],
    (props) => [!isGiven(props.webAclId) && "set webAclId to the ARN of a web ACL"],
  ),
  across("no-firewall-on-nlb", "WAF looks into HTTP; it cannot sit on a network balancer", (all) =>
    ofType(all, "aws:wafv2/webAclAssociation:WebAclAssociation").flatMap((association) => {
      const arn = String(association.props.resourceArn ?? "");
      return arn.includes(":loadbalancer/net/")
        ? [
            [
              association,
              "the resource is a network load balancer: associate the ALB or the API",
            ] as const,
          ]
        : [];
    }),
  ),
  each(
    "no-wildcard-action",
    "a right that nobody needs is used by somebody [IAM5]",
    policyTypes,
    (props) =>
      statementsOf(props.policy)
        .filter(({ effect }) => effect === "Allow")
        .flatMap(({ actions }) => actions)
        .filter((action) => action.includes("*"))
        .map((action) => `${action} is a wildcard: name the actions`),
  ),
  each("no-wildcard-resource", "as above, for what it is used on [IAM5]", policyTypes, (props) =>
    statementsOf(props.policy)
      .filter(({ effect, resources }) => effect === "Allow" && resources.includes("*"))
      .filter(({ condition }) => !isGiven(condition))
      .flatMap(({ actions }) => actions.filter((action) => !withoutResource.has(action)))
      .map((action) => `${action} on every resource: name them, or narrow it by a Condition`),
  ),
  each(
    "role-for-somebody",
    "a role that anyone may take is no role",
    ["aws:iam/role:Role"],
    (props) =>
      statementsOf(props.assumeRolePolicy).map(
        ({ principal, effect, condition }) =>
          effect === "Allow" &&
          (principal === "*" || at(principal, "AWS") === "*") &&
          !isGiven(condition) &&
          "anyone may take this role: name the principal",
      ),
  ),
  each(
    "no-long-lived-keys",
    "a key without an end is lost one day",
    ["aws:iam/accessKey:AccessKey", "aws:iam/user:User"],
    () => ["users and access keys are not made here: use a role"],
  ),
  each(
    "api-validates",
    "a request that cannot be right goes no further [APIG2]",
    ["aws:apigateway/restApi:RestApi"],
    (props) => [
      typeof props.body === "string" &&
        !props.body.includes("x-amazon-apigateway-request-validator") &&
        "the body names no x-amazon-apigateway-request-validator",
    ],
  ),
  each(
    "pool-strong",
    "accounts hold money [COG1, COG2, COG8]",
    ["aws:cognito/userPool:UserPool"],
    (props) => [
      props.mfaConfiguration !== "ON" &&
        props.mfaConfiguration !== "OPTIONAL" &&
        "set mfaConfiguration",
      Number(at(props, "passwordPolicy.minimumLength") ?? 0) < 12 &&
        "set passwordPolicy.minimumLength to 12 or more",
      at(props, "userPoolAddOns.advancedSecurityMode") !== "ENFORCED" &&
        "set userPoolAddOns.advancedSecurityMode to ENFORCED",
    ],
  ),
  each(
    "container-not-privileged",
    "a container that is root on its host is the host",
    ["aws:ecs/taskDefinition:TaskDefinition"],
    (props) => {
      const text = String(props.containerDefinitions ?? "");
      return [/"privileged"\s*:\s*true/.test(text) && "a container is privileged"];
    },
  ),
];
