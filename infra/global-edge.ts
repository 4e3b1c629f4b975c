// What the internet reaches of both regions at once: hosted zone and certificates, accelerator, pages behind their
// firewall, Shield, the switches of ARC. It knows the regions by their names alone: none of it waits for a
// region's stack, and none of it breaks with one.

import * as pulumi from "@pulumi/pulumi";
import { Accelerator } from "./components/accelerator.ts";
import { AlarmTopics } from "./components/alarm-topics.ts";
import { Certificates, edgeRegion } from "./components/certificates.ts";
import { EdgeFirewall } from "./components/edge-firewall.ts";
import { HostedZone } from "./components/hosted-zone.ts";
import { RoutingControls } from "./components/routing-controls.ts";
import { ShieldProtection } from "./components/shield-protection.ts";
import { WebDelivery } from "./components/web-delivery.ts";
import type { GlobalConfig } from "./config/stack-config.ts";
import { domainsOf, orderEntryPort, regionDomainsOf } from "./names.ts";
import { of } from "./peer.ts";

interface Ground extends Pick<GlobalConfig, "global" | "site"> {
  readonly options: pulumi.ComponentResourceOptions;
  readonly accountId: pulumi.Output<string>;
  readonly logKeyArns: Readonly<Record<string, pulumi.Output<string>>>;
}

export function edgeOf(ground: Ground) {
  const { global, site, options } = ground;
  const regions = [global.prodRegion, global.drRegion];
  const zone = new HostedZone("zone", { domain: site.domain }, options);
  const names = domainsOf(site.domain);
  const certificates = new Certificates(
    "certificates",
    { domain: site.domain, zoneId: zone.zoneId, regions, exportableNames: names.gateways },
    options,
  );
  const accelerator = global.hasAccelerator
    ? new Accelerator(
        "orders",
        { port: orderEntryPort, domainName: names.orders, zoneId: zone.zoneId },
        options,
      )
    : undefined;
  const web = global.hasWeb ? webOf(ground, { zone, certificates }) : undefined;
  if (global.hasShieldAdvanced) shield({ zone, accelerator, web }, options);
  const controls = global.hasRoutingControls
    ? new RoutingControls("switches", { regions }, options)
    : undefined;
  const none = pulumi.output("");
  const nowhere = pulumi.output<Record<string, string>>({});
  return {
    zoneId: zone.zoneId,
    nameServers: zone.nameServers,
    certificateArns: certificates.certificateArns,
    gatewayCertificateArns: certificates.exportableArns,
    acceleratorListenerArn: accelerator?.listenerArn ?? none,
    acceleratorDnsName: accelerator?.dnsName ?? none,
    pagesDomainName: web === undefined ? none : pulumi.output(names.pages),
    pagesBucket: web?.bucket ?? none,
    distributionId: web?.distributionId ?? none,
    routingClusterArn: controls?.clusterArn ?? none,
    routingControlArns: controls?.routingControlArns ?? nowhere,
    routingHealthCheckIds: controls?.healthCheckIds ?? nowhere,
  };
}

interface Named {
  readonly zone: HostedZone;
  readonly certificates: Certificates;
}

function webOf(
  { global, site, options, accountId, logKeyArns }: Ground,
  { zone, certificates }: Named,
): WebDelivery {
  const { prodRegion, drRegion, rateLimit, logRetentionDays } = global;
  const names = domainsOf(site.domain);
  const logKeyArn = of(pulumi.output(logKeyArns), edgeRegion);
  const alarms = new AlarmTopics(
    "edge-alarms",
    { accountId, region: edgeRegion, email: site.alarmEmail },
    options,
  );
  const firewall = new EdgeFirewall(
    "edge-firewall",
    {
      scope: "CLOUDFRONT",
      rateLimit,
      logKeyArn,
      logRetentionDays,
      alarmTopicArn: alarms.pageTopicArn,
    },
    options,
  );
  return new WebDelivery(
    "web",
    {
      prodRegion,
      drRegion,
      accountId,
      // Cognito asks for an address at the parent of its own name, which is the domain itself.
      domainNames: [names.pages, site.domain],
      apiDomainName: names.api,
      streamHosts: [names.orders, names.streams, names.messages],
      signInHosts: [prodRegion, drRegion].map(
        (region) => regionDomainsOf(site.domain, region).signIn,
      ),
      zoneId: zone.zoneId,
      edgeCertificateArn: of(certificates.certificateArns, edgeRegion),
      webAclArn: firewall.webAclArn,
      edgeLogKeyArn: logKeyArn,
      logRetentionDays,
      edgeAlarmTopicArn: alarms.pageTopicArn,
    },
    options,
  );
}

interface Open {
  readonly zone: HostedZone;
  readonly accelerator: Accelerator | undefined;
  readonly web: WebDelivery | undefined;
}

/** The balancers behind them are not named: the accelerator and the firewalls stand before those. */
function shield({ zone, accelerator, web }: Open, options: pulumi.ComponentResourceOptions): void {
  new ShieldProtection(
    "shield",
    {
      resourceArns: {
        zone: zone.zoneArn,
        ...(accelerator === undefined ? {} : { accelerator: accelerator.arn }),
        ...(web === undefined ? {} : { pages: web.distributionArn }),
      },
    },
    options,
  );
}
