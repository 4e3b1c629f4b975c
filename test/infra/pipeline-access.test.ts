// What a workload is given of the pipeline follows from what it says it produces and consumes.

import { assert } from "chai";
import { accessOf, type Pipeline } from "../../infra/pipeline-access.ts";
import type { Workload } from "../../infra/workloads.ts";
import { alone } from "./components/alone.ts";
import { care, subnetIds } from "./components/kafka-facts.ts";

const { OrderTopics } = await import("../../infra/components/order-topics.ts");
const { OrderQueue } = await import("../../infra/components/order-queue.ts");
const { OrderStream } = await import("../../infra/components/order-stream.ts");
const { ofLanes } = await import("../../infra/pipeline-access.ts");

type Named = Pick<Workload, "name" | "produces" | "consumes" | "growth">;

const processor: Named = {
  name: "order-processor",
  produces: ["validated-orders"],
  consumes: ["order-requests"],
  growth: { by: "lag", topic: "order-requests", messages: 1_000 },
};
const reader: Named = {
  ...processor,
  produces: [],
  consumes: ["pipeline"],
  growth: { by: "nothing" },
};
const stranger: Named = { ...reader, name: "users", consumes: [] };
const region = { region: "us-east-1", accountId: "111122223333" };

describe("accessOf", function () {
  this.timeout(30_000);

  it("gives nothing to who neither produces nor consumes", () => {
    const none: Pipeline = {
      kind: "direct",
      producer: { statements: [], environment: {}, scaling: [] },
      consumer: { statements: [], environment: {}, scaling: [] },
    };
    assert.deepEqual(accessOf(none, stranger), { statements: [], environment: {}, scaling: [] });
  });

  it("gives topics by name, a group of one's own, and growth by what waits", async () => {
    const { component: topics } = await alone(
      () =>
        new OrderTopics("orders", {
          ...care,
          config: {
            instanceType: "kafka.m7g.large",
            brokersPerZone: 1,
            storageGiB: 500,
            kafkaVersion: "3.8.x",
          },
          vpcId: "vpc-1",
          dataSubnetIds: subnetIds,
          readers: [],
          remoteReaders: [],
        }),
    );
    const nothing = { statements: [], environment: {}, scaling: [] };
    const pipeline: Pipeline = { kind: "msk", topics, producer: nothing, consumer: nothing };
    const { statements, environment, scaling } = accessOf(pipeline, processor);
    const actions = statements.flatMap(({ Action }) => Action);
    assert.includeMembers(actions, ["kafka-cluster:WriteData", "kafka-cluster:ReadData"]);
    assert.equal(environment.KAFKA_GROUP, "order-processor");
    assert.property(environment, "KAFKA_BROKERS");
    const [rule] = scaling;
    assert.deepInclude(rule, { kind: "above", threshold: 1_000, minutes: 1 });
    assert.isEmpty(accessOf(pipeline, stranger).statements);
  });

  it("gives each reader of streams its own lane, and none to who has none", async () => {
    const { component: stream } = await alone(
      () =>
        new OrderStream("events", {
          ...region,
          ...care,
          shards: 2,
          retentionHours: 168,
          recordsPerShardMax: 2_000,
          consumerNames: ["order-processor"],
        }),
    );
    const consumer = ofLanes([stream], "order-processor");
    const producer = { statements: stream.producerStatements, environment: {}, scaling: [] };
    const pipeline: Pipeline = { kind: "kinesis", stream, producer, consumer };
    assert.deepEqual(accessOf(pipeline, reader), consumer);
    assert.property(consumer.environment, "STREAM_CONSUMER_ARN");
    assert.isEmpty(accessOf(pipeline, { ...reader, name: "positions" }).statements);
  });

  it("gives a queue's readers the queue, and growth by its depth", async () => {
    const { component: queue } = await alone(
      () => new OrderQueue("orders", { ...region, ...care, depthMax: 1_000 }),
    );
    const environment = { QUEUE_URL: queue.queueUrl };
    const pipeline: Pipeline = {
      kind: "sqs",
      queue,
      producer: { statements: queue.producerStatements, environment, scaling: [] },
      consumer: { statements: queue.consumerStatements, environment, scaling: [queue.scaling] },
    };
    const { scaling, environment: told } = accessOf(pipeline, reader);
    assert.deepInclude(scaling[0], { kind: "above", label: "depth", threshold: 1_000 });
    assert.property(told, "QUEUE_URL");
  });
});
