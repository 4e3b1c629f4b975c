// ApiLogging: API Gateway's right to write logs. One for all APIs of a region: without it no stage may
// have access logs, so REST and WebSocket APIs are made after it (`dependsOn`).

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { serviceRole } from "./trust.ts";

export class ApiLogging extends pulumi.ComponentResource {
  constructor(name: string, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:ApiLogging", name, {}, opts);
    const role = serviceRole(
      `${name}-writer`,
      { service: "apigateway.amazonaws.com", statements: [] },
      { parent: this },
    );
    const attachment = new aws.iam.RolePolicyAttachment(
      `${name}-writer-may`,
      {
        role: role.name,
        policyArn: "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
      },
      { parent: this },
    );
    new aws.apigateway.Account(
      `${name}-account`,
      { cloudwatchRoleArn: role.arn },
      { parent: this, dependsOn: attachment },
    );
    this.registerOutputs({});
  }
}
