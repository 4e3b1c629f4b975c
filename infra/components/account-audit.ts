// AccountAudit: what watches one region: GuardDuty, whose findings reach the on-call by an event rule, and Config where it is wanted. Both are regional
// services and exist once in each region and account; the trail is the global stack's.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { keyUse, serviceRole } from "./trust.ts";

export interface AccountAuditArgs {
  readonly region: string;
  readonly accountId: pulumi.Input<string>;
  readonly hasGuardDuty: boolean;
  readonly hasConfigRecorder: boolean;
  /** Where Config delivers: this region's archive. */
  readonly bucketName: pulumi.Input<string>;
  readonly bucketArn: pulumi.Input<string>;
  readonly dataKeyArn: pulumi.Input<string>;
  readonly alarmTopicArn: pulumi.Input<string>;
}

const features = [
  "S3_DATA_EVENTS",
  "RDS_LOGIN_EVENTS",
  "LAMBDA_NETWORK_LOGS",
  "EBS_MALWARE_PROTECTION",
  "RUNTIME_MONITORING",
];
/** From here on a finding is high: of GuardDuty's 1 to 10. */
const severityMin = 7;

export class AccountAudit extends pulumi.ComponentResource {
  /** Empty without GuardDuty. */
  readonly detectorId: pulumi.Output<string>;

  constructor(name: string, args: AccountAuditArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:AccountAudit", name, {}, options);
    this.detectorId = args.hasGuardDuty ? this.guardDuty(name, args).id : pulumi.output("");
    if (args.hasConfigRecorder) this.recorder(name, args);
    this.registerOutputs({ detectorId: this.detectorId });
  }

  private guardDuty(name: string, args: AccountAuditArgs): aws.guardduty.Detector {
    const parent = { parent: this };
    const detector = new aws.guardduty.Detector(
      `${name}-detector`,
      { enable: true, findingPublishingFrequency: "FIFTEEN_MINUTES" },
      { ...parent, protect: true },
    );
    for (const feature of features) {
      new aws.guardduty.DetectorFeature(
        `${name}-${feature.toLowerCase().replaceAll("_", "-")}`,
        { detectorId: detector.id, name: feature, status: "ENABLED" },
        parent,
      );
    }
    const rule = new aws.cloudwatch.EventRule(
      `${name}-findings`,
      {
        description: "High findings of GuardDuty",
        eventPattern: JSON.stringify({
          source: ["aws.guardduty"],
          "detail-type": ["GuardDuty Finding"],
          detail: { severity: [{ numeric: [">=", severityMin] }] },
        }),
      },
      parent,
    );
    new aws.cloudwatch.EventTarget(
      `${name}-findings`,
      { rule: rule.name, arn: args.alarmTopicArn },
      parent,
    );
    return detector;
  }

  private recorder(name: string, args: AccountAuditArgs): void {
    const parent = { parent: this };
    const role = this.recorderRole(name, args);
    const recorder = new aws.cfg.Recorder(
      `${name}-recorder`,
      {
        roleArn: role.arn,
        // Roles and users are the same in every region: one region records them.
        recordingGroup: { allSupported: true, includeGlobalResourceTypes: false },
      },
      parent,
    );
    const channel = new aws.cfg.DeliveryChannel(
      `${name}-channel`,
      {
        s3BucketName: args.bucketName,
        s3KeyPrefix: "config",
        s3KmsKeyArn: args.dataKeyArn,
        snapshotDeliveryProperties: { deliveryFrequency: "TwentyFour_Hours" },
      },
      { ...parent, dependsOn: [recorder] },
    );
    new aws.cfg.RecorderStatus(
      `${name}-recorder`,
      { name: recorder.name, isEnabled: true },
      { ...parent, dependsOn: [channel] },
    );
  }

  private recorderRole(name: string, args: AccountAuditArgs): aws.iam.Role {
    const parent = { parent: this };
    const role = serviceRole(
      `${name}-recorder`,
      {
        service: "config.amazonaws.com",
        sourceAccount: args.accountId,
        statements: [
          {
            Effect: "Allow",
            Action: "s3:PutObject",
            Resource: pulumi.interpolate`${args.bucketArn}/config/AWSLogs/${args.accountId}/*`,
          },
          { Effect: "Allow", Action: "s3:GetBucketAcl", Resource: args.bucketArn },
          keyUse(args.dataKeyArn, "s3", args.region),
        ],
      },
      parent,
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-recorder`,
      { role: role.name, policyArn: "arn:aws:iam::aws:policy/service-role/AWS_ConfigRole" },
      parent,
    );
    return role;
  }
}
