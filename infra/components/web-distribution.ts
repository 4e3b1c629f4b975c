// What the CDN is told: origins, and which path goes to which of them. Pure. Pages come from two buckets, the
// second where the first fails; S3 failover covers reads only, which pages are. Market data may be a second
// old; everything else of the API passes through, orders after a first look at their form.

import type * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

type Distribution = aws.types.input.cloudfront.DistributionDefaultCacheBehavior;
type Ordered = aws.types.input.cloudfront.DistributionOrderedCacheBehavior;

export interface BehaviorArgs {
  readonly marketDataPolicyId: pulumi.Input<string>;
  readonly headersPolicyId: pulumi.Input<string>;
  readonly orderCheckArn: pulumi.Input<string>;
  readonly pagePathArn: pulumi.Input<string>;
}

export const pagesOrigin = "pages";
export const apiOrigin = "api";

/** AWS's own policies, the same in every account: CachingOptimized, CachingDisabled, AllViewerExceptHostHeader. */
const cacheFiles = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const cacheNothing = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const passAllButHost = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

const reads = ["GET", "HEAD"];
const all = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"];

/** Open to everybody and the same for everybody. */
const marketDataPaths = [
  "/api/v3/depth",
  "/api/v3/trades",
  "/api/v3/aggTrades",
  "/api/v3/klines",
  "/api/v3/uiKlines",
  "/api/v3/avgPrice",
  "/api/v3/exchangeInfo",
  "/api/v3/ticker*",
];

/** Of the exchange and of the services beside it: each has its own answer for each caller. */
const passedThrough = ["/api/*", "/castle/*", "/sapi/*", "/fapi/*", "/dapi/*"];

/** S3's answers when a region is in trouble. Not 403 and 404: those say that there is no such page. */
export const failoverCodes = [500, 502, 503, 504];

const onRequest = (functionArn: pulumi.Input<string>) => [
  { eventType: "viewer-request", functionArn },
];

export function pageBehavior({ headersPolicyId, pagePathArn }: BehaviorArgs): Distribution {
  return {
    targetOriginId: pagesOrigin,
    viewerProtocolPolicy: "redirect-to-https",
    allowedMethods: reads,
    cachedMethods: reads,
    cachePolicyId: cacheFiles,
    responseHeadersPolicyId: headersPolicyId,
    compress: true,
    functionAssociations: onRequest(pagePathArn),
  };
}

/** In the order in which they are tried. */
export function apiBehaviors(args: BehaviorArgs): Ordered[] {
  const common = {
    targetOriginId: apiOrigin,
    // Whoever signs requests must not send one in the clear and be led on politely.
    viewerProtocolPolicy: "https-only",
    cachedMethods: reads,
    compress: true,
    responseHeadersPolicyId: args.headersPolicyId,
  };
  return [
    ...marketDataPaths.map(
      (pathPattern): Ordered => ({
        ...common,
        pathPattern,
        allowedMethods: reads,
        cachePolicyId: args.marketDataPolicyId,
      }),
    ),
    {
      ...common,
      pathPattern: "/api/v3/*",
      allowedMethods: all,
      cachePolicyId: cacheNothing,
      originRequestPolicyId: passAllButHost,
      functionAssociations: onRequest(args.orderCheckArn),
    },
    ...passedThrough.map(
      (pathPattern): Ordered => ({
        ...common,
        pathPattern,
        allowedMethods: all,
        cachePolicyId: cacheNothing,
        originRequestPolicyId: passAllButHost,
      }),
    ),
  ];
}

/** An error is not kept: the next request may reach a region that serves. */
export const errorCaching = [400, 403, 404, ...failoverCodes].map((errorCode) => ({
  errorCode,
  errorCachingMinTtl: 0,
}));
