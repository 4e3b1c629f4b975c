// RestApi: API Gateway in front of a region's balancer, for all that is not a stream: it refuses what cannot be
// right, throttles, traces and logs. Two names lead to it: the one that clients use, in both regions, and
// one of the region's own, which health checks ask. A deployment follows every change of the document.

import { createHash } from "node:crypto";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { alarm } from "./alarm.ts";
import { restDocument, restStage } from "./rest-document.ts";
import { healthRoutes, restRoutes } from "./rest-routes.ts";
import type { FunctionTarget } from "./web-socket-api.ts";

export interface RestApiArgs {
  /** That of the clients first, then the region's own. */
  readonly domainNames: readonly [shared: string, ofRegion: string];
  readonly certificateArn: pulumi.Input<string>;
  readonly vpcId: pulumi.Input<string>;
  readonly vpcCidr: string;
  readonly subnetIds: readonly pulumi.Input<string>[];
  readonly balancerArn: pulumi.Input<string>;
  readonly requestsPerSecond: number;
  readonly burst: number;
  /** Services behind the balancer whose callers sign in: `/castle/v1/users`. */
  readonly servicePaths?: readonly string[];
  /** Functions for the same callers, by path: `/castle/v1/orders`. */
  readonly functions?: Readonly<Record<string, FunctionTarget>>;
  /** Pools that their callers sign in to; without one, service paths are not offered. */
  readonly userPoolArns?: pulumi.Input<readonly string[]>;
  readonly webAclArn: pulumi.Input<string>;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  readonly alarmTopicArn: pulumi.Input<string>;
  /** Of refusals, which are mostly the callers' own. */
  readonly ticketTopicArn: pulumi.Input<string>;
}

const logFormat = JSON.stringify({
  requestId: "$context.requestId",
  traceId: "$context.xrayTraceId",
  ip: "$context.identity.sourceIp",
  method: "$context.httpMethod",
  path: "$context.path",
  status: "$context.status",
  latencyMs: "$context.responseLatency",
  integrationLatencyMs: "$context.integrationLatency",
  error: "$context.error.message",
});

export class RestApi extends pulumi.ComponentResource {
  readonly apiId: pulumi.Output<string>;
  readonly stageArn: pulumi.Output<string>;
  readonly usagePlanId: pulumi.Output<string>;
  readonly vpcLinkId: pulumi.Output<string>;
  /** Of the name that clients use, for its records. */
  readonly aliasName: pulumi.Output<string>;
  readonly aliasZoneId: pulumi.Output<string>;
  /** Of the region's own name. */
  readonly regionAliasName: pulumi.Output<string>;
  readonly regionAliasZoneId: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: RestApiArgs;

  constructor(name: string, args: RestApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:RestApi", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const link = this.#link();
    const body = this.#body(link);
    const api = this.#api(body);
    this.#permitFunctions(api);
    const stage = this.#stage(api, body);
    this.#limits(api, stage);
    const plan = this.#usagePlan(api, stage);
    new aws.wafv2.WebAclAssociation(
      `${name}-firewall`,
      { resourceArn: stage.arn, webAclArn: args.webAclArn },
      { parent: this },
    );
    const [shared, ofRegion] = args.domainNames;
    const domain = this.#domain("domain", shared, api, stage);
    const regionDomain = this.#domain("region-domain", ofRegion, api, stage);
    this.#alarms(api, stage);
    this.apiId = api.id;
    this.stageArn = stage.arn;
    this.usagePlanId = plan.id;
    this.vpcLinkId = link.id;
    this.aliasName = domain.regionalDomainName;
    this.aliasZoneId = domain.regionalZoneId;
    this.regionAliasName = regionDomain.regionalDomainName;
    this.regionAliasZoneId = regionDomain.regionalZoneId;
    this.registerOutputs({ apiId: this.apiId, stageArn: this.stageArn, aliasName: this.aliasName });
  }

  #link(): aws.apigatewayv2.VpcLink {
    const { vpcId, vpcCidr, subnetIds } = this.#args;
    const group = new aws.ec2.SecurityGroup(
      `${this.#name}-link-access`,
      { vpcId, description: "Link of the REST API: out to the balancer" },
      { parent: this },
    );
    new aws.vpc.SecurityGroupEgressRule(
      `${this.#name}-link-balancer`,
      {
        securityGroupId: group.id,
        description: "The balancer",
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        cidrIpv4: vpcCidr,
      },
      { parent: this },
    );
    return new aws.apigatewayv2.VpcLink(
      `${this.#name}-link`,
      { subnetIds: [...subnetIds], securityGroupIds: [group.id] },
      { parent: this },
    );
  }

  #body(link: aws.apigatewayv2.VpcLink): pulumi.Output<string> {
    const { balancerArn, userPoolArns = [], servicePaths = [], domainNames } = this.#args;
    const functionPaths = Object.entries(this.#args.functions ?? {}).map(
      ([path, { invokeArn }]) => ({ path, invokeArn }),
    );
    return pulumi
      .all([link.id, balancerArn, userPoolArns, pulumi.output(functionPaths)])
      .apply(([vpcLinkId, arn, poolArns, functions]) =>
        JSON.stringify(
          restDocument({
            routes: [...restRoutes, ...healthRoutes],
            servicePaths,
            functionPaths: functions,
            userPoolArns: poolArns,
            backendHost: domainNames[0],
            vpcLinkId,
            balancerArn: arn,
          }),
        ),
      );
  }

  #api(body: pulumi.Output<string>): aws.apigateway.RestApi {
    return new aws.apigateway.RestApi(
      `${this.#name}-api`,
      {
        body,
        endpointConfiguration: { types: "REGIONAL" },
        // Only by the names that the firewall, DNS and certificates know.
        disableExecuteApiEndpoint: true,
        failOnWarnings: true,
      },
      { parent: this },
    );
  }

  #permitFunctions(api: aws.apigateway.RestApi): void {
    for (const [path, { functionName, qualifier }] of Object.entries(this.#args.functions ?? {})) {
      new aws.lambda.Permission(
        `${this.#name}-may-${path.split("/").at(-1)}`,
        {
          action: "lambda:InvokeFunction",
          function: functionName,
          ...(qualifier === undefined ? {} : { qualifier }),
          principal: "apigateway.amazonaws.com",
          sourceArn: pulumi.interpolate`${api.executionArn}/*/*${path}`,
        },
        { parent: this },
      );
    }
  }

  #stage(api: aws.apigateway.RestApi, body: pulumi.Output<string>): aws.apigateway.Stage {
    const logs = new aws.cloudwatch.LogGroup(
      `${this.#name}-logs`,
      { kmsKeyId: this.#args.logKeyArn, retentionInDays: this.#args.logRetentionDays },
      { parent: this },
    );
    const bodyHash = body.apply((text) => createHash("sha256").update(text).digest("hex"));
    const deployment = new aws.apigateway.Deployment(
      `${this.#name}-deployment`,
      { restApi: api.id, triggers: { bodyHash } },
      // The stage moves to the new one before the old one goes.
      { parent: this, deleteBeforeReplace: false },
    );
    return new aws.apigateway.Stage(
      `${this.#name}-stage`,
      {
        restApi: api.id,
        deployment: deployment.id,
        stageName: restStage,
        xrayTracingEnabled: true,
        accessLogSettings: { destinationArn: logs.arn, format: logFormat },
      },
      { parent: this },
    );
  }

  #limits(api: aws.apigateway.RestApi, stage: aws.apigateway.Stage): void {
    new aws.apigateway.MethodSettings(
      `${this.#name}-limits`,
      {
        restApi: api.id,
        stageName: stage.stageName,
        methodPath: "*/*",
        settings: {
          throttlingRateLimit: this.#args.requestsPerSecond,
          throttlingBurstLimit: this.#args.burst,
          metricsEnabled: true,
          dataTraceEnabled: false,
        },
      },
      { parent: this },
    );
  }

  /** For partners with a key of API Gateway's own: operators make the keys and add them. */
  #usagePlan(api: aws.apigateway.RestApi, stage: aws.apigateway.Stage): aws.apigateway.UsagePlan {
    const { requestsPerSecond, burst } = this.#args;
    return new aws.apigateway.UsagePlan(
      `${this.#name}-partners`,
      {
        description: "Partners of the exchange",
        apiStages: [{ apiId: api.id, stage: stage.stageName }],
        throttleSettings: { rateLimit: requestsPerSecond, burstLimit: burst },
        quotaSettings: { limit: requestsPerSecond * 86_400, period: "DAY" },
      },
      { parent: this },
    );
  }

  #domain(
    label: string,
    domainName: string,
    api: aws.apigateway.RestApi,
    stage: aws.apigateway.Stage,
  ): aws.apigateway.DomainName {
    const domain = new aws.apigateway.DomainName(
      `${this.#name}-${label}`,
      {
        domainName,
        regionalCertificateArn: this.#args.certificateArn,
        endpointConfiguration: { types: "REGIONAL" },
        securityPolicy: "TLS_1_2",
      },
      { parent: this },
    );
    new aws.apigateway.BasePathMapping(
      `${this.#name}-${label}-mapping`,
      { domainName: domain.domainName, restApi: api.id, stageName: stage.stageName },
      { parent: this },
    );
    return domain;
  }

  #alarms(api: aws.apigateway.RestApi, stage: aws.apigateway.Stage): void {
    const common = {
      namespace: "AWS/ApiGateway",
      dimensions: { ApiName: api.name, Stage: stage.stageName },
      statistic: "Average",
      periodSeconds: 60,
      when: ">",
      // Nobody has asked.
      silence: "notBreaching",
    } as const;
    alarm(
      `${this.#name}-errors`,
      {
        ...common,
        description: "More than 1 % of the API's answers are errors of the exchange",
        metricName: "5XXError",
        periods: 3,
        threshold: 0.01,
        topicArn: this.#args.alarmTopicArn,
      },
      { parent: this },
    );
    alarm(
      `${this.#name}-refusals`,
      {
        ...common,
        // Seed 003's figure.
        description:
          "More than 5 % of what the API is asked is refused: by clients' fault or a limit",
        metricName: "4XXError",
        periods: 5,
        threshold: 0.05,
        topicArn: this.#args.ticketTopicArn,
      },
      { parent: this },
    );
  }
}
