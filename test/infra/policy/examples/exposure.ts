// Good and bad examples of infra/policy/exposure.ts.

import { type Example, one, subject } from "./example.ts";

const bucket = subject("aws:s3/bucket:Bucket", {}, { id: "trades" });
const block = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock";
const blocked = {
  bucket: "trades",
  blockPublicAcls: true,
  blockPublicPolicy: true,
  ignorePublicAcls: true,
  restrictPublicBuckets: true,
};

const document = (statement: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

const tlsOnly = document({
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});
const object = "arn:aws:s3:::trades/reports/report.json";
const template = "aws:ec2/launchTemplate:LaunchTemplate";
const ingress = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const distribution = "aws:cloudfront/distribution:Distribution";
const network = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/entry/1";
const application = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/api/1";

export const exposureExamples: readonly Example[] = [
  {
    rule: "bucket-private",
    good: [bucket, subject(block, blocked)],
    bad: [bucket, subject(block, { ...blocked, restrictPublicBuckets: false })],
  },
  {
    rule: "bucket-tls-only",
    good: [
      bucket,
      subject("aws:s3/bucketPolicy:BucketPolicy", { bucket: "trades", policy: tlsOnly }),
    ],
    bad: [bucket],
  },
  ...one(
    "no-open-ingress",
    ingress,
    { cidrIpv4: "0.0.0.0/0", fromPort: 443, toPort: 443 },
    { fromPort: 22, toPort: 22 },
    { fromPort: 0, toPort: 65535 },
    { cidrIpv4: undefined, cidrIpv6: "::/0", fromPort: 6379, toPort: 6379 },
  ),
  ...one(
    "no-open-group",
    "aws:ec2/securityGroup:SecurityGroup",
    { ingress: [{ cidrBlocks: ["10.16.0.0/16"], fromPort: 6379, toPort: 6379 }] },
    { ingress: [{ cidrBlocks: ["0.0.0.0/0"], fromPort: 6379, toPort: 6379 }] },
  ),
  ...one(
    "no-public-address",
    template,
    { networkInterfaces: [{ associatePublicIpAddress: "false" }] },
    { networkInterfaces: [{ associatePublicIpAddress: "true" }] },
    { associatePublicIpAddress: true },
  ),
  ...one("no-public-subnet-addresses", "aws:ec2/subnet:Subnet", {}, { mapPublicIpOnLaunch: true }),
  ...one("database-private", "aws:rds/instance:Instance", {}, { publiclyAccessible: true }),
  ...one(
    "warehouse-private",
    "aws:redshiftserverless/workgroup:Workgroup",
    { publiclyAccessible: false },
    { publiclyAccessible: true },
  ),
  ...one(
    "function-not-public",
    "aws:lambda/functionUrl:FunctionUrl",
    { authorizationType: "AWS_IAM" },
    { authorizationType: "NONE" },
  ),
  ...one(
    "metadata-v2",
    template,
    { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 } },
    { metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 1 } },
    { metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 64 } },
  ),
  ...one(
    "cdn-origin-private",
    distribution,
    {
      origins: [
        { originId: "web", domainName: "web.s3.amazonaws.com", originAccessControlId: "E1" },
        { originId: "api", domainName: "api.castle.example" },
      ],
    },
    { origins: [{ originId: "web", domainName: "web.s3.us-east-1.amazonaws.com" }] },
  ),
  ...one(
    "cdn-behind-firewall",
    distribution,
    { webAclId: "arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/1" },
    { webAclId: undefined },
  ),
  ...one(
    "no-firewall-on-nlb",
    "aws:wafv2/webAclAssociation:WebAclAssociation",
    { resourceArn: application },
    { resourceArn: network },
  ),
  ...one(
    "no-wildcard-action",
    "aws:iam/rolePolicy:RolePolicy",
    { policy: document({ Action: ["s3:GetObject"], Resource: [object] }) },
    { policy: document({ Action: "s3:*", Resource: object }) },
    { policy: document({ Action: ["s3:GetObject", "*"], Resource: [object] }) },
  ),
  ...one(
    "no-wildcard-resource",
    "aws:iam/rolePolicy:RolePolicy",
    { policy: document({ Action: ["xray:PutTraceSegments"], Resource: "*" }) },
    { policy: document({ Action: ["s3:GetObject"], Resource: "*" }) },
    { policy: document({ Action: ["xray:PutTraceSegments", "kms:Decrypt"], Resource: ["*"] }) },
  ),
  ...one(
    "role-for-somebody",
    "aws:iam/role:Role",
    {
      assumeRolePolicy: document({
        Action: "sts:AssumeRole",
        Principal: { Service: "ec2.amazonaws.com" },
      }),
    },
    { assumeRolePolicy: document({ Action: "sts:AssumeRole", Principal: "*" }) },
    { assumeRolePolicy: document({ Action: "sts:AssumeRole", Principal: { AWS: "*" } }) },
  ),
  {
    rule: "no-long-lived-keys",
    good: [subject("aws:iam/role:Role", {})],
    bad: [subject("aws:iam/user:User", {})],
  },
  ...one(
    "api-validates",
    "aws:apigateway/restApi:RestApi",
    { body: '{"x-amazon-apigateway-request-validator":"all"}' },
    { body: "{}" },
  ),
  ...one(
    "pool-strong",
    "aws:cognito/userPool:UserPool",
    {
      mfaConfiguration: "ON",
      passwordPolicy: { minimumLength: 14 },
      userPoolAddOns: { advancedSecurityMode: "ENFORCED" },
    },
    { mfaConfiguration: "OFF" },
    { passwordPolicy: { minimumLength: 8 } },
    { userPoolAddOns: { advancedSecurityMode: "AUDIT" } },
  ),
  ...one(
    "container-not-privileged",
    "aws:ecs/taskDefinition:TaskDefinition",
    { containerDefinitions: '[{"environment":[{"name":"NODE_ENV","value":"production"}]}]' },
    { containerDefinitions: '[{"privileged":true}]' },
  ),
];
