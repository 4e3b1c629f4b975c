import { assert } from "chai";
import { splitAbove } from "../../../infra/components/order-stream.ts";
import { build, type Registered, statements } from "./build.ts";

const shared = {
  region: "us-east-1",
  accountId: "111122223333",
  dataKeyArn: "arn:aws:kms:us-east-1:111122223333:key/data",
  alarmTopicArn: "arn:aws:sns:us-east-1:111122223333:alarms",
};

describe("OrderQueue", () => {
  let registered: Registered;
  before(async function () {
    this.timeout(20_000);
    registered = await build(async () => {
      const { OrderQueue } = await import("../../../infra/components/order-queue.ts");
      new OrderQueue("orders", { ...shared, depthMax: 1_000 });
    });
  });

  it("keeps order in both queues, and hands over what fails to the dead letters", () => {
    for (const name of ["orders", "orders-dead-letters"]) {
      const queue = registered.get("aws:sqs/queue:Queue", name);
      assert.isTrue(queue.fifoQueue);
      assert.match(String(queue.name), /\.fifo$/);
      assert.strictEqual(queue.kmsMasterKeyId, shared.dataKeyArn);
    }
    const redrive = registered.get("aws:sqs/queue:Queue", "orders").redrivePolicy;
    assert.match(JSON.parse(String(redrive)).deadLetterTargetArn, /orders-dead-letters$/);
  });

  it("refuses whoever comes without TLS", () => {
    for (const name of ["orders-policy", "orders-dead-letters-policy"]) {
      const [only] = statements(registered.get("aws:sqs/queuePolicy:QueuePolicy", name).policy);
      assert.strictEqual(only?.Effect, "Deny");
      assert.deepEqual(only?.Condition, { Bool: { "aws:SecureTransport": "false" } });
    }
  });

  it("wakes somebody for the first dead letter", () => {
    const alarm = registered.get("aws:cloudwatch/metricAlarm:MetricAlarm", "orders-dead");
    assert.strictEqual(alarm.threshold, 0);
    assert.deepEqual(alarm.alarmActions, [shared.alarmTopicArn]);
  });
});

describe("OrderStream", () => {
  let registered: Registered;
  before(async function () {
    this.timeout(20_000);
    const common = {
      ...shared,
      retentionHours: 168,
      recordsPerShardMax: 2_000,
      consumerNames: ["positions", "fraud"],
    };
    registered = await build(async () => {
      const { OrderStream } = await import("../../../infra/components/order-stream.ts");
      new OrderStream("scaling", { ...common, shards: "on-demand" });
      new OrderStream("fixed", { ...common, shards: 50 });
    });
  });

  const stream = (name: string) => registered.get("aws:kinesis/stream:Stream", name);

  it("lets AWS scale it, or keeps the number of shards that was asked for", () => {
    assert.deepEqual(stream("scaling").streamModeDetails, { streamMode: "ON_DEMAND" });
    assert.notProperty(stream("scaling"), "shardCount");
    assert.strictEqual(stream("fixed").shardCount, 50);
  });

  it("replays a week, encrypted with our own key", () => {
    assert.strictEqual(stream("scaling").retentionPeriod, 168);
    assert.strictEqual(stream("scaling").kmsKeyId, shared.dataKeyArn);
  });

  it("gives each consumer a lane of its own", () =>
    assert.deepEqual(
      registered
        .of("aws:kinesis/streamConsumer:StreamConsumer")
        .map(({ name }) => name)
        .sort(),
      ["fixed-fraud", "fixed-positions", "scaling-fraud", "scaling-positions"],
    ));

  it("asks for a split before a shard is at AWS's limit, whatever the seed's figure is", () => {
    assert.strictEqual(splitAbove(2_000), 800);
    assert.strictEqual(splitAbove(500), 500);
    const machine = registered.get("aws:sfn/stateMachine:StateMachine", "fixed-shards");
    const { States } = JSON.parse(String(machine.definition));
    assert.strictEqual(
      States.AreShardsFull.Choices[0].Condition,
      "{% $status = 'ACTIVE' and $records > $shards * 48000 and $shards < 200 %}",
    );
    assert.strictEqual(States.Split.Arguments.TargetShardCount, "{% $min([$shards * 2, 200]) %}");
    assert.isFalse(registered.has("aws:sfn/stateMachine:StateMachine", "scaling-shards"));
  });

  it("looks every minute, with the rights to count and to split and no others", () => {
    const look = registered.get("aws:scheduler/schedule:Schedule", "fixed-shards-look");
    assert.strictEqual(look.scheduleExpression, "rate(1 minute)");
    const [shards, metrics] = statements(
      registered.get("aws:iam/rolePolicy:RolePolicy", "fixed-shards-splitter-policy").policy,
    );
    assert.deepEqual(shards?.Action, ["kinesis:DescribeStreamSummary", "kinesis:UpdateShardCount"]);
    assert.match(String(shards?.Resource), /:fixed$/);
    assert.strictEqual(String(metrics?.Action), "cloudwatch:GetMetricData");
  });

  it("calls a person where shards were doubled twice and are full again", () => {
    const alarm = registered.get("aws:cloudwatch/metricAlarm:MetricAlarm", "fixed-full");
    assert.strictEqual(alarm.threshold, 200 * 800 * 60);
    assert.isFalse(registered.has("aws:cloudwatch/metricAlarm:MetricAlarm", "scaling-full"));
  });
});
