// A region's APIs: REST in front of the balancer, the WebSocket API of the operator's own functions, and the pool
// of people who sign in. /api/v3 and its like are signed by their callers and know no people; only
// services do.

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { ApiFunction } from "./components/api-function.ts";
import { ApiLogging } from "./components/api-logging.ts";
import { edgeRegion } from "./components/certificates.ts";
import { RestApi } from "./components/rest-api.ts";
import { UserPool } from "./components/user-pool.ts";
import { type FunctionTarget, WebSocketApi } from "./components/web-socket-api.ts";
import { domainsOf, regionDomainsOf, servicePaths } from "./names.ts";
import { of } from "./peer.ts";
import type { Around, Balancers } from "./region-doors.ts";
import { careOf, type Site } from "./region-site.ts";
import { orderTableAccess } from "./workload-rights.ts";
import { isFlow, workloadsOf } from "./workloads.ts";

/** Artefacts are named relative to the stack's file. */
const root = fileURLToPath(new URL("..", import.meta.url));

/** Seed 004: orders of people who signed in, to the function that puts them into a topic. */
const intakePath = "/castle/v1/orders";

export interface Apis {
  readonly restApi: RestApi | undefined;
  readonly messages: WebSocketApi | undefined;
  readonly people: UserPool | undefined;
}

interface Before extends Around {
  readonly zoneId: pulumi.Output<string>;
  readonly balancers: Balancers;
}

export function apisOf(site: Site, before: Before): Apis {
  const { config, options } = site;
  const { hasRest, hasWebSocket } = config.api;
  const handler = isFlow(config) ? before.ingestion : functionOf(site, "messages", before);
  const people = config.identity.isEnabled ? peopleOf(site, before) : undefined;
  const hasMessages = hasWebSocket && handler !== undefined;
  if (!hasRest && !hasMessages) return { restApi: undefined, messages: undefined, people };
  // No stage may have access logs before the account may write any.
  const logged = { ...options, dependsOn: new ApiLogging("api-logging", options) };
  return {
    people,
    restApi: hasRest ? restApiOf(site, { ...before, people, handler }, logged) : undefined,
    messages: hasMessages ? messagesOf(site, { ...before, handler }, logged) : undefined,
  };
}

function peopleOf(site: Site, { zoneId, balancers }: Before): UserPool {
  const { config, region, global, options } = site;
  const { domain } = config.site;
  return new UserPool(
    "people",
    {
      mfa: config.identity.mfa,
      domainName: regionDomainsOf(domain, region).signIn,
      zoneId,
      edgeCertificateArn: of(global.certificateArns, edgeRegion),
      webOrigin: `https://${domainsOf(domain).pages}`,
      socialProviders: config.identity.socialProviders,
      webAclArn: balancers.webAclArn,
    },
    options,
  );
}

interface BeforeRest extends Before, Pick<Apis, "people"> {
  readonly handler: FunctionTarget | undefined;
}

function restApiOf(
  site: Site,
  { network, alarmTopicArn, ticketTopicArn, balancers, people, handler }: BeforeRest,
  options: pulumi.ComponentResourceOptions,
): RestApi {
  const { config, region, global, logKeyArn, logRetentionDays } = site;
  const { domain } = config.site;
  return new RestApi(
    "rest",
    {
      domainNames: [domainsOf(domain).api, regionDomainsOf(domain, region).api],
      certificateArn: of(global.certificateArns, region),
      vpcId: network.vpcId,
      vpcCidr: network.vpcCidr,
      subnetIds: network.serviceSubnetIds,
      balancerArn: balancers.api.arn,
      requestsPerSecond: config.api.requestsPerSecond,
      burst: config.api.burst,
      servicePaths: balancers.services.api.flatMap((service) => servicePaths[service] ?? []),
      ...(isFlow(config) && handler !== undefined ? { functions: { [intakePath]: handler } } : {}),
      ...(people === undefined ? {} : { userPoolArns: poolsOf(site, people) }),
      webAclArn: balancers.webAclArn,
      logKeyArn,
      logRetentionDays,
      alarmTopicArn,
      ticketTopicArn,
    },
    options,
  );
}

/**
 * Whose people are let in: the region's own, and those of the other region's pool, where they signed in
 * before the API moved. dr reads it of prod; prod is told by its configuration once dr stands.
 */
function poolsOf({ config, prod }: Site, { poolArn }: UserPool): pulumi.Output<string[]> {
  const peer = prod?.userPoolArn ?? pulumi.output(config.place.peerUserPoolArn ?? "");
  return pulumi.all([poolArn, peer]).apply((arns) => arns.filter((arn) => arn !== ""));
}

function messagesOf(
  site: Site,
  { handler, ...before }: Before & { readonly handler: FunctionTarget },
  options: pulumi.ComponentResourceOptions,
): WebSocketApi {
  const { config, region, global, logKeyArn, logRetentionDays } = site;
  const authorizer = functionOf(site, "messages-authorizer", before);
  return new WebSocketApi(
    "messages",
    {
      domainName: domainsOf(config.site.domain).messages,
      certificateArn: of(global.certificateArns, region),
      handler,
      ...(authorizer === undefined ? {} : { authorizer }),
      requestsPerSecond: config.api.requestsPerSecond,
      burst: config.api.burst,
      logKeyArn,
      logRetentionDays,
    },
    options,
  );
}

/** A function of the operator's; nothing where no artefact was given. */
function functionOf(
  site: Site,
  name: "messages" | "messages-authorizer",
  { network, alarmTopicArn }: Around,
): ApiFunction | undefined {
  const { config, options } = site;
  const workload = workloadsOf(config).find((one) => one.name === name);
  if (workload?.artefact.from !== "operator") return undefined;
  return new ApiFunction(
    `${name}-function`,
    {
      ...careOf(site),
      archive: resolve(root, workload.artefact.reference),
      memoryMiB: workload.size.memoryMiB,
      concurrencyMax: workload.size.countMax,
      vpcId: network.vpcId,
      subnetIds: network.serviceSubnetIds,
      ...(workload.rights.includes("order-tables") ? orderTableAccess(site) : { statements: [] }),
      alarmTopicArn,
    },
    options,
  );
}
