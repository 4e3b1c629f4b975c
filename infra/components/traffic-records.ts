// TrafficRecords: a region's half of the names that clients use, and the health checks that move them.
// `/health/primary` answers 200 in the active region alone, so Route 53's data plane follows the role and no
// failover waits for its control plane. A record of failover type always has a check. The operators'
// commands may swap PRIMARY and SECONDARY, and disable a check: both are ignored here, so that an
// update after a failover does not undo it. Latency records ask `/health`: any region may answer.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface TrafficName {
  readonly domainName: string;
  readonly routing: "failover" | "latency";
  readonly aliasName: pulumi.Input<string>;
  readonly aliasZoneId: pulumi.Input<string>;
  /** What else must answer for this name, such as the API in front of the gateways. */
  readonly check?: { readonly host: pulumi.Input<string>; readonly path: string };
}

export interface TrafficRecordsArgs {
  readonly zoneId: pulumi.Input<string>;
  readonly region: string;
  /** The stack's role: stays with the records when the regions change roles. */
  readonly setIdentifier: string;
  /** Read once, when the records are made. */
  readonly isActive: boolean;
  /** Where this region's gateways answer from outside. */
  readonly gateways: {
    readonly host: pulumi.Input<string>;
    readonly port: number;
    readonly isTls: boolean;
  };
  /** By a short label, which names the resources. */
  readonly names: Readonly<Record<string, TrafficName>>;
  /** The region's own names, by a short label: they lead here whatever role it has. */
  readonly ownNames?: Readonly<Record<string, Omit<TrafficName, "routing" | "check">>>;
  /** Names of single zones, for clients that know all of them: to the balancer's name there. */
  readonly zoneNames?: Readonly<Record<string, pulumi.Input<string>>>;
  /** A check of ARC's routing control: switched off, the region is out whatever its gateways say. */
  readonly routingHealthCheckId?: pulumi.Input<string>;
}

/** On three continents: a checker's own bad line is outvoted (more than 18 % must say healthy). */
const checkerRegions = ["us-east-1", "us-west-2", "eu-west-1", "ap-southeast-1"] as const;

interface Ask {
  readonly host: pulumi.Input<string>;
  readonly port: number;
  readonly isTls: boolean;
  readonly path: string;
}

/**
 * The fastest that Route 53 offers: every 10 s, and one failure counts. A false alarm is harmless: the
 * other region is not healthy either, and with nobody healthy the primary record is answered.
 */
function healthCheckArgs({ host, port, isTls, path }: Ask): aws.route53.HealthCheckArgs {
  return {
    type: isTls ? "HTTPS" : "HTTP",
    fqdn: host,
    port,
    resourcePath: path,
    enableSni: isTls,
    requestInterval: 10,
    failureThreshold: 1,
    regions: [...checkerRegions],
  };
}

export class TrafficRecords extends pulumi.ComponentResource {
  /** The check on `/health/primary`. */
  readonly healthCheckId: pulumi.Output<string>;
  readonly healthCheckArn: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: TrafficRecordsArgs;

  constructor(name: string, args: TrafficRecordsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:TrafficRecords", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const names = Object.entries(args.names);
    const primary = this.#check("primary", { ...args.gateways, path: "/health/primary" });
    const serving = names.some(([, { routing }]) => routing === "latency")
      ? this.#check("serving", { ...args.gateways, path: "/health" })
      : primary;
    for (const [label, entry] of names) {
      const region = entry.routing === "failover" ? primary : serving;
      this.#record(label, entry, this.#healthOf(label, entry, region.id));
    }
    for (const [label, entry] of Object.entries(args.ownNames ?? {})) {
      this.#ownRecord(label, entry);
    }
    for (const [domainName, target] of Object.entries(args.zoneNames ?? {})) {
      this.#zoneRecord(domainName, target);
    }
    this.healthCheckId = primary.id;
    this.healthCheckArn = primary.arn;
    this.registerOutputs({ healthCheckId: this.healthCheckId });
  }

  #check(label: string, ask: Ask): aws.route53.HealthCheck {
    return new aws.route53.HealthCheck(
      `${this.#name}-${label}`,
      {
        ...healthCheckArgs(ask),
        tags: { Name: `castle ${this.#args.setIdentifier} ${label}` },
      },
      { parent: this, ignoreChanges: ["disabled", "invertHealthcheck"] },
    );
  }

  /** One check, or all of several: the region's, the name's own, the routing control. */
  #healthOf(
    label: string,
    { check }: TrafficName,
    regionCheckId: pulumi.Output<string>,
  ): pulumi.Output<string> {
    const { routingHealthCheckId, setIdentifier } = this.#args;
    const own =
      check === undefined ? [] : [this.#check(label, { ...check, port: 443, isTls: true }).id];
    const switched = routingHealthCheckId === undefined ? [] : [routingHealthCheckId];
    const all = [regionCheckId, ...own, ...switched];
    if (all.length === 1) return regionCheckId;
    return new aws.route53.HealthCheck(
      `${this.#name}-${label}-all`,
      {
        type: "CALCULATED",
        childHealthchecks: all,
        childHealthThreshold: all.length,
        tags: { Name: `castle ${setIdentifier} ${label}, all of it` },
      },
      { parent: this },
    ).id;
  }

  #record(label: string, entry: TrafficName, healthCheckId: pulumi.Input<string>): void {
    const { zoneId, setIdentifier, isActive, region } = this.#args;
    new aws.route53.Record(
      `${this.#name}-${label}`,
      {
        zoneId,
        name: entry.domainName,
        type: "A",
        setIdentifier,
        healthCheckId,
        aliases: [{ name: entry.aliasName, zoneId: entry.aliasZoneId, evaluateTargetHealth: true }],
        ...(entry.routing === "failover"
          ? { failoverRoutingPolicies: [{ type: isActive ? "PRIMARY" : "SECONDARY" }] }
          : { latencyRoutingPolicies: [{ region }] }),
      },
      { parent: this, ignoreChanges: ["failoverRoutingPolicies"] },
    );
  }

  /** Without a health check: whoever asks for this region wants to hear from it, or nothing. */
  #ownRecord(label: string, entry: Omit<TrafficName, "routing" | "check">): void {
    new aws.route53.Record(
      `${this.#name}-own-${label}`,
      {
        zoneId: this.#args.zoneId,
        name: entry.domainName,
        type: "A",
        aliases: [
          { name: entry.aliasName, zoneId: entry.aliasZoneId, evaluateTargetHealth: false },
        ],
      },
      { parent: this },
    );
  }

  #zoneRecord(domainName: string, target: pulumi.Input<string>): void {
    new aws.route53.Record(
      `${this.#name}-${domainName.split(".")[0]}`,
      {
        zoneId: this.#args.zoneId,
        name: domainName,
        type: "CNAME",
        ttl: 60,
        records: [target],
      },
      { parent: this },
    );
  }
}
