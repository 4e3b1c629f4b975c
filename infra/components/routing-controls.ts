// RoutingControls: a switch a region, in ARC's cluster of five regions, for whoever wants to move clients while
// every control plane is away. Each switch is a health check that TrafficRecords may join to its own. A
// safety rule lets nobody switch both regions off. About $1,825 a month, hence an option.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface RoutingControlsArgs {
  readonly regions: readonly string[];
}

export class RoutingControls extends pulumi.ComponentResource {
  readonly clusterArn: pulumi.Output<string>;
  /** By region. */
  readonly routingControlArns: pulumi.Output<Record<string, string>>;
  /** By region. */
  readonly healthCheckIds: pulumi.Output<Record<string, string>>;

  constructor(
    name: string,
    { regions }: RoutingControlsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("castle:infra:RoutingControls", name, {}, opts);
    const cluster = new aws.route53recoverycontrol.Cluster(
      `${name}-cluster`,
      {},
      { parent: this, protect: true },
    );
    const panel = new aws.route53recoverycontrol.ControlPanel(
      `${name}-panel`,
      { clusterArn: cluster.arn },
      { parent: this },
    );
    const switches = regions.map((region) => {
      const control = new aws.route53recoverycontrol.RoutingControl(
        `${name}-${region}`,
        { clusterArn: cluster.arn, controlPanelArn: panel.arn },
        { parent: this },
      );
      const check = new aws.route53.HealthCheck(
        `${name}-${region}-check`,
        {
          type: "RECOVERY_CONTROL",
          routingControlArn: control.arn,
          tags: { Name: `castle ${region} switch` },
        },
        { parent: this },
      );
      return { region, control, check };
    });
    new aws.route53recoverycontrol.SafetyRule(
      `${name}-one-on`,
      {
        controlPanelArn: panel.arn,
        assertedControls: switches.map(({ control }) => control.arn),
        ruleConfig: { type: "ATLEAST", threshold: 1, inverted: false },
        // Between two moves, so that a mistyped pair of commands does not move clients twice.
        waitPeriodMs: 5_000,
      },
      { parent: this },
    );
    this.clusterArn = cluster.arn;
    this.routingControlArns = pulumi.output(
      Object.fromEntries(switches.map(({ region, control }) => [region, control.arn])),
    );
    this.healthCheckIds = pulumi.output(
      Object.fromEntries(switches.map(({ region, check }) => [region, check.id])),
    );
    this.registerOutputs({
      clusterArn: this.clusterArn,
      routingControlArns: this.routingControlArns,
      healthCheckIds: this.healthCheckIds,
    });
  }
}
