// Certificates: one for the domain and all names directly below it, in each region that ends TLS; the CDN
// reads its own in us-east-1. ACM asks for the same DNS record in every region of an account, and for
// the domain and its wildcard: so one record validates, and renews, all of them.

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface CertificatesArgs {
  readonly domain: string;
  readonly zoneId: pulumi.Input<string>;
  /** us-east-1 is added where it is missing. */
  readonly regions: readonly string[];
  /**
   * Names, by region, whose private key a host may fetch (acm:ExportCertificate): gateways that end TLS
   * themselves behind a TCP balancer. An export costs money, so only these.
   */
  readonly exportableNames?: readonly string[];
}

/** CloudFront and Cognito domains read their certificates there, and nowhere else. */
export const edgeRegion = "us-east-1";

export class Certificates extends pulumi.ComponentResource {
  /** By region. */
  readonly certificateArns: pulumi.Output<Record<string, string>>;
  /** By region; empty where no name is exportable. */
  readonly exportableArns: pulumi.Output<Record<string, string>>;
  readonly #name: string;
  readonly #zoneId: pulumi.Input<string>;

  constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:Certificates", name, {}, opts);
    this.#name = name;
    this.#zoneId = args.zoneId;
    const regions = [...new Set([...args.regions, edgeRegion])];
    this.certificateArns = pulumi.output(
      this.#issue("", regions, [args.domain, `*.${args.domain}`], false),
    );
    const [exportable, ...others] = args.exportableNames ?? [];
    this.exportableArns = pulumi.output(
      exportable === undefined
        ? {}
        : this.#issue("-exportable", [...new Set(args.regions)], [exportable, ...others], true),
    );
    this.registerOutputs({
      certificateArns: this.certificateArns,
      exportableArns: this.exportableArns,
    });
  }

  /** @param names the first is the certificate's own; each that is no wildcard of it is validated. */
  #issue(
    suffix: string,
    regions: readonly string[],
    names: readonly [string, ...string[]],
    isExportable: boolean,
  ): Record<string, pulumi.Output<string>> {
    const certificates = regions.map(
      (region) =>
        new aws.acm.Certificate(
          `${this.#name}${suffix}-${region}`,
          {
            region,
            domainName: names[0],
            subjectAlternativeNames: names.slice(1),
            validationMethod: "DNS",
            keyAlgorithm: "EC_prime256v1",
            ...(isExportable ? { options: { export: "ENABLED" } } : {}),
          },
          // Whoever uses a certificate keeps it until the next one is there.
          { parent: this, deleteBeforeReplace: false },
        ),
    );
    const validated = names.filter((name) => !name.startsWith("*."));
    const records = validated.map((name, index) => this.#record(suffix, name, index, certificates));
    return Object.fromEntries(
      certificates.map((certificate, index) => [
        regions[index],
        new aws.acm.CertificateValidation(
          `${this.#name}${suffix}-${regions[index]}-validation`,
          {
            ...(regions[index] === undefined ? {} : { region: regions[index] }),
            certificateArn: certificate.arn,
            validationRecordFqdns: records.map((record) => record.fqdn),
          },
          { parent: this },
        ).certificateArn,
      ]),
    );
  }

  #record(
    suffix: string,
    name: string,
    index: number,
    [certificate]: readonly aws.acm.Certificate[],
  ): aws.route53.Record {
    const option = certificate?.domainValidationOptions.apply((options) =>
      options.find(({ domainName }) => domainName === name),
    );
    const field = (key: "resourceRecordName" | "resourceRecordType" | "resourceRecordValue") =>
      pulumi.output(option).apply((found) => found?.[key] ?? "");
    return new aws.route53.Record(
      `${this.#name}${suffix}-proof${index === 0 ? "" : `-${index}`}`,
      {
        zoneId: this.#zoneId,
        name: field("resourceRecordName"),
        type: field("resourceRecordType"),
        records: [field("resourceRecordValue")],
        ttl: 300,
      },
      { parent: this },
    );
  }
}
