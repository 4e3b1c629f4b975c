// Route 53, RDS and DynamoDB against servers that others wrote, where the machine has them: what our own fakes
// assume of AWS is held against a second opinion.

import { randomUUID } from "node:crypto";
import {
  CreateDBClusterCommand,
  CreateGlobalClusterCommand,
  DescribeDBEngineVersionsCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import {
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  GetHealthCheckCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { assert } from "chai";
import { AuroraDatabase } from "../../../failover/adapters/aurora-database.ts";
import { clientOptions, controlLimits } from "../../../failover/adapters/client-options.ts";
import { DynamoDbRegister } from "../../../failover/adapters/dynamodb-register.ts";
import { Route53Traffic } from "../../../failover/adapters/route53-traffic.ts";
import {
  hasMinistack,
  isMinistackRequired,
  type Ministack,
  startMinistack,
  whereToGetMinistack,
} from "../../support/ministack.ts";

const signal = new AbortController().signal;

(hasMinistack() || isMinistackRequired ? describe : describe.skip)(
  hasMinistack() ? "Adapters on an emulator" : `Adapters on an emulator (${whereToGetMinistack})`,
  function () {
    // A Python server with ninety services starts.
    this.timeout(30_000);
    let ministack: Ministack;
    const options = (region: string) =>
      clientOptions({ region, endpoint: ministack.endpoint }, controlLimits);

    before(async () => {
      assert.isTrue(hasMinistack(), whereToGetMinistack);
      ministack = await startMinistack();
    });
    after(() => ministack?.stop());

    it("moves failover records and health checks of Route 53, there and back", async () => {
      const client = new Route53Client(options("us-east-1"));
      const zone = await client.send(
        new CreateHostedZoneCommand({ Name: "castle.test", CallerReference: randomUUID() }),
      );
      const healthCheckOf = async (region: string) => {
        const { HealthCheck } = await client.send(
          new CreateHealthCheckCommand({
            CallerReference: randomUUID(),
            HealthCheckConfig: {
              Type: "HTTPS",
              FullyQualifiedDomainName: `${region}.castle.test`,
              ResourcePath: "/health/primary",
              RequestInterval: 10,
              FailureThreshold: 1,
            },
          }),
        );
        return HealthCheck?.Id ?? "";
      };
      const healthChecks = { east: await healthCheckOf("east"), west: await healthCheckOf("west") };
      const hostedZoneId = (zone.HostedZone?.Id ?? "").replace("/hostedzone/", "");
      const created = (["east", "west"] as const).map((region) => ({
        Action: "CREATE" as const,
        ResourceRecordSet: {
          Name: "api.castle.test",
          Type: "A" as const,
          SetIdentifier: region,
          Failover: region === "east" ? ("PRIMARY" as const) : ("SECONDARY" as const),
          TTL: 5,
          ResourceRecords: [{ Value: region === "east" ? "192.0.2.1" : "192.0.2.2" }],
          HealthCheckId: healthChecks[region],
        },
      }));
      await client.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId: hostedZoneId,
          ChangeBatch: { Changes: created },
        }),
      );
      const traffic = new Route53Traffic({
        endpoint: ministack.endpoint,
        hostedZoneId,
        records: [{ name: "api.castle.test", type: "A" }],
        regions: {
          east: { setIdentifier: "east", healthCheckId: healthChecks.east },
          west: { setIdentifier: "west", healthCheckId: healthChecks.west },
        },
        excludesOld: true,
        inSyncWaitMs: 10_000,
      });
      assert.equal(await traffic.current(signal), "east");
      for (const [to, from] of [
        ["west", "east"],
        ["west", "east"],
        ["east", "west"],
      ] as const) {
        await traffic.moveTo(to, signal);
        assert.equal(await traffic.current(signal), to);
        for (const [region, isOut] of [
          [to, false],
          [from, true],
        ] as const) {
          const command = new GetHealthCheckCommand({ HealthCheckId: healthChecks[region] });
          const { HealthCheck } = await client.send(command);
          assert.equal(HealthCheck?.HealthCheckConfig?.Inverted ?? false, isOut);
        }
      }
      traffic.close();
      client.destroy();
    });

    it("switches a global database over and fails it over", async () => {
      const clients = {
        east: new RDSClient(options("us-east-1")),
        west: new RDSClient(options("us-west-2")),
      };
      const engine = { Engine: "aurora-postgresql" };
      const { DBEngineVersions } = await clients.east.send(
        new DescribeDBEngineVersionsCommand(engine),
      );
      const EngineVersion = DBEngineVersions?.at(-1)?.EngineVersion;
      const global = { ...engine, EngineVersion, GlobalClusterIdentifier: "castle" };
      await clients.east.send(new CreateGlobalClusterCommand(global));
      const arnOf = async (region: "east" | "west") => {
        const owner = { MasterUsername: "castle", MasterUserPassword: "castle-castle" };
        const { DBCluster } = await clients[region].send(
          new CreateDBClusterCommand({
            ...{ ...global, DBClusterIdentifier: region },
            ...(region === "east" ? owner : {}),
          }),
        );
        return DBCluster?.DBClusterArn ?? "";
      };
      const database = new AuroraDatabase({
        endpoint: ministack.endpoint,
        globalClusterId: "castle",
        clusters: {
          east: { arn: await arnOf("east"), awsRegion: "us-east-1" },
          west: { arn: await arnOf("west"), awsRegion: "us-west-2" },
        },
        moveTimeoutMs: 10_000,
        pollMs: 100,
      });
      assert.equal(await database.writerRegion(signal), "east");
      await database.promote({ region: "west", mode: "switchover" }, signal);
      assert.equal(await database.writerRegion(signal), "west");
      assert.match(await database.writerEndpoint(signal), /us-west-2/);
      await database.promote({ region: "west", mode: "failover" }, signal);
      assert.equal(await database.writerRegion(signal), "west");
      await database.promote({ region: "east", mode: "failover" }, signal);
      assert.match(await database.writerEndpoint(signal), /us-east-1/);
      database.close();
      for (const client of Object.values(clients)) client.destroy();
    });

    it("keeps the register, with one winner of twenty", async () => {
      const register = new DynamoDbRegister({
        ...{ region: "us-east-1", endpoint: ministack.endpoint, table: "register" },
      });
      await register.createTable(signal);
      await register.open({ shard: "main", region: "east", by: "setup", reason: "first" }, signal);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) =>
          register.move(
            {
              ...{ shard: "main", from: { region: "east", term: 1 }, toRegion: "west" },
              ...{ by: `racer-${n}`, reason: "race" },
            },
            signal,
          ),
        ),
      );
      assert.lengthOf(
        outcomes.filter(({ status }) => status === "fulfilled"),
        1,
      );
      register.close();
    });
  },
);
