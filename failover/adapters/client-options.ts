// Client options: the one place where the bounds of every call to AWS are set. Connection, request and
// whole call each have a limit, attempts are few, and the caller's signal ends all of it: the
// toolkit runs while a region is being lost, when an endpoint may well swallow what it is sent.

import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** How long calls may take. */
export interface CallLimits {
  readonly connectionTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** The first one included. */
  readonly attempts: number;
  /** All attempts and the pauses between them. */
  readonly callTimeoutMs: number;
}

/**
 * The register is asked once a second and decides how long a region failover takes. A write that is
 * strongly consistent over three regions takes one round trip between them, 70 to 200 ms.
 */
export const registerLimits: CallLimits = {
  connectionTimeoutMs: 1000,
  requestTimeoutMs: 1500,
  attempts: 3,
  callTimeoutMs: 5000,
};

/** Control planes answer in a second or two; throttled ones ask for pauses. */
export const controlLimits: CallLimits = {
  connectionTimeoutMs: 2000,
  requestTimeoutMs: 8000,
  attempts: 4,
  callTimeoutMs: 30_000,
};

/** Where a service is reached, and how long for. */
export interface AwsAccess {
  readonly region: string;
  /** A local stand-in; AWS's own where absent. */
  readonly endpoint?: string;
  readonly limits?: CallLimits;
  /** Another one than the network's, for tests. */
  readonly requestHandler?: NonNullable<DynamoDBClientConfig["requestHandler"]>;
}

/** What every client of the SDK is made with. */
export function clientOptions({ region, endpoint, requestHandler }: AwsAccess, limits: CallLimits) {
  return {
    region,
    maxAttempts: limits.attempts,
    retryMode: "standard",
    requestHandler:
      requestHandler ??
      new NodeHttpHandler({
        connectionTimeout: limits.connectionTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        // Without it a breach is a line in a log and the call goes on.
        throwOnRequestTimeout: true,
      }),
    ...(endpoint === undefined ? {} : { endpoint, credentials: standInCredentials }),
  };
}

/** Stand-ins take any; without some the SDK would search the machine, and the network, for them. */
const standInCredentials = { accessKeyId: "local", secretAccessKey: "local" };
