// BackupVaults: one vault in each region, made by the global stack, so that prod can copy into dr's without reading dr's stack and
// the other way round. Locked in the mode that an administrator can lift: nobody deletes a copy before its time by mistake or with a
// stolen key of an operator. Each vault's key is its own region's.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface BackupVaultsArgs {
  readonly regions: readonly string[];
  /** By region. */
  readonly dataKeyArns: pulumi.Input<Record<string, string>>;
}

/** No recovery point goes earlier than this, in days, whoever asks. */
export const retentionDaysMin = 7;

export class BackupVaults extends pulumi.ComponentResource {
  /** By region. */
  readonly names: pulumi.Output<Record<string, string>>;
  readonly arns: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: BackupVaultsArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:BackupVaults", name, {}, options);
    const vaults = args.regions.map((region) => this.vault(name, region, args));
    const byRegion = (pick: (vault: aws.backup.Vault) => pulumi.Output<string>) =>
      pulumi
        .all(vaults.map(pick))
        .apply((values) =>
          Object.fromEntries(args.regions.map((region, index) => [region, values[index] ?? ""])),
        );
    this.names = byRegion((vault) => vault.name);
    this.arns = byRegion((vault) => vault.arn);
    this.registerOutputs({ names: this.names, arns: this.arns });
  }

  private vault(name: string, region: string, args: BackupVaultsArgs): aws.backup.Vault {
    const vault = new aws.backup.Vault(
      `${name}-${region}`,
      {
        region,
        kmsKeyArn: pulumi.output(args.dataKeyArns).apply((arns) => arns[region] ?? ""),
      },
      { parent: this, protect: true },
    );
    new aws.backup.VaultLockConfiguration(
      `${name}-${region}`,
      { region, backupVaultName: vault.name, minRetentionDays: retentionDaysMin },
      { parent: this },
    );
    return vault;
  }
}
