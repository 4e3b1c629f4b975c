// The OpenAPI document of the REST API, from its routes. Pure. Every operation passes through to the balancer by
// the VPC link, after API Gateway has seen that an API key and GET's required parameters are there. What API
// Gateway itself refuses looks as the exchange's own refusals do, so that clients map it.

import type { RestRoute } from "./rest-routes.ts";

export interface RestDocumentArgs {
  readonly routes: readonly RestRoute[];
  /** Path prefixes of services whose callers have signed in: `/castle/v1/users`. */
  readonly servicePaths: readonly string[];
  /** Functions for the same callers, each with a path of its own. */
  readonly functionPaths: readonly { readonly path: string; readonly invokeArn: string }[];
  /** User pools that they signed in to: this region's, the other's. Service paths are left out without one. */
  readonly userPoolArns: readonly string[];
  /** Its certificate is checked against this name. */
  readonly backendHost: string;
  readonly vpcLinkId: string;
  readonly balancerArn: string;
}

interface Operation {
  readonly parameters: readonly object[];
  readonly security?: readonly object[];
  readonly responses: object;
  readonly "x-amazon-apigateway-request-validator": string;
  readonly "x-amazon-apigateway-integration": object;
}

/** The only one: versions are in paths. */
export const restStage = "live";

/** A gateway answers within 10 s, or says that it does not know. */
const timeoutMs = 15_000;
const signedIn = [{ people: [] }];
const apiKeyHeader = "X-MBX-APIKEY";

export function restDocument(args: RestDocumentArgs): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of args.routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: gatewayOperation(route, args) };
  }
  const { userPoolArns } = args;
  const hasPeople = userPoolArns.length > 0;
  if (hasPeople) {
    for (const path of args.servicePaths) {
      paths[`${path}/{proxy+}`] = {
        "x-amazon-apigateway-any-method": serviceOperation(path, args),
      };
    }
    for (const { path, invokeArn } of args.functionPaths) {
      paths[path] = { "x-amazon-apigateway-any-method": functionOperation(invokeArn) };
    }
  }
  return {
    openapi: "3.0.1",
    info: { title: "Castle", version: "1" },
    "x-amazon-apigateway-request-validators": {
      parameters: { validateRequestParameters: true, validateRequestBody: false },
    },
    "x-amazon-apigateway-gateway-responses": gatewayResponses,
    paths,
    ...(hasPeople ? { components: { securitySchemes: people(userPoolArns) } } : {}),
  };
}

function gatewayOperation(route: RestRoute, args: RestDocumentArgs): Operation {
  const isQueryOnly = route.method === "get";
  return operation({
    parameters: [
      ...(route.needsKey ? [parameter("header", apiKeyHeader, true)] : []),
      ...route.required.map((name) => parameter("query", name, isQueryOnly)),
    ],
    integration: integration(args, route.path, route.method.toUpperCase()),
  });
}

function serviceOperation(path: string, args: RestDocumentArgs): Operation {
  return {
    ...operation({
      parameters: [parameter("path", "proxy", true)],
      integration: {
        ...integration(args, `${path}/{proxy}`, "ANY"),
        requestParameters: { "integration.request.path.proxy": "method.request.path.proxy" },
      },
    }),
    security: signedIn,
  };
}

/** Whatever the method, a function is called by POST. */
const functionOperation = (invokeArn: string): Operation => ({
  ...operation({
    parameters: [],
    integration: {
      type: "aws_proxy",
      httpMethod: "POST",
      uri: invokeArn,
      timeoutInMillis: timeoutMs,
      passthroughBehavior: "when_no_match",
    },
  }),
  security: signedIn,
});

const operation = (of: { parameters: readonly object[]; integration: object }): Operation => ({
  parameters: of.parameters,
  responses: { default: { description: "As the exchange answers" } },
  "x-amazon-apigateway-request-validator": "parameters",
  "x-amazon-apigateway-integration": of.integration,
});

const parameter = (place: "header" | "query" | "path", name: string, required: boolean) => ({
  in: place,
  name,
  required,
  schema: { type: "string" },
});

function integration(
  { backendHost, vpcLinkId, balancerArn }: RestDocumentArgs,
  path: string,
  httpMethod: string,
): object {
  return {
    type: "http_proxy",
    httpMethod,
    uri: `https://${backendHost}${path}`,
    connectionType: "VPC_LINK",
    connectionId: vpcLinkId,
    // A link of the second kind is to a network; the balancer in it is named here.
    integrationTarget: balancerArn,
    timeoutInMillis: timeoutMs,
    passthroughBehavior: "when_no_match",
  };
}

/** Codes of docs/api.md. */
const refusal = (statusCode: number, code: number, msg: string) => ({
  statusCode,
  responseTemplates: { "application/json": JSON.stringify({ code, msg }) },
});

const gatewayResponses = {
  BAD_REQUEST_PARAMETERS: {
    statusCode: 400,
    responseTemplates: {
      "application/json":
        '{"code":-1102,"msg":"A mandatory parameter was not sent, was empty/null, or malformed.","detail":$context.error.messageString}',
    },
  },
  THROTTLED: refusal(429, -1003, "Too many requests; wait and send again."),
  WAF_FILTERED: refusal(403, -1002, "You are not authorized to execute this request."),
  INTEGRATION_TIMEOUT: refusal(504, -1007, "Timeout waiting for response from backend server."),
  INTEGRATION_FAILURE: refusal(503, -1001, "Internal error; unable to process your request."),
  MISSING_AUTHENTICATION_TOKEN: refusal(404, -1000, "Path not found."),
};

const people = (providerARNs: readonly string[]) => ({
  people: {
    type: "apiKey",
    in: "header",
    name: "Authorization",
    "x-amazon-apigateway-authtype": "cognito_user_pools",
    "x-amazon-apigateway-authorizer": {
      type: "cognito_user_pools",
      providerARNs,
    },
  },
});
