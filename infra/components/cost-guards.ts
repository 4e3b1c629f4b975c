// CostGuards: a budget for what one stack's tag costs, and a watch for what is odd about it. Spending is told of, never stopped: an exchange that is switched
// off to save money is an outage. Budgets and Cost Explorer know no region and go on with any.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface CostGuardsArgs {
  /** Value of the tag `stack`, which must be a cost allocation tag of the account. */
  readonly stack: string;
  readonly usdPerMonth: number;
  readonly topicArn: pulumi.Input<string>;
}

/** Told of while there is time: at half, before, and when the forecast says so. */
const notices = [
  { threshold: 50, notificationType: "ACTUAL" },
  { threshold: 90, notificationType: "ACTUAL" },
  { threshold: 100, notificationType: "FORECASTED" },
];
/** A day's surprise that is worth a message, as a share of a month's budget. */
const surpriseShare = 100;

export class CostGuards extends pulumi.ComponentResource {
  readonly budgetName: pulumi.Output<string>;

  constructor(name: string, args: CostGuardsArgs, options: pulumi.ComponentResourceOptions = {}) {
    super("castle:infra:CostGuards", name, {}, options);
    const budget = new aws.budgets.Budget(
      `${name}-budget`,
      {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        limitAmount: String(args.usdPerMonth),
        limitUnit: "USD",
        costFilters: [{ name: "TagKeyValue", values: [`user:stack$${args.stack}`] }],
        notifications: notices.map((notice) => ({
          ...notice,
          thresholdType: "PERCENTAGE",
          comparisonOperator: "GREATER_THAN",
          subscriberSnsTopicArns: [args.topicArn],
        })),
      },
      { parent: this },
    );
    const monitor = new aws.costexplorer.AnomalyMonitor(
      `${name}-monitor`,
      {
        monitorType: "CUSTOM",
        monitorSpecification: JSON.stringify({
          Tags: { Key: "stack", Values: [args.stack], MatchOptions: null },
        }),
      },
      { parent: this },
    );
    new aws.costexplorer.AnomalySubscription(
      `${name}-anomalies`,
      {
        // A topic as subscriber is only possible at once, not daily.
        frequency: "IMMEDIATE",
        monitorArnLists: [monitor.arn],
        subscribers: [{ type: "SNS", address: args.topicArn }],
        thresholdExpression: {
          dimension: {
            key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            matchOptions: ["GREATER_THAN_OR_EQUAL"],
            values: [String(Math.ceil(args.usdPerMonth / surpriseShare))],
          },
        },
      },
      { parent: this },
    );
    this.budgetName = budget.name;
    this.registerOutputs({ budgetName: this.budgetName });
  }
}
