// Services and tasks: that they are given what they need, where they need it, and nothing in plain sight.

import {
  across,
  at,
  attached,
  each,
  listAt,
  ofType,
  type Rule,
  type Subject,
  statementsOf,
} from "./rule.ts";

const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";
const service = "aws:ecs/service:Service";

/** Of a task definition; none while its text is not known. */
function containersOf({ props }: Subject): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(String(props.containerDefinitions ?? "[]"));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

const secretsOf = (task: Subject): readonly unknown[] =>
  containersOf(task).flatMap((container) => listAt(container, "secrets"));

const servicesWith = (all: readonly Subject[], task: Subject): readonly Subject[] =>
  attached(all, service, "taskDefinition", task);

/** A reference may name a field, a stage and a version behind the secret's own seven parts. */
const namedBy = (reference: unknown): string =>
  String(at(reference, "valueFrom") ?? "")
    .split(":")
    .slice(0, 7)
    .join(":");

function unreadable(all: readonly Subject[], task: Subject): readonly string[] {
  const role = ofType(all, "aws:iam/role:Role").find(
    ({ props }) => props.arn === task.props.executionRoleArn,
  );
  if (role === undefined) return [];
  const allowed = attached(all, "aws:iam/rolePolicy:RolePolicy", "role", role)
    .flatMap(({ props }) => statementsOf(props.policy))
    .filter(({ actions }) =>
      actions.some((one) => ["secretsmanager:GetSecretValue", "ssm:GetParameters"].includes(one)),
    )
    .flatMap(({ resources }) => resources);
  return secretsOf(task)
    .filter((secret) => !allowed.includes(namedBy(secret)))
    .map((secret) => String(at(secret, "name")));
}

/** Of the secrets named in a text. */
const secretRegionsIn = (text: string): ReadonlySet<string> =>
  new Set(
    [...text.matchAll(/arn:aws:secretsmanager:([a-z0-9-]+):/g)].map(([, region = ""]) => region),
  );

/** The region that a node is told, and the text that names its secrets; nothing while either is unknown. */
const placesOf: Readonly<
  Record<string, (one: Subject) => readonly [region: unknown, text: string]>
> = {
  [taskDefinition]: (task) => [
    at(containersOf(task)[0], "logConfiguration.options.awslogs-region"),
    String(task.props.containerDefinitions),
  ],
  "aws:ec2/launchTemplate:LaunchTemplate": ({ props }) => {
    const script = Buffer.from(String(props.userData ?? ""), "base64").toString();
    return [/^export AWS_DEFAULT_REGION=(\S+)$/m.exec(script)?.[1], script];
  },
  "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass": ({ props }) => [
    at(props, "spec.parameters.region"),
    String(at(props, "spec.parameters.objects")),
  ],
};

const groupsOf = (one: Subject): readonly unknown[] =>
  listAt(one.props, "networkConfiguration.securityGroups");

const journalGroups = (all: readonly Subject[]): readonly unknown[] =>
  ofType(
    all,
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:memorydb/cluster:Cluster",
  ).flatMap(({ props }) => listAt(props, "securityGroupIds"));

/** The variable that stands in the journal's URL (exchange-config.ts). */
const readsJournal = (task: Subject): boolean =>
  secretsOf(task).some((secret) => at(secret, "name") === "JOURNAL_PASSWORD");

const letsIn = (all: readonly Subject[], doors: readonly unknown[], who: readonly unknown[]) =>
  ofType(all, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").some(
    ({ props }) =>
      doors.includes(props.securityGroupId) && who.includes(props.referencedSecurityGroupId),
  );

const isOnSpot = (strategies: readonly unknown[]): boolean =>
  strategies.some(
    (one) =>
      at(one, "capacityProvider") === "FARGATE_SPOT" &&
      Number(at(one, "weight") ?? 0) + Number(at(one, "base") ?? 0) > 0,
  );

export const serviceRules: readonly Rule[] = [
  each(
    "no-secret-in-environment",
    "what stands in the environment stands in the state, the console and every log of it",
    [taskDefinition],
    (_props, task) =>
      containersOf(task)
        .flatMap((container) => listAt(container, "environment"))
        .map((entry) => String(at(entry, "name")))
        .filter((name) => /PASSWORD|SECRET|TOKEN|PRIVATE_KEY|API_KEYS/.test(name))
        .map((name) => `${name} is in the environment: use secrets, from Secrets Manager`),
  ),
  across("secrets-readable", "a task that may not read what it names never starts", (all) =>
    ofType(all, taskDefinition).flatMap((task) =>
      unreadable(all, task).map(
        (name) => [task, `its execution role may not read the secret of ${name}`] as const,
      ),
    ),
  ),
  each(
    "secret-at-hand",
    "Secrets Manager answers for its own region only, and a node that waits for the other one's falls with it",
    Object.keys(placesOf),
    (_props, subject) => {
      const [region, text] = placesOf[subject.type]?.(subject) ?? [undefined, ""];
      return region === undefined
        ? []
        : [...secretRegionsIn(text)]
            .filter((other) => other !== region)
            .map((other) => `it reads a secret of ${other} from ${region}: name the replica there`);
    },
  ),
  across("journal-lets-in", "who cannot reach the journal follows nothing", (all) => {
    const doors = journalGroups(all);
    if (doors.length === 0) return [];
    return ofType(all, taskDefinition)
      .filter(readsJournal)
      .flatMap((task) => servicesWith(all, task))
      .filter((one) => groupsOf(one).length > 0 && !letsIn(all, doors, groupsOf(one)))
      .map((one) => [one, "no rule of the journal's group lets its tasks in"] as const);
  }),
  across("targets-registered", "a balancer without targets answers nobody", (all) => {
    const listening = (port: unknown) =>
      ofType(all, taskDefinition)
        .filter((task) =>
          containersOf(task)
            .flatMap((container) => listAt(container, "portMappings"))
            .some((mapping) => at(mapping, "containerPort") === port),
        )
        .flatMap((task) => servicesWith(all, task));
    const isRegistered = (group: Subject) =>
      ofType(all, service).some(({ props }) =>
        listAt(props, "loadBalancers").some((one) => at(one, "targetGroupArn") === group.props.arn),
      );
    return ofType(all, "aws:lb/targetGroup:TargetGroup")
      .filter(({ props }) => props.targetType === "ip" && listening(props.port).length > 0)
      .filter((group) => !isRegistered(group))
      .map((group) => [group, `no service on port ${group.props.port} registers with it`] as const);
  }),
  each(
    "single-on-demand",
    "a service of one task on Spot is gone for as long as the price likes",
    [service],
    (props) => [
      props.desiredCount === 1 &&
        isOnSpot(listAt(props, "capacityProviderStrategies")) &&
        "its only task is on Spot: take FARGATE alone",
    ],
  ),
  each(
    "witness-on-demand",
    "a witness that is taken away in the middle has seen nothing",
    ["aws:scheduler/schedule:Schedule"],
    (props) => [
      isOnSpot(listAt(props, "target.ecsParameters.capacityProviderStrategies")) &&
        "its task is on Spot: take launchType FARGATE",
    ],
  ),
];
