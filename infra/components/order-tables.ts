// OrderTables: what followers of the journal write for quick reads: wallet balances, active orders, market data, trades. They
// belong to the global stack. A replica is no resource of its own region's: it is made and removed through the table, so one
// of prod and dr would have to own the other's copy, and a destroyed or half-updated prod could take dr's with it.
// Once made, no replica needs another one or this stack: each region reads and writes its own.
//
// Replication is the asynchronous kind. Only the active region's followers write, with the journal's position as a
// condition, so the last writer is the right one; what a region failover cuts off, the followers write again.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { type Capacity, type TableShape, tableShapes } from "./table-shapes.ts";

export interface OrderTablesArgs {
  readonly prodRegion: string;
  readonly drRegion: string;
  /** By region. */
  readonly dataKeyArns: pulumi.Input<Record<string, string>>;
  readonly hasWallet: boolean;
  readonly marketDataWriteUnits: number;
  readonly tradeReadUnits: number;
}

export class OrderTables extends pulumi.ComponentResource {
  /** By noun (wallets, activeOrders, marketData, trades); the same in both regions. */
  readonly names: pulumi.Output<Record<string, string>>;
  /** By region, each table's ARN. */
  readonly arns: pulumi.Output<Record<string, string[]>>;

  constructor(name: string, args: OrderTablesArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:OrderTables", name, {}, options);
    const names: Record<string, pulumi.Output<string>> = {};
    const home: pulumi.Output<string>[] = [];
    const away: pulumi.Output<string>[] = [];
    for (const shape of tableShapes(args)) {
      const tableName = `${name}-${shape.noun}`;
      const table = this.table(tableName, shape, args);
      const replica = this.replica(tableName, args, table, this.scaling(tableName, shape, table));
      names[shape.noun] = table.name;
      home.push(table.arn);
      away.push(replica.arn);
    }
    this.names = pulumi.output(names);
    this.arns = pulumi.output({
      [args.prodRegion]: pulumi.all(home),
      [args.drRegion]: pulumi.all(away),
    });
    this.registerOutputs({ names: this.names, arns: this.arns });
  }

  private table(name: string, shape: TableShape, args: OrderTablesArgs): aws.dynamodb.Table {
    const { capacity } = shape;
    const isAutoscaled = capacity !== "on-demand";
    return new aws.dynamodb.Table(
      name,
      {
        region: args.prodRegion,
        attributes: [
          { name: shape.hashKey, type: "S" },
          { name: shape.rangeKey.name, type: shape.rangeKey.type },
        ],
        hashKey: shape.hashKey,
        rangeKey: shape.rangeKey.name,
        billingMode: isAutoscaled ? "PROVISIONED" : "PAY_PER_REQUEST",
        ...(isAutoscaled
          ? { readCapacity: capacity.read.min, writeCapacity: capacity.write.min }
          : {}),
        ...(shape.expiry === undefined
          ? {}
          : { ttl: { attributeName: shape.expiry, enabled: true } }),
        // Replication is made of it.
        streamEnabled: true,
        streamViewType: "NEW_AND_OLD_IMAGES",
        serverSideEncryption: { enabled: true, kmsKeyArn: keyOf(args, args.prodRegion) },
        pointInTimeRecovery: { enabled: true, recoveryPeriodInDays: 35 },
        deletionProtectionEnabled: true,
        tags: { backup: "daily" },
      },
      {
        parent: this,
        protect: true,
        retainOnDelete: true,
        // Replicas are resources of their own: AWS refuses one before the table's writes scale by themselves.
        ignoreChanges: ["replicas", ...(isAutoscaled ? ["readCapacity", "writeCapacity"] : [])],
      },
    );
  }

  private replica(
    name: string,
    args: OrderTablesArgs,
    table: aws.dynamodb.Table,
    dependsOn: pulumi.Resource[],
  ): aws.dynamodb.TableReplica {
    return new aws.dynamodb.TableReplica(
      `${name}-replica`,
      {
        region: args.drRegion,
        globalTableArn: table.arn,
        kmsKeyArn: keyOf(args, args.drRegion),
        pointInTimeRecovery: true,
        deletionProtectionEnabled: true,
        tags: { backup: "daily" },
      },
      { parent: this, protect: true, retainOnDelete: true, dependsOn },
    );
  }

  /** Set at home alone: AWS gives the bounds of a global table to every replica, which then scales by itself. */
  private scaling(name: string, shape: TableShape, table: aws.dynamodb.Table): pulumi.Resource[] {
    if (shape.capacity === "on-demand") return [];
    return (["read", "write"] as const).map((direction) =>
      this.scale(`${name}-${direction}`, direction, shape.capacity as Capacity, table),
    );
  }

  private scale(
    name: string,
    direction: "read" | "write",
    capacity: Capacity,
    table: aws.dynamodb.Table,
  ): pulumi.Resource {
    const unit = direction === "read" ? "Read" : "Write";
    const target = new aws.appautoscaling.Target(
      name,
      {
        region: table.region,
        serviceNamespace: "dynamodb",
        scalableDimension: `dynamodb:table:${unit}CapacityUnits`,
        resourceId: pulumi.interpolate`table/${table.name}`,
        minCapacity: capacity[direction].min,
        maxCapacity: capacity[direction].max,
      },
      { parent: this },
    );
    return new aws.appautoscaling.Policy(
      name,
      {
        region: table.region,
        policyType: "TargetTrackingScaling",
        serviceNamespace: target.serviceNamespace,
        scalableDimension: target.scalableDimension,
        resourceId: target.resourceId,
        targetTrackingScalingPolicyConfiguration: {
          predefinedMetricSpecification: {
            predefinedMetricType: `DynamoDB${unit}CapacityUtilization`,
          },
          targetValue: 70,
        },
      },
      { parent: this },
    );
  }
}

function keyOf(args: OrderTablesArgs, region: string): pulumi.Output<string> {
  return pulumi.output(args.dataKeyArns).apply((arns) => arns[region] ?? "");
}
