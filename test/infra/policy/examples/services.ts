// Good and bad examples of infra/policy/services.ts.

import type { Subject } from "../../../../infra/policy/rule.ts";
import { type Example, one, subject } from "./example.ts";

const secretArn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:journal-AbCdEf";
const taskArn = "arn:aws:ecs:us-east-1:111122223333:task-definition/gateway:1";
const roleArn = "arn:aws:iam::111122223333:role/gateway";
const groupArn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/entry/1";

const task = subject(
  "aws:ecs/taskDefinition:TaskDefinition",
  {
    arn: taskArn,
    executionRoleArn: roleArn,
    containerDefinitions: JSON.stringify([
      {
        name: "gateway",
        portMappings: [{ containerPort: 7080 }],
        secrets: [{ name: "JOURNAL_PASSWORD", valueFrom: `${secretArn}:password::` }],
      },
    ]),
  },
  { id: "gateway" },
);
const role = subject("aws:iam/role:Role", { arn: roleArn }, { id: "gateway-execution" });
const mayRead = (resource: string) =>
  subject("aws:iam/rolePolicy:RolePolicy", {
    role: "gateway-execution",
    policy: JSON.stringify({
      Statement: [
        { Effect: "Allow", Action: ["secretsmanager:GetSecretValue"], Resource: [resource] },
      ],
    }),
  });
const running = (props: Readonly<Record<string, unknown>> = {}) =>
  subject("aws:ecs/service:Service", {
    taskDefinition: taskArn,
    networkConfiguration: { securityGroups: ["sg-gateway"] },
    loadBalancers: [{ targetGroupArn: groupArn, containerPort: 7080 }],
    ...props,
  });
const journal = subject("aws:elasticache/replicationGroup:ReplicationGroup", {
  securityGroupIds: ["sg-journal"],
});
const door = (referencedSecurityGroupId: string): Subject =>
  subject("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {
    securityGroupId: "sg-journal",
    referencedSecurityGroupId,
  });
const targets = subject("aws:lb/targetGroup:TargetGroup", {
  arn: groupArn,
  targetType: "ip",
  port: 7080,
});
const elsewhere = secretArn.replace("us-east-1", "us-west-2");
const taskWith = (arn: string) => ({
  containerDefinitions: JSON.stringify([
    {
      logConfiguration: { options: { "awslogs-region": "us-east-1" } },
      secrets: [{ name: "PEER_JOURNAL_PASSWORD", valueFrom: `${arn}:password::` }],
    },
  ]),
});
const hostWith = (arn: string) => {
  const script = `#!/bin/bash\nexport AWS_DEFAULT_REGION=us-east-1\nPEER_JOURNAL_PASSWORD ${arn} password\n`;
  return { userData: Buffer.from(script).toString("base64") };
};
const podWith = (arn: string) => ({
  spec: { parameters: { region: "us-east-1", objects: JSON.stringify([{ objectName: arn }]) } },
});
const spot = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];

export const serviceExamples: readonly Example[] = [
  ...one(
    "no-secret-in-environment",
    "aws:ecs/taskDefinition:TaskDefinition",
    {
      containerDefinitions:
        '[{"environment":[{"name":"CASTLE_EXCHANGE","value":"[{}]"},{"name":"NODE_ENV","value":"x"}]}]',
    },
    {
      containerDefinitions:
        '[{"environment":[{"name":"CASTLE_EXCHANGE","value":"[{}]"},{"name":"DB_PASSWORD","value":"x"}]}]',
    },
    { containerDefinitions: '[{"environment":[{"name":"API_KEYS","value":"x"}]}]' },
  ),
  {
    rule: "secrets-readable",
    good: [task, role, mayRead(secretArn)],
    bad: [task, role, mayRead(secretArn.replace("journal", "other"))],
  },
  ...one(
    "secret-at-hand",
    "aws:ecs/taskDefinition:TaskDefinition",
    taskWith(secretArn),
    taskWith(elsewhere),
  ),
  ...one(
    "secret-at-hand",
    "aws:ec2/launchTemplate:LaunchTemplate",
    hostWith(secretArn),
    hostWith(elsewhere),
  ),
  ...one(
    "secret-at-hand",
    "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
    podWith(secretArn),
    podWith(elsewhere),
  ),
  {
    rule: "journal-lets-in",
    good: [task, running(), journal, door("sg-gateway")],
    bad: [task, running(), journal, door("sg-history")],
  },
  {
    rule: "targets-registered",
    good: [task, running(), targets],
    bad: [task, running({ loadBalancers: [] }), targets],
  },
  ...one(
    "single-on-demand",
    "aws:ecs/service:Service",
    { desiredCount: 1, capacityProviderStrategies: [{ capacityProvider: "FARGATE", weight: 1 }] },
    { capacityProviderStrategies: spot },
  ),
  ...one(
    "witness-on-demand",
    "aws:scheduler/schedule:Schedule",
    { target: { ecsParameters: { launchType: "FARGATE" } } },
    { target: { ecsParameters: { capacityProviderStrategies: spot } } },
  ),
];
