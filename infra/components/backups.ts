// Backups: AWS Backup of everything in this region that is tagged `backup: daily`, and a copy of each in the other region's vault under that region's
// key. Both vaults are there before, by the global stack; each region copies to the other, so either can be restored
// from what the other holds.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { backupRules } from "./backup-rules.ts";
import { serviceRole } from "./trust.ts";

export interface BackupsArgs {
  readonly accountId: pulumi.Input<string>;
  /** Of this region. */
  readonly vaultName: pulumi.Input<string>;
  readonly peerVaultArn: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
}

/** Of what is to be backed up; components set it on what holds data. */
export const backupTag = { key: "backup", value: "daily" };

const completionMinutes = 360;

export class Backups extends pulumi.ComponentResource {
  readonly planId: pulumi.Output<string>;

  constructor(name: string, args: BackupsArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:Backups", name, {}, options);
    const parent = { parent: this };
    const plan = new aws.backup.Plan(
      name,
      {
        rules: backupRules.map((rule) => ({
          ruleName: rule.name,
          targetVaultName: args.vaultName,
          schedule: rule.schedule,
          startWindow: 60,
          completionWindow: completionMinutes,
          lifecycle: { deleteAfter: rule.keptDays },
          copyActions:
            rule.copyKeptDays === 0
              ? []
              : [
                  {
                    destinationVaultArn: args.peerVaultArn,
                    lifecycle: { deleteAfter: rule.copyKeptDays },
                  },
                ],
        })),
      },
      parent,
    );
    new aws.backup.Selection(
      name,
      {
        planId: plan.id,
        iamRoleArn: this.role(name, args).arn,
        selectionTags: [{ type: "STRINGEQUALS", ...backupTag }],
      },
      parent,
    );
    this.failures(name, args);
    this.planId = plan.id;
    this.registerOutputs({ planId: this.planId });
  }

  private failures(name: string, args: BackupsArgs): void {
    const rule = new aws.cloudwatch.EventRule(
      `${name}-failures`,
      {
        description: "Backups and copies that did not come about",
        eventPattern: JSON.stringify({
          source: ["aws.backup"],
          "detail-type": ["Backup Job State Change", "Copy Job State Change"],
          detail: { state: ["FAILED", "ABORTED", "EXPIRED"] },
        }),
      },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      `${name}-failures`,
      { rule: rule.name, arn: args.alarmTopicArn },
      { parent: this },
    );
  }

  /** What a backup of each service needs is AWS's own list, and grows with it. */
  private role(name: string, args: BackupsArgs): aws.iam.Role {
    const role = serviceRole(
      `${name}-role`,
      { service: "backup.amazonaws.com", sourceAccount: args.accountId, statements: [] },
      { parent: this },
    );
    for (const purpose of ["Backup", "Restores"]) {
      new aws.iam.RolePolicyAttachment(
        `${name}-${purpose.toLowerCase()}`,
        {
          role: role.name,
          policyArn: `arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${purpose}`,
        },
        { parent: this },
      );
    }
    return role;
  }
}
