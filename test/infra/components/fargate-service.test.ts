import { assert } from "chai";
import fc from "fast-check";
import {
  capacityOf,
  capacityShares,
  scaleInBelow,
} from "../../../infra/components/service-capacity.ts";
import { build, type Registered, statements } from "./build.ts";

describe("ServiceCapacity", () => {
  const table: readonly [
    need: number,
    sparePercent: number,
    tasks: number,
    afterZoneLoss: number,
    why: string,
  ][] = [
    [3, 40, 6, 4, "a task in each zone, and more than the need without one of them"],
    [10, 40, 15, 10, "rounding up to whole zones leaves just the need"],
    [15, 40, 21, 14, "40 % alone does not cover a third: one task is missing for a minute"],
    [15, 50, 24, 16, "50 % does"],
    [3, 0, 3, 2, "no spare: the loss of a zone is felt"],
  ];
  for (const [need, spare, tasks, left, why] of table) {
    it(`runs ${tasks} tasks for a need of ${need} with ${spare} % spare: ${why}`, () => {
      const capacity = capacityOf({ countMin: need, countMax: 1 }, spare, 3);
      assert.deepEqual(capacity, { tasksMin: tasks, tasksMax: tasks, tasksAfterZoneLoss: left });
    });
  }

  it("leaves the whole need after the loss of any zone where the spare is its share or more", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 0, max: 100 }),
        (need, zones, more) => {
          const spare = Math.ceil(100 / (zones - 1)) + more;
          const capacity = capacityOf({ countMin: need, countMax: need }, spare, zones);
          assert.isAtLeast(capacity.tasksAfterZoneLoss, need);
          assert.strictEqual(capacity.tasksMin % zones, 0);
        },
      ),
    );
  });

  it("keeps the need on demand and splits what comes on top by share", () => {
    assert.deepEqual(capacityShares(3, 50), [
      { capacityProvider: "FARGATE", base: 3, weight: 1 },
      { capacityProvider: "FARGATE_SPOT", weight: 1 },
    ]);
    assert.deepEqual(capacityShares(3, 80), [
      { capacityProvider: "FARGATE", base: 3, weight: 1 },
      { capacityProvider: "FARGATE_SPOT", weight: 4 },
    ]);
    assert.deepEqual(capacityShares(3, 0), [{ capacityProvider: "FARGATE", base: 3, weight: 1 }]);
    assert.strictEqual(capacityShares(3, 100)[0]?.weight, 0);
  });

  it("takes a task away only where those that stay are not at once over the threshold", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 100 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 4, max: 100 }),
        (threshold, spare, tasks) => {
          const after = (scaleInBelow(threshold, spare) * tasks) / (tasks - 1);
          assert.isBelow(after, threshold);
        },
      ),
    );
  });
});

describe("FargateService", () => {
  const arn = (service: string, name: string) =>
    `arn:aws:${service}:us-east-1:111122223333:${name}`;
  let registered: Registered;

  before(async function () {
    this.timeout(20_000);
    registered = await build(async () => {
      const { ServiceCluster } = await import("../../../infra/components/service-cluster.ts");
      const { FargateService } = await import("../../../infra/components/fargate-service.ts");
      const { connectionsPerTask, cpuAbove } = await import(
        "../../../infra/components/service-scaling.ts"
      );
      const cluster = new ServiceCluster("services", {
        dataKeyArn: arn("kms", "key/data"),
        vpcId: "vpc-1",
        namespace: "prod.castle.internal",
      });
      const common = {
        clusterArn: cluster.clusterArn,
        clusterName: cluster.clusterName,
        namespaceId: cluster.namespaceId,
        vpcId: "vpc-1",
        subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
        architecture: "ARM64",
        dataKeyArn: arn("kms", "key/data"),
        logKeyArn: arn("kms", "key/log"),
        logRetentionDays: 90,
        alarmTopicArn: arn("sns", "alarms"),
      } as const;
      new FargateService("history", {
        ...common,
        image: "public.ecr.aws/castle/history:1.0.0",
        size: { cpu: 1024, memoryMiB: 2048, countMin: 3, countMax: 30 },
        spareCapacityPercent: 40,
        spotSharePercent: 50,
        isSingle: true,
        scaling: [],
        parameters: { SETTINGS: arn("ssm", "parameter/settings") },
      });
      new FargateService("order-processor", {
        ...common,
        image: "111122223333.dkr.ecr.us-east-1.amazonaws.com/order-processor:1.0.0",
        size: { cpu: 1024, memoryMiB: 2048, countMin: 3, countMax: 30 },
        spareCapacityPercent: 40,
        spotSharePercent: 50,
        scaling: [
          cpuAbove(60),
          connectionsPerTask(5_000, { kind: "network", arnSuffix: "net/x/1" }),
        ],
        ports: [8080],
        secrets: { API_KEYS: `${arn("secretsmanager", "secret:keys-AbCdEf")}:keys::` },
        writablePaths: ["/var/lib/castle"],
        statements: [
          {
            Sid: "ReadOrders",
            Effect: "Allow",
            Action: ["kinesis:GetRecords"],
            Resource: [arn("kinesis", "s")],
          },
        ],
        clients: [{ name: "balancer", port: 8080, securityGroupId: "sg-balancer" }],
        targetGroups: [{ arn: arn("elasticloadbalancing", "targetgroup/x"), port: 8080 }],
      });
    });
  });

  const service = () => registered.get("aws:ecs/service:Service", "order-processor-service");
  const task = () =>
    registered.get("aws:ecs/taskDefinition:TaskDefinition", "order-processor-definition");

  it("starts with the spare of three zones and lets autoscaling go up to the most", () => {
    assert.strictEqual(service().desiredCount, 6);
    const target = registered.get("aws:appautoscaling/target:Target", "order-processor-scaling");
    assert.strictEqual(target.minCapacity, 6);
    assert.strictEqual(target.maxCapacity, 30);
    assert.strictEqual(target.resourceId, "service/services-cluster/order-processor-service");
  });

  it("grows when CPU was above 60 % in two minutes, by a task in each zone", () => {
    const alarm = registered.get(
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      "order-processor-cpu-high",
    );
    assert.strictEqual(alarm.threshold, 60);
    assert.strictEqual(Number(alarm.period) * Number(alarm.evaluationPeriods), 120);
    const policy = registered.get("aws:appautoscaling/policy:Policy", "order-processor-cpu-out");
    assert.nestedPropertyVal(policy, "stepScalingPolicyConfiguration.minAdjustmentMagnitude", 3);
    assert.deepEqual(alarm.alarmActions, [
      "arn:aws:appautoscaling:us-east-1:111122223333:order-processor-cpu-out",
    ]);
  });

  it("counts connections for each running task", () => {
    const policy = registered.get(
      "aws:appautoscaling/policy:Policy",
      "order-processor-connections",
    );
    const path = "targetTrackingScalingPolicyConfiguration.customizedMetricSpecification.metrics";
    assert.nestedPropertyVal(policy, `${path}[2].expression`, "total / tasks");
    assert.nestedPropertyVal(
      policy,
      `${path}[1].metricStat.metric.dimensions[1].value`,
      "order-processor-service",
    );
  });

  it("locks its containers, and keeps secrets out of the environment", () => {
    const [container] = JSON.parse(String(task().containerDefinitions));
    assert.isTrue(container.readonlyRootFilesystem);
    assert.deepEqual(container.linuxParameters.capabilities, { drop: ["ALL"] });
    assert.deepEqual(container.environment, []);
    assert.strictEqual(container.secrets[0].name, "API_KEYS");
    assert.strictEqual(container.logConfiguration.options["awslogs-region"], "us-east-1");
    assert.isTrue(task().enableFaultInjection);
  });

  it("may start with its own image, secret and log group, and nothing else", () => {
    const policy = registered.get(
      "aws:iam/rolePolicy:RolePolicy",
      "order-processor-execution-policy",
    );
    const byName = new Map(statements(policy.policy).map((one) => [one.Sid, one]));
    assert.deepEqual(byName.get("PullImages")?.Resource, [
      "arn:aws:ecr:us-east-1:111122223333:repository/order-processor",
    ]);
    assert.deepEqual(byName.get("ReadSecrets")?.Resource, [
      "arn:aws:secretsmanager:us-east-1:111122223333:secret:keys-AbCdEf",
    ]);
    assert.deepEqual(byName.get("DecryptSecrets")?.Condition, {
      StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" },
    });
    const open = [...byName.values()].filter(({ Resource }) => Resource.includes("*"));
    assert.deepEqual(
      open.flatMap(({ Action }) => Action),
      ["ecr:GetAuthorizationToken"],
    );
  });

  it("may do in its code what its workload says", () => {
    const policy = registered.get("aws:iam/rolePolicy:RolePolicy", "order-processor-task-policy");
    assert.deepEqual(
      statements(policy.policy).map(({ Action }) => Action),
      [["kinesis:GetRecords"]],
    );
    const role = registered.get("aws:iam/role:Role", "order-processor-task");
    assert.nestedPropertyVal(
      statements(role.assumeRolePolicy)[0],
      "Condition.StringEquals.aws:SourceAccount",
      "111122223333",
    );
  });

  it("rolls a bad image back, and returns to a zone that came back", () => {
    assert.deepEqual(service().deploymentCircuitBreaker, { enable: true, rollback: true });
    assert.strictEqual(service().availabilityZoneRebalancing, "ENABLED");
    assert.lengthOf(Object(service().networkConfiguration).subnets, 3);
    assert.isFalse(Object(service().networkConfiguration).assignPublicIp);
  });

  it("is found under its name, an address for each task", () => {
    const registry = registered.get(
      "aws:servicediscovery/service:Service",
      "order-processor-registry",
    );
    assert.strictEqual(registry.name, "order-processor");
    assert.deepInclude(registry.dnsConfig, { dnsRecords: [{ type: "A", ttl: 10 }] });
    const namespace = registered.get(
      "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
      "services-namespace",
    );
    assert.deepInclude(namespace, { name: "prod.castle.internal", vpc: "vpc-1" });
    assert.nestedPropertyVal(
      service(),
      "serviceRegistries.registryArn",
      "arn:aws:servicediscovery:us-east-1:111122223333:order-processor-registry",
    );
  });

  it("runs one task where a second would do harm: on demand, and never two at a time", () => {
    const history = registered.get("aws:ecs/service:Service", "history-service");
    assert.deepInclude(history, {
      desiredCount: 1,
      capacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 1 }],
      deploymentMinimumHealthyPercent: 0,
      deploymentMaximumPercent: 100,
      availabilityZoneRebalancing: "DISABLED",
    });
    assert.isFalse(registered.has("aws:appautoscaling/target:Target", "history-scaling"));
    const alarm = registered.get("aws:cloudwatch/metricAlarm:MetricAlarm", "history-tasks-missing");
    assert.strictEqual(alarm.threshold, 1);
  });

  it("may read its parameters, by the service that keeps them", () => {
    const policy = registered.get("aws:iam/rolePolicy:RolePolicy", "history-execution-policy");
    const byName = new Map(statements(policy.policy).map((one) => [one.Sid, one]));
    assert.deepInclude(byName.get("ReadParameters"), {
      Action: ["ssm:GetParameters"],
      Resource: ["arn:aws:ssm:us-east-1:111122223333:parameter/settings"],
    });
    assert.deepEqual(byName.get("DecryptParameters")?.Condition, {
      StringEquals: { "kms:ViaService": "ssm.us-east-1.amazonaws.com" },
    });
    assert.isFalse(byName.has("ReadSecrets"));
  });

  it("raises an alarm when fewer tasks run than the load needs, or none tells", () => {
    const alarm = registered.get(
      "aws:cloudwatch/metricAlarm:MetricAlarm",
      "order-processor-tasks-missing",
    );
    assert.strictEqual(alarm.threshold, 3);
    assert.strictEqual(alarm.treatMissingData, "breaching");
    assert.deepEqual(alarm.alarmActions, ["arn:aws:sns:us-east-1:111122223333:alarms"]);
  });
});
