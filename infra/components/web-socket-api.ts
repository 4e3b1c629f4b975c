// WebSocketApi: API Gateway's WebSocket, for what is not a gateway's own stream: it turns each message into a
// call of a function. It knows no user pools: $connect asks a REQUEST authorizer, or IAM. A connection
// ends after two hours, or ten silent minutes, by AWS's limits.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "./trust.ts";

export interface FunctionTarget {
  readonly functionName: pulumi.Input<string>;
  /** The alias, where it is called by one. */
  readonly qualifier?: pulumi.Input<string>;
  /** Of an alias or of the function: its `invokeArn`. */
  readonly invokeArn: pulumi.Input<string>;
  /** Where it is given, the function may write to whoever is connected. */
  readonly roleName?: pulumi.Input<string>;
}

export interface WebSocketApiArgs {
  readonly domainName: string;
  readonly certificateArn: pulumi.Input<string>;
  /** Takes $connect, $disconnect and every message. */
  readonly handler: FunctionTarget;
  /** Who decides over $connect; IAM where absent. */
  readonly authorizer?: FunctionTarget;
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly logKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
}

const stageName = "live";
const routeKeys = ["$connect", "$disconnect", "$default"] as const;
const logFormat = JSON.stringify({
  requestId: "$context.requestId",
  connectionId: "$context.connectionId",
  ip: "$context.identity.sourceIp",
  route: "$context.routeKey",
  event: "$context.eventType",
  status: "$context.status",
  error: "$context.error.message",
});

export class WebSocketApi extends pulumi.ComponentResource {
  readonly apiId: pulumi.Output<string>;
  readonly executionArn: pulumi.Output<string>;
  readonly aliasName: pulumi.Output<string>;
  readonly aliasZoneId: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: WebSocketApiArgs;

  constructor(name: string, args: WebSocketApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:WebSocketApi", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const api = new aws.apigatewayv2.Api(
      `${name}-api`,
      {
        protocolType: "WEBSOCKET",
        routeSelectionExpression: "$request.body.method",
        disableExecuteApiEndpoint: true,
      },
      { parent: this },
    );
    const routes = this.#routes(api);
    const stage = this.#stage(api, routes);
    const domain = this.#domain(api, stage);
    this.apiId = api.id;
    this.executionArn = api.executionArn;
    this.aliasName = domain.domainNameConfiguration.targetDomainName;
    this.aliasZoneId = domain.domainNameConfiguration.hostedZoneId;
    this.registerOutputs({ apiId: this.apiId, aliasName: this.aliasName });
  }

  #routes(api: aws.apigatewayv2.Api): aws.apigatewayv2.Route[] {
    const { handler, authorizer } = this.#args;
    const integration = new aws.apigatewayv2.Integration(
      `${this.#name}-handler`,
      { apiId: api.id, integrationType: "AWS_PROXY", integrationUri: handler.invokeArn },
      { parent: this },
    );
    this.#permit("handler", handler, pulumi.interpolate`${api.executionArn}/*/*`);
    if (handler.roleName !== undefined) this.#letAnswer(api, handler.roleName);
    const access =
      authorizer === undefined
        ? { authorizationType: "AWS_IAM" }
        : { authorizationType: "CUSTOM", authorizerId: this.#authorizer(api, authorizer).id };
    return routeKeys.map(
      (routeKey) =>
        new aws.apigatewayv2.Route(
          `${this.#name}-${routeKey.slice(1)}`,
          {
            apiId: api.id,
            routeKey,
            target: pulumi.interpolate`integrations/${integration.id}`,
            // AWS asks once a connection; later messages come from whoever was let in.
            ...(routeKey === "$connect" ? access : { authorizationType: "NONE" }),
          },
          { parent: this },
        ),
    );
  }

  #authorizer(api: aws.apigatewayv2.Api, target: FunctionTarget): aws.apigatewayv2.Authorizer {
    const authorizer = new aws.apigatewayv2.Authorizer(
      `${this.#name}-authorizer`,
      {
        apiId: api.id,
        authorizerType: "REQUEST",
        authorizerUri: target.invokeArn,
        // Browsers set no headers on a WebSocket: the token is in the query.
        identitySources: ["route.request.querystring.token"],
      },
      { parent: this },
    );
    const of = pulumi.interpolate`${api.executionArn}/authorizers/${authorizer.id}`;
    this.#permit("authorizer", target, of);
    return authorizer;
  }

  /** Messages go to connections by the API's own address, as each call tells it. */
  #letAnswer(api: aws.apigatewayv2.Api, role: pulumi.Input<string>): void {
    new aws.iam.RolePolicy(
      `${this.#name}-may-answer`,
      {
        role,
        policy: policyDocument([
          {
            Effect: "Allow",
            Action: "execute-api:ManageConnections",
            Resource: pulumi.interpolate`${api.executionArn}/${stageName}/*/@connections/*`,
          },
        ]),
      },
      { parent: this },
    );
  }

  #permit(label: string, target: FunctionTarget, sourceArn: pulumi.Input<string>): void {
    new aws.lambda.Permission(
      `${this.#name}-may-${label}`,
      {
        action: "lambda:InvokeFunction",
        function: target.functionName,
        ...(target.qualifier === undefined ? {} : { qualifier: target.qualifier }),
        principal: "apigateway.amazonaws.com",
        sourceArn,
      },
      { parent: this },
    );
  }

  #stage(
    api: aws.apigatewayv2.Api,
    routes: readonly aws.apigatewayv2.Route[],
  ): aws.apigatewayv2.Stage {
    const logs = new aws.cloudwatch.LogGroup(
      `${this.#name}-logs`,
      { kmsKeyId: this.#args.logKeyArn, retentionInDays: this.#args.logRetentionDays },
      { parent: this },
    );
    return new aws.apigatewayv2.Stage(
      `${this.#name}-stage`,
      {
        apiId: api.id,
        name: stageName,
        autoDeploy: true,
        accessLogSettings: { destinationArn: logs.arn, format: logFormat },
        defaultRouteSettings: {
          throttlingRateLimit: this.#args.requestsPerSecond,
          throttlingBurstLimit: this.#args.burst,
          detailedMetricsEnabled: true,
          loggingLevel: "ERROR",
          dataTraceEnabled: false,
        },
      },
      { parent: this, dependsOn: [...routes] },
    );
  }

  #domain(api: aws.apigatewayv2.Api, stage: aws.apigatewayv2.Stage): aws.apigatewayv2.DomainName {
    const domain = new aws.apigatewayv2.DomainName(
      `${this.#name}-domain`,
      {
        domainName: this.#args.domainName,
        domainNameConfiguration: {
          certificateArn: this.#args.certificateArn,
          endpointType: "REGIONAL",
          securityPolicy: "TLS_1_2",
        },
      },
      { parent: this },
    );
    new aws.apigatewayv2.ApiMapping(
      `${this.#name}-mapping`,
      { apiId: api.id, domainName: domain.id, stage: stage.id },
      { parent: this },
    );
    return domain;
  }
}
