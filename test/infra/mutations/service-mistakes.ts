// Mistakes in what a region's services register.

import { type ResourceMistake, without } from "./mistake.ts";

const service = "aws:ecs/service:Service";
const task = "aws:ecs/taskDefinition:TaskDefinition";
const rolePolicy = "aws:iam/rolePolicy:RolePolicy";

type Container = Readonly<Record<string, unknown>> & { readonly environment: readonly object[] };

/** Changes the first container of a task definition. */
const container =
  (change: (one: Container) => object) => (inputs: Readonly<Record<string, unknown>>) => {
    const [first, ...others] = JSON.parse(String(inputs.containerDefinitions)) as [Container];
    return { ...inputs, containerDefinitions: JSON.stringify([change(first), ...others]) };
  };

/** Takes the statements of this name out of a policy. */
const withoutStatement = (sid: string) => (inputs: Readonly<Record<string, unknown>>) => {
  const { Statement, ...rest } = JSON.parse(String(inputs.policy)) as {
    Statement: readonly { readonly Sid?: string }[];
  };
  const left = Statement.filter(({ Sid }) => Sid !== sid);
  return { ...inputs, policy: JSON.stringify({ ...rest, Statement: left }) };
};

const onSpot = [{ capacityProvider: "FARGATE_SPOT", weight: 1 }];

export const serviceMistakes: readonly ResourceMistake[] = [
  {
    mistake: "a gateway that the journal does not let in",
    stack: "prod",
    type: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    nameEnd: "journal-from-gateway",
    caughtBy: "policy",
    says: /gateway-service: .*\(journal-lets-in\)/,
    isForgotten: true,
  },
  {
    mistake: "a gateway that may not read its secrets",
    stack: "prod",
    type: rolePolicy,
    nameEnd: "gateway-execution-policy",
    caughtBy: "policy",
    says: /JOURNAL_PASSWORD \(secrets-readable\)/,
    inputs: withoutStatement("ReadSecrets"),
  },
  {
    mistake: "gateways that no balancer knows",
    stack: "prod",
    type: service,
    nameEnd: "gateway-service",
    caughtBy: "policy",
    says: /entry-tg: .*7080.*\(targets-registered\)/,
    inputs: without("loadBalancers"),
  },
  {
    mistake: "a password in the environment of the history",
    stack: "prod",
    type: task,
    nameEnd: "history-definition",
    caughtBy: "policy",
    says: /DATABASE_PASSWORD .*\(no-secret-in-environment\)/,
    inputs: container((one) => ({
      ...one,
      environment: [...one.environment, { name: "DATABASE_PASSWORD", value: "castle" }],
    })),
  },
  {
    mistake: "a container with all rights on its host",
    stack: "prod",
    type: task,
    nameEnd: "gateway-definition",
    caughtBy: "policy",
    says: /container-not-privileged/,
    inputs: container((one) => ({ ...one, privileged: true })),
  },
  {
    mistake: "the probe on Spot",
    stack: "prod",
    type: "aws:scheduler/schedule:Schedule",
    nameEnd: "experiments-probe-a",
    caughtBy: "policy",
    says: /witness-on-demand/,
    inputs: (inputs) => {
      const target = inputs.target as { readonly ecsParameters: object };
      const ecsParameters = { ...target.ecsParameters, capacityProviderStrategies: onSpot };
      return { ...inputs, target: { ...target, ecsParameters } };
    },
  },
  {
    mistake: "the history on Spot",
    stack: "dr",
    type: service,
    nameEnd: "history-service",
    caughtBy: "policy",
    says: /single-on-demand/,
    inputs: (inputs) => ({ ...inputs, capacityProviderStrategies: onSpot }),
  },
  {
    mistake: "gateways in two zones",
    stack: "prod",
    type: service,
    nameEnd: "gateway-service",
    caughtBy: "policy",
    says: /service-three-zones/,
    inputs: (inputs) => {
      const network = inputs.networkConfiguration as { readonly subnets: readonly string[] };
      const subnets = network.subnets.slice(0, 2);
      return { ...inputs, networkConfiguration: { ...network, subnets } };
    },
  },
  {
    mistake: "an update that undoes what autoscaling has added",
    stack: "prod",
    type: service,
    nameEnd: "gateway-service",
    caughtBy: "policy",
    says: /autoscaling-stays/,
    options: { ignoreChanges: [] },
  },
  {
    mistake: "a name without its address records",
    stack: "prod",
    type: "aws:servicediscovery/service:Service",
    nameEnd: "gateway-registry",
    caughtBy: "schema",
    says: /dnsRecords/,
    inputs: (inputs) => ({
      ...inputs,
      dnsConfig: without("dnsRecords")(inputs.dnsConfig as Readonly<Record<string, unknown>>),
    }),
  },
];
