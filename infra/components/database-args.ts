// What a database is told, and what its two kinds share: port, name, and who is master.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export const databasePort = 5432;
export const databaseName = "castle";

export interface DatabaseSizes {
  readonly kind: "aurora-serverless" | "rds-multi-az";
  readonly engineVersion: string;
  readonly acuMin: number;
  readonly acuMax: number;
  readonly instanceClass: string;
  readonly storageGiB: number;
  readonly readersMin: number;
  readonly readersMax: number;
  readonly backupRetentionDays: number;
}

export interface DatabaseArgs {
  readonly config: DatabaseSizes;
  readonly vpcId: pulumi.Input<string>;
  readonly dataSubnetIds: readonly pulumi.Input<string>[];
  /** By zone, a to c. */
  readonly zoneNames: readonly pulumi.Input<string>[];
  /** JSON with `username` and `password`, replicated to this region. */
  readonly masterSecretArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
  /** Aurora only. Without one the cluster stands alone and is filled from its own region's journal. */
  readonly global?: { readonly clusterId: pulumi.Input<string>; readonly isSecondary: boolean };
  /** RDS only: where automated backups are copied to. */
  readonly peer?: { readonly region: string; readonly dataKeyArn: pulumi.Input<string> };
}

/** What both kinds are given beyond the arguments. */
export interface DatabaseSurroundings extends DatabaseArgs {
  readonly subnetGroupName: pulumi.Input<string>;
  readonly securityGroupId: pulumi.Input<string>;
  readonly monitoringRoleArn: pulumi.Input<string>;
}

export type DatabaseTarget =
  | { readonly kind: "cluster"; readonly identifier: pulumi.Output<string> }
  | { readonly kind: "instance"; readonly identifier: pulumi.Output<string> };

/** The master's name and password, of the replicated secret. Outputs stay secret. */
export function masterOf(secretArn: pulumi.Input<string>, parent: pulumi.Resource) {
  const version = aws.secretsmanager.getSecretVersionOutput({ secretId: secretArn }, { parent });
  const master = pulumi.secret(
    version.secretString.apply(
      (text) => JSON.parse(text) as { username: string; password: string },
    ),
  );
  return { username: master.username, password: master.password };
}
