// Lake, warehouse and the functions on the stream, built alone.

import * as pulumi from "@pulumi/pulumi";
import { assert } from "chai";
import { build, statements } from "../data-capture.ts";

const { Analytics } = await import("../../../infra/components/analytics.ts");
const { Warehouse } = await import("../../../infra/components/warehouse.ts");
const { StreamFunction } = await import("../../../infra/components/stream-function.ts");
const { hourlyLoad, tradesTable } = await import("../../../infra/components/warehouse-load.ts");
const { lakeQueries, partitionProjection, tradeColumns } = await import(
  "../../../infra/components/trade-schema.ts"
);

const common = {
  region: "us-east-1",
  accountId: "111122223333",
  bucketName: "archive",
  bucketArn: "arn:aws:s3:::archive",
  dataKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-data",
  logKeyArn: "arn:aws:kms:us-east-1:111122223333:key/mrk-log",
  logRetentionDays: 90,
  alarmTopicArn: "arn:aws:sns:us-east-1:111122223333:pages",
};
const streamArn = "arn:aws:kinesis:us-east-1:111122223333:stream/events";
const firehose = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream";
const inVpc = {
  vpcId: "vpc-1",
  dataSubnetIds: ["subnet-a", "subnet-b", "subnet-c"],
};

describe("Analytics", function () {
  this.timeout(20_000);
  const lake = () =>
    build(() => new Analytics("lake", { ...common, source: { kind: "stream", arn: streamArn } }));

  it("writes Parquet by the declared table, below the hour", async () => {
    const built = await lake();
    const { extendedS3Configuration } = built.one(firehose).inputs;
    const s3 = extendedS3Configuration as Record<string, Record<string, unknown>>;
    assert.equal(String(s3.prefix), "trades/hour=!{timestamp:yyyy-MM-dd-HH}/");
    assert.deepInclude(s3.dataFormatConversionConfiguration, { enabled: true });
    const schema = s3.dataFormatConversionConfiguration?.schemaConfiguration;
    const table = built.one("aws:glue/catalogTable:CatalogTable").inputs;
    assert.deepInclude(schema, { tableName: table.name, databaseName: table.databaseName });
    assert.equal(String(s3.kmsKeyArn), common.dataKeyArn);
  });

  it("reads its stream, or is encrypted by itself where records are put to it", async () => {
    const fed = (await lake()).one(firehose).inputs;
    assert.deepInclude(fed.kinesisSourceConfiguration, { kinesisStreamArn: streamArn });
    const put = await build(() => new Analytics("lake", common));
    assert.deepInclude(put.one(firehose).inputs.serverSideEncryption, {
      keyType: "CUSTOMER_MANAGED_CMK",
    });
  });

  it("writes below its own prefixes only", async () => {
    const policies = (await lake()).all("aws:iam/rolePolicy:RolePolicy");
    const writing = statements(policies).filter(({ Action }) => Action.includes("s3:PutObject"));
    assert.deepEqual(
      writing.map(({ Resource }) => Resource),
      [["arn:aws:s3:::archive/trades/*", "arn:aws:s3:::archive/trades-refused/*"]],
    );
  });

  it("registers each hour for the warehouse before it loads, and changes no column", async () => {
    const { inputs } = (await lake()).one("aws:glue/crawler:Crawler");
    assert.equal(inputs.schedule, "cron(7 * * * ? *)");
    assert.deepEqual(inputs.catalogTargets, [{ databaseName: "castle", tables: ["trades"] }]);
    assert.deepEqual(inputs.schemaChangePolicy, { updateBehavior: "LOG", deleteBehavior: "LOG" });
  });

  it("bounds what one query may read, whatever the client sets", async () => {
    const { configuration } = (await lake()).one("aws:athena/workgroup:Workgroup").inputs;
    assert.deepInclude(configuration, { enforceWorkgroupConfiguration: true });
    assert.isAbove((configuration as Record<string, number>).bytesScannedCutoffPerQuery ?? 0, 0);
  });

  it("knows an hour's partition without being told of it", () => {
    const projection = partitionProjection("archive");
    assert.equal(projection["storage.location.template"], `s3://archive/trades/hour=$${"{hour}"}`);
    assert.equal(projection["projection.hour.format"], "yyyy-MM-dd-HH");
  });

  it("reads a day at most in the queries that everybody begins with", () => {
    for (const { sql } of Object.values(lakeQueries("trades"))) assert.include(sql, "hour >=");
  });
});

describe("Warehouse", function () {
  this.timeout(20_000);
  const warehouse = () =>
    build(
      () =>
        new Warehouse("warehouse", { ...common, ...inVpc, rpus: 32, catalogDatabase: "castle" }),
    );

  it("loads every hour by a statement that may run twice", async () => {
    const { inputs } = (await warehouse()).one("aws:scheduler/schedule:Schedule");
    const target = inputs.target as Record<string, unknown>;
    assert.equal(inputs.scheduleExpression, "cron(20 * * * ? *)");
    const statement = JSON.parse(String(target.input)) as { Sql: string };
    assert.equal(statement.Sql, hourlyLoad);
    assert.match(hourlyLoad, /LEFT JOIN trades t ON t\.position = l\.position/);
    assert.match(hourlyLoad, /t\.position IS NULL/);
    assert.isDefined(target.deadLetterConfig);
  });

  it("has a column for each of the lake's", () => {
    for (const { name } of tradeColumns) {
      assert.include(tradesTable, `${name} `);
      assert.include(hourlyLoad, `l.${name}`);
    }
  });

  it("is private, encrypted, and speaks TLS only", async () => {
    const built = await warehouse();
    const { inputs } = built.one("aws:redshiftserverless/workgroup:Workgroup");
    assert.isFalse(inputs.publiclyAccessible);
    assert.deepInclude(inputs.configParameters, {
      parameterKey: "require_ssl",
      parameterValue: "true",
    });
    const namespace = built.one("aws:redshiftserverless/namespace:Namespace").inputs;
    assert.equal(namespace.kmsKeyId, common.dataKeyArn);
    assert.isTrue(namespace.manageAdminPassword);
  });

  it("may start its own statement and no other workgroup's", async () => {
    const built = await warehouse();
    const policy = built.one("aws:iam/rolePolicy:RolePolicy", "schedule-policy");
    const [execute] = statements([policy]);
    assert.equal(execute?.Action, "redshift-data:ExecuteStatement");
    assert.match(String(execute?.Resource), /^arn:aws:redshift-serverless:.*:workgroup\/[^*]+$/);
  });
});

describe("StreamFunction", function () {
  this.timeout(20_000);
  const positions = () =>
    build(
      () =>
        new StreamFunction("positions", {
          ...common,
          code: new pulumi.asset.FileArchive("artefacts/positions.zip"),
          statements: [],
          source: {
            kind: "stream",
            arn: streamArn,
            statements: [
              { Effect: "Allow", Action: "kinesis:SubscribeToShard", Resource: streamArn },
            ],
          },
          vpcId: inVpc.vpcId,
          subnetIds: inVpc.dataSubnetIds,
        }),
    );

  it("sets one bad record aside and goes on", async () => {
    const { inputs } = (await positions()).one("aws:lambda/eventSourceMapping:EventSourceMapping");
    assert.isTrue(inputs.bisectBatchOnFunctionError);
    assert.deepEqual(inputs.functionResponseTypes, ["ReportBatchItemFailures"]);
    assert.isAbove(Number(inputs.maximumRetryAttempts), 0);
    const { onFailure } = inputs.destinationConfig as { onFailure: { destinationArn: string } };
    assert.match(onFailure.destinationArn, /^arn:aws:sqs:.*:positions-dead/);
  });

  it("misses nothing that was in the stream before it", async () => {
    const { inputs } = (await positions()).one("aws:lambda/eventSourceMapping:EventSourceMapping");
    assert.equal(inputs.startingPosition, "TRIM_HORIZON");
  });

  it("tells of what it gave up, and of falling behind", async () => {
    const alarms = (await positions()).all("aws:cloudwatch/metricAlarm:MetricAlarm");
    assert.sameMembers(
      alarms.map(({ inputs }) => inputs.metricName),
      ["IteratorAge", "ApproximateNumberOfMessagesVisible"],
    );
    for (const { inputs } of alarms) assert.deepEqual(inputs.alarmActions, [common.alarmTopicArn]);
  });
});
