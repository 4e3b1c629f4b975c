// The task of a Fargate service: its containers, the two roles (what ECS may do to start it, what its code
// may do), its log group. Read-only disk, no Linux capability, secrets by name from Secrets Manager.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { arnParts, repositoryArn } from "./arn.ts";
import { keyUse, type Statement, serviceRole } from "./trust.ts";

/** A container beside the service's own, such as a collector of traces and metrics. */
export interface Sidecar {
  readonly name: string;
  readonly image: pulumi.Input<string>;
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
  readonly command?: readonly string[];
}

export interface TaskArgs {
  readonly image: pulumi.Input<string>;
  readonly size: { readonly cpu: number; readonly memoryMiB: number };
  readonly architecture: "X86_64" | "ARM64";
  /** Where it listens; the first is the one that balancers and other services use. */
  readonly ports?: readonly number[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Variable to secret ARN, with `:key::` behind it for one field of it. */
  readonly secrets?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Variable to the ARN of a parameter of Systems Manager, encrypted with the same key. */
  readonly parameters?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Run in the container; exit 0 is healthy. */
  readonly healthCommand?: readonly string[];
  /** Folders that may be written. The image must declare them as VOLUME, owned by its user. */
  readonly writablePaths?: readonly string[];
  /** What its code may do. */
  readonly statements?: readonly Statement[];
  readonly sidecars?: readonly Sidecar[];
  /** SIGTERM to SIGKILL. Spot gives two minutes' notice, Fargate allows as much. */
  readonly stopTimeoutSeconds?: number;
  /** The cluster's ARN tells region and account. */
  readonly clusterArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

export interface TaskDefinition {
  readonly arn: pulumi.Output<string>;
  readonly executionRoleArn: pulumi.Output<string>;
  readonly taskRoleArn: pulumi.Output<string>;
  readonly logGroupName: pulumi.Output<string>;
}

export function defineTask(name: string, args: TaskArgs, parent: pulumi.Resource): TaskDefinition {
  const logGroup = new aws.cloudwatch.LogGroup(
    `${name}-logs`,
    { retentionInDays: args.logRetentionDays, kmsKeyId: args.logKeyArn },
    { parent },
  );
  const executionRole = roleOf(
    `${name}-execution`,
    args,
    executionStatements(args, logGroup),
    parent,
  );
  const taskRole = roleOf(`${name}-task`, args, args.statements ?? [], parent);
  const definition = new aws.ecs.TaskDefinition(
    `${name}-definition`,
    {
      family: name,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: String(args.size.cpu),
      memory: String(args.size.memoryMiB),
      runtimePlatform: { cpuArchitecture: args.architecture, operatingSystemFamily: "LINUX" },
      executionRoleArn: executionRole.arn,
      taskRoleArn: taskRole.arn,
      // Lets experiments slow or cut a task's network, and kill its process.
      enableFaultInjection: true,
      pidMode: "task",
      volumes: (args.writablePaths ?? []).map((path) => ({ name: volumeName(path) })),
      containerDefinitions: pulumi.jsonStringify(containersOf(name, args, logGroup.name)),
    },
    { parent },
  );
  return {
    arn: definition.arn,
    executionRoleArn: executionRole.arn,
    taskRoleArn: taskRole.arn,
    logGroupName: logGroup.name,
  };
}

/** A role without rights is a role still: ECS hands out its name, and nothing it may do. */
const roleOf = (
  name: string,
  args: TaskArgs,
  statements: readonly Statement[],
  parent: pulumi.Resource,
): aws.iam.Role =>
  serviceRole(
    name,
    {
      service: "ecs-tasks.amazonaws.com",
      sourceAccount: placeOf(args).account,
      statements,
    },
    { parent },
  );

/** Region and account, as the cluster's ARN tells them. */
const placeOf = ({ clusterArn }: TaskArgs) => pulumi.output(clusterArn).apply(arnParts);

const volumeName = (path: string): string => path.replaceAll("/", "-").replace(/^-/, "");

function executionStatements(args: TaskArgs, logGroup: aws.cloudwatch.LogGroup): Statement[] {
  const images = [args.image, ...(args.sidecars ?? []).map(({ image }) => image)];
  const statements: Statement[] = [
    {
      Sid: "LogIn",
      Effect: "Allow",
      Action: ["ecr:GetAuthorizationToken"],
      // Has no resource: it logs in to all registries of the account, and reads from none.
      Resource: ["*"],
    },
    {
      Sid: "PullImages",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
      ],
      Resource: images.map((image) => repositoryOr(args, image)),
    },
    {
      Sid: "WriteLogs",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [pulumi.interpolate`${logGroup.arn}:*`],
    },
  ];
  const secrets = Object.values(args.secrets ?? {});
  const parameters = Object.values(args.parameters ?? {});
  if (secrets.length > 0) {
    statements.push(
      {
        Sid: "ReadSecrets",
        Effect: "Allow",
        Action: ["secretsmanager:GetSecretValue"],
        Resource: secrets.map((arn) => pulumi.output(arn).apply(secretArn)),
      },
      { ...decrypt(args, "secretsmanager"), Sid: "DecryptSecrets" },
    );
  }
  if (parameters.length > 0) {
    statements.push(
      {
        Sid: "ReadParameters",
        Effect: "Allow",
        Action: ["ssm:GetParameters"],
        Resource: parameters,
      },
      { ...decrypt(args, "ssm"), Sid: "DecryptParameters" },
    );
  }
  return statements;
}

const decrypt = (args: TaskArgs, service: string): Statement =>
  keyUse(args.dataKeyArn, service, placeOf(args).region, ["kms:Decrypt"]);

/** An image from elsewhere needs no right; a statement needs a resource: one that cannot exist. */
const repositoryOr = (args: TaskArgs, image: pulumi.Input<string>) =>
  pulumi
    .all([image, placeOf(args)])
    .apply(
      ([name, { region, account }]) =>
        repositoryArn(name) ?? `arn:aws:ecr:${region}:${account}:repository/none`,
    );

/** The secret itself, without the field that a reference may name behind it. */
const secretArn = (reference: string): string => reference.split(":").slice(0, 7).join(":");

function containersOf(name: string, args: TaskArgs, logGroup: pulumi.Input<string>) {
  const { region } = placeOf(args);
  const logsOf = (stream: string) => ({
    logDriver: "awslogs",
    options: {
      "awslogs-group": logGroup,
      "awslogs-region": region,
      "awslogs-stream-prefix": stream,
      // A slow log service must not stop an order: lines are dropped instead.
      mode: "non-blocking",
      "max-buffer-size": "25m",
    },
  });
  const locked = {
    readonlyRootFilesystem: true,
    linuxParameters: { initProcessEnabled: true, capabilities: { drop: ["ALL"] } },
  };
  const [port, ...morePorts] = args.ports ?? [];
  return [
    {
      name,
      image: args.image,
      essential: true,
      ...locked,
      stopTimeout: args.stopTimeoutSeconds ?? 60,
      ...(args.command === undefined ? {} : { command: args.command }),
      portMappings: [
        ...(port === undefined ? [] : [{ name, containerPort: port, protocol: "tcp" }]),
        ...morePorts.map((one) => ({ containerPort: one, protocol: "tcp" })),
      ],
      environment: pairs(args.environment ?? {}),
      secrets: Object.entries({ ...args.secrets, ...args.parameters }).map(
        ([variable, valueFrom]) => ({ name: variable, valueFrom }),
      ),
      mountPoints: (args.writablePaths ?? []).map((path) => ({
        sourceVolume: volumeName(path),
        containerPath: path,
        readOnly: false,
      })),
      ...(args.healthCommand === undefined
        ? {}
        : {
            healthCheck: {
              command: ["CMD", ...args.healthCommand],
              interval: 5,
              timeout: 4,
              retries: 2,
              startPeriod: 30,
            },
          }),
      ulimits: [{ name: "nofile", softLimit: 65_535, hardLimit: 65_535 }],
      logConfiguration: logsOf(name),
    },
    ...(args.sidecars ?? []).map((sidecar) => ({
      name: sidecar.name,
      image: sidecar.image,
      // Telemetry that fails must not take the service with it.
      essential: false,
      ...locked,
      ...(sidecar.command === undefined ? {} : { command: sidecar.command }),
      environment: pairs(sidecar.environment ?? {}),
      logConfiguration: logsOf(sidecar.name),
    })),
  ];
}

const pairs = (values: Readonly<Record<string, pulumi.Input<string>>>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));
