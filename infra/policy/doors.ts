// How strangers come in: APIs that throttle, ask who it is and have no back door; names that lead to this region;
// firewalls in front of all that speaks HTTP.

import {
  across,
  at,
  attached,
  each,
  isGiven,
  listAt,
  ofType,
  type Rule,
  type Subject,
} from "./rule.ts";

const restApi = "aws:apigateway/restApi:RestApi";
const restStage = "aws:apigateway/stage:Stage";
const socketApi = "aws:apigatewayv2/api:Api";
const balancer = "aws:lb/loadBalancer:LoadBalancer";

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly operation: unknown;
}

/** Of an OpenAPI document; none where it is not known yet. */
function operationsOf(body: unknown): readonly Operation[] {
  if (typeof body !== "string") return [];
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return [];
  }
  return Object.entries(at(document, "paths") ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Readonly<Record<string, unknown>>).map(([method, operation]) => ({
      path,
      method,
      operation,
    })),
  );
}

/** Callers of these sign each request with a key of the exchange. */
const signedPath = /^\/(api|sapi|fapi|dapi)\//;
const anyMethod = "x-amazon-apigateway-any-method";

/** The region in the name of a balancer or of an API's domain. */
const regionOfName = (name: unknown): string | undefined =>
  /\.(?:execute-api|elb)\.([a-z0-9-]+)\.amazonaws\.com/.exec(String(name ?? ""))?.[1];

const regionOfArn = ({ props }: Subject): string | undefined =>
  /^arn:[^:]*:[^:]*:([a-z0-9-]+):/.exec(String(props.arn ?? ""))?.[1];

export const doorRules: readonly Rule[] = [
  across("api-throttled", "one client's loop must not be everybody's outage [APIG6]", (all) => [
    ...ofType(all, restStage).map((stage) => {
      const limits = ofType(all, "aws:apigateway/methodSettings:MethodSettings").filter(
        ({ props }) =>
          props.restApi === stage.props.restApi &&
          props.stageName === stage.props.stageName &&
          props.methodPath === "*/*",
      );
      const isLimited = limits.some(
        ({ props }) => Number(at(props, "settings.throttlingRateLimit") ?? -1) > 0,
      );
      return [stage, !isLimited && "no method settings for */* set throttlingRateLimit"] as const;
    }),
    ...ofType(all, "aws:apigatewayv2/stage:Stage").map((stage) => {
      const rate = Number(at(stage.props, "defaultRouteSettings.throttlingRateLimit") ?? -1);
      return [stage, rate <= 0 && "set defaultRouteSettings.throttlingRateLimit"] as const;
    }),
  ]),
  each(
    "signed-routes-know-no-people",
    "clients sign with API keys; asked for a person's token, every one of them would be refused",
    [restApi],
    (props) =>
      operationsOf(props.body)
        .filter(({ path }) => signedPath.test(path))
        .filter(({ operation }) => isGiven(at(operation, "security")))
        .map(({ path, method }) => `${method} ${path} asks for a token: leave security out`),
  ),
  each(
    "services-ask-people",
    "services beside the exchange check no signature [APIG4, COG4]",
    [restApi],
    (props) =>
      operationsOf(props.body)
        .filter(({ method, operation }) => {
          return method === anyMethod && listAt(operation, "security").length === 0;
        })
        .map(({ path }) => `${path} is open to everybody: give it security`),
  ),
  each(
    "socket-asks-who",
    "a connection is asked once, when it is made [APIG4]",
    ["aws:apigatewayv2/route:Route"],
    (props) => [
      props.routeKey === "$connect" &&
        (props.authorizationType ?? "NONE") === "NONE" &&
        "set authorizationType to CUSTOM or AWS_IAM",
    ],
  ),
  each(
    "api-by-its-names",
    "the address that AWS gives passes by DNS, and so by every failover",
    [restApi, socketApi],
    (props) => [props.disableExecuteApiEndpoint !== true && "set disableExecuteApiEndpoint"],
  ),
  across("doors-behind-firewall", "floods end where they are cheap to end [APIG3, ELB]", (all) => {
    const type = "aws:wafv2/webAclAssociation:WebAclAssociation";
    const doors = [
      ...ofType(all, restStage),
      ...ofType(all, "aws:cognito/userPool:UserPool"),
      ...ofType(all, balancer).filter(
        ({ props }) => props.loadBalancerType !== "network" && props.internal !== true,
      ),
    ];
    return doors.map((door) => {
      const isGuarded = attached(all, type, "resourceArn", door).length > 0;
      return [door, !isGuarded && "no web ACL is associated with it"] as const;
    });
  }),
  across(
    "alias-leads-home",
    "a region's record that leads to the other region survives every check, and no failover",
    (all) => {
      const homes = new Set(ofType(all, balancer).flatMap((one) => regionOfArn(one) ?? []));
      if (homes.size === 0) return [];
      return ofType(all, "aws:route53/record:Record").flatMap((record) =>
        listAt(record.props, "aliases").map((alias) => {
          const region = regionOfName(at(alias, "name"));
          const isAway = region !== undefined && !homes.has(region);
          return [record, isAway && `it leads to ${region}: to this region's own only`] as const;
        }),
      );
    },
  ),
  each(
    "client-tells-nothing",
    "a sign-in form must not say which addresses have an account",
    ["aws:cognito/userPoolClient:UserPoolClient"],
    (props) => [
      props.preventUserExistenceErrors !== "ENABLED" && "set preventUserExistenceErrors to ENABLED",
      listAt(props, "allowedOauthFlows").includes("implicit") &&
        "leave the implicit flow out: its tokens are in addresses",
    ],
  ),
  across("switches-not-all-off", "two switches off are an exchange that nobody reaches", (all) => {
    const rules = ofType(all, "aws:route53recoverycontrol/safetyRule:SafetyRule");
    return ofType(all, "aws:route53recoverycontrol/controlPanel:ControlPanel").map((panel) => {
      const isSafe = rules.some(
        ({ props }) =>
          [panel.id, panel.props.arn].includes(props.controlPanelArn as string) &&
          at(props, "ruleConfig.type") === "ATLEAST" &&
          Number(at(props, "ruleConfig.threshold")) >= 1,
      );
      return [panel, !isSafe && "no safety rule keeps one of its switches on"] as const;
    });
  }),
  across("cdn-logs", "who came, and when [CFR3]", (all) =>
    ofType(all, "aws:cloudfront/distribution:Distribution").map((distribution) => {
      const source = "aws:cloudwatch/logDeliverySource:LogDeliverySource";
      const isLogged =
        isGiven(distribution.props.loggingConfig) ||
        attached(all, source, "resourceArn", distribution).length > 0;
      return [distribution, !isLogged && "no log delivery source names it"] as const;
    }),
  ),
];
