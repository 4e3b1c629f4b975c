// Register: who leads, for each shard, as one truth in all regions: a global table with multi-region strong
// consistency, two replicas and a witness. It is written about once a failover and read once a
// second. Items are those of failover/adapters/register-items.ts: key `shard`, everything else by value.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface RegisterArgs {
  readonly prodRegion: string;
  readonly drRegion: string;
  /** Keeps no copy: it breaks ties when a replica is lost. */
  readonly witnessRegion: string;
  readonly dataKeyArns: Readonly<Record<string, pulumi.Input<string>>>;
}

export class Register extends pulumi.ComponentResource {
  readonly tableName: pulumi.Output<string>;
  readonly tableArns: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: RegisterArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Register", name, {}, options);
    const { prodRegion, drRegion, witnessRegion, dataKeyArns } = args;
    const table = new aws.dynamodb.Table(
      `${name}-table`,
      {
        region: prodRegion,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "shard",
        attributes: [{ name: "shard", type: "S" }],
        deletionProtectionEnabled: true,
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: encryptedBy(dataKeyArns[prodRegion]),
        // Of a global table every replica needs the stream; nobody of ours reads it.
        streamEnabled: true,
        streamViewType: "NEW_AND_OLD_IMAGES",
        replicas: [
          {
            regionName: drRegion,
            consistencyMode: "STRONG",
            deletionProtectionEnabled: true,
            pointInTimeRecovery: true,
            propagateTags: true,
            ...(dataKeyArns[drRegion] === undefined ? {} : { kmsKeyArn: dataKeyArns[drRegion] }),
          },
        ],
        globalTableWitness: { regionName: witnessRegion },
      },
      { parent: this, protect: true },
    );
    this.tableName = table.name;
    this.tableArns = {
      [prodRegion]: table.arn,
      [drRegion]: table.arn.apply((arn) => arn.replace(`:${prodRegion}:`, `:${drRegion}:`)),
    };
    this.registerOutputs({ tableName: this.tableName, tableArns: this.tableArns });
  }
}

const encryptedBy = (keyArn: pulumi.Input<string> | undefined) => ({
  enabled: true,
  ...(keyArn === undefined ? {} : { kmsKeyArn: keyArn }),
});
