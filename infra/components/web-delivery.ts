// WebDelivery: the pages and cached market data, near the clients. Private buckets in both regions, the first
// copied to the second, behind one distribution that reads the second when the first fails. A function at the
// edge looks at orders' form: it sees headers and query, which is what basic validation needs, so no Lambda@Edge.

import { readFileSync } from "node:fs";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyDocument, type Statement, trustDocument } from "./trust.ts";
import { WebBucket } from "./web-bucket.ts";
import {
  apiBehaviors,
  apiOrigin,
  errorCaching,
  failoverCodes,
  pageBehavior,
  pagesOrigin,
} from "./web-distribution.ts";
import { watchWeb } from "./web-watch.ts";

export interface WebDeliveryArgs {
  readonly prodRegion: string;
  readonly drRegion: string;
  readonly accountId: pulumi.Input<string>;
  /** Where pages are; of the others, whoever comes there is sent on to the first. */
  readonly domainNames: readonly [pages: string, ...others: string[]];
  /** Name of the REST API, which leads to the active region. */
  readonly apiDomainName: string;
  /** Hosts that pages may open streams to. */
  readonly streamHosts: readonly string[];
  /** Hosts that pages ask for the tokens of who has signed in. */
  readonly signInHosts: readonly string[];
  readonly zoneId: pulumi.Input<string>;
  /** In us-east-1. */
  readonly edgeCertificateArn: pulumi.Input<string>;
  /** Of scope CLOUDFRONT. */
  readonly webAclArn: pulumi.Input<string>;
  /** In us-east-1. */
  readonly edgeLogKeyArn: pulumi.Input<string>;
  readonly logRetentionDays: number;
  /** In us-east-1. */
  readonly edgeAlarmTopicArn: pulumi.Input<string>;
}

const source = (file: string): string =>
  readFileSync(new URL(`../edge/${file}`, import.meta.url), "utf8");

export class WebDelivery extends pulumi.ComponentResource {
  readonly distributionArn: pulumi.Output<string>;
  readonly distributionId: pulumi.Output<string>;
  /** Where pages are put; the other region's bucket gets them by itself. */
  readonly bucket: pulumi.Output<string>;
  readonly #name: string;
  readonly #args: WebDeliveryArgs;

  constructor(name: string, args: WebDeliveryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("castle:infra:WebDelivery", name, {}, opts);
    this.#name = name;
    this.#args = args;
    const keys = this.#keys();
    const child = { parent: this };
    const first = new WebBucket(
      `${name}-pages`,
      { region: args.prodRegion, keyArn: keys.prod.arn },
      child,
    );
    const second = new WebBucket(
      `${name}-copy`,
      { region: args.drRegion, keyArn: keys.dr.arn },
      child,
    );
    this.#replicate(first, second, keys);
    const distribution = this.#distribution(first, second);
    for (const bucket of [first, second]) bucket.allowReadsBy(distribution.arn);
    this.#records(distribution);
    const { edgeLogKeyArn, logRetentionDays, edgeAlarmTopicArn } = args;
    watchWeb(
      name,
      {
        distributionArn: distribution.arn,
        distributionId: distribution.id,
        edgeLogKeyArn,
        logRetentionDays,
        edgeAlarmTopicArn,
      },
      child,
    );
    this.distributionArn = distribution.arn;
    this.distributionId = distribution.id;
    this.bucket = first.bucket;
    this.registerOutputs({ distributionArn: this.distributionArn, bucket: this.bucket });
  }

  /** Apart from the exchange's keys: the CDN, which serves everybody, reads nothing but pages with it. */
  #keys(): { prod: aws.kms.Key; dr: aws.kms.ReplicaKey } {
    const { accountId, prodRegion, drRegion } = this.#args;
    const policy = policyDocument([
      {
        Sid: "Owner",
        Effect: "Allow",
        Principal: { AWS: pulumi.interpolate`arn:aws:iam::${accountId}:root` },
        Action: "kms:*",
        Resource: "*",
      },
      {
        Sid: "Delivery",
        Effect: "Allow",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Action: "kms:Decrypt",
        Resource: "*",
        // The distribution's own ARN is known only when its buckets, and so this key, are there.
        Condition: {
          StringEquals: { "aws:SourceAccount": accountId },
          ArnLike: {
            "aws:SourceArn": pulumi.interpolate`arn:aws:cloudfront::${accountId}:distribution/*`,
          },
        },
      },
    ]);
    const prod = new aws.kms.Key(
      `${this.#name}-key`,
      {
        region: prodRegion,
        description: "Pages",
        multiRegion: true,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        policy,
      },
      { parent: this, protect: true },
    );
    const dr = new aws.kms.ReplicaKey(
      `${this.#name}-key-copy`,
      {
        region: drRegion,
        description: "Pages",
        primaryKeyArn: prod.arn,
        deletionWindowInDays: 30,
        policy,
      },
      { parent: this, protect: true },
    );
    return { prod, dr };
  }

  #replicate(
    from: WebBucket,
    to: WebBucket,
    keys: { readonly prod: aws.kms.Key; readonly dr: aws.kms.ReplicaKey },
  ): void {
    const role = new aws.iam.Role(
      `${this.#name}-copier`,
      { assumeRolePolicy: trustDocument("s3.amazonaws.com", this.#args.accountId) },
      { parent: this },
    );
    const allow = (Action: string[], Resource: pulumi.Input<string>): Statement => ({
      Effect: "Allow",
      Action,
      Resource,
    });
    const policy = new aws.iam.RolePolicy(
      `${this.#name}-copier-may`,
      {
        role: role.id,
        policy: policyDocument([
          allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], from.arn),
          allow(
            ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"],
            pulumi.interpolate`${from.arn}/*`,
          ),
          allow(["s3:ReplicateObject", "s3:ReplicateDelete"], pulumi.interpolate`${to.arn}/*`),
          allow(["kms:Decrypt"], keys.prod.arn),
          allow(["kms:Encrypt"], keys.dr.arn),
        ]),
      },
      { parent: this },
    );
    new aws.s3.BucketReplicationConfig(
      `${this.#name}-copies`,
      {
        region: from.region,
        bucket: from.bucket,
        role: role.arn,
        rules: [
          {
            id: "pages",
            status: "Enabled",
            filter: { prefix: "" },
            deleteMarkerReplication: { status: "Enabled" },
            sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
            destination: {
              bucket: to.arn,
              encryptionConfiguration: { replicaKmsKeyId: keys.dr.arn },
              // A bound on how old the copy may be: 15 minutes, and a metric that says so.
              replicationTime: { status: "Enabled", time: { minutes: 15 } },
              metrics: { status: "Enabled", eventThreshold: { minutes: 15 } },
            },
          },
        ],
      },
      { parent: this, dependsOn: [policy, to] },
    );
  }

  #distribution(first: WebBucket, second: WebBucket): aws.cloudfront.Distribution {
    const { domainNames, apiDomainName, edgeCertificateArn, webAclArn } = this.#args;
    const access = new aws.cloudfront.OriginAccessControl(
      `${this.#name}-access`,
      {
        originAccessControlOriginType: "s3",
        signingBehavior: "always",
        signingProtocol: "sigv4",
      },
      { parent: this },
    );
    const bucketOrigin = (originId: string, bucket: WebBucket) => ({
      originId,
      domainName: bucket.domainName,
      originAccessControlId: access.id,
      // The default of 3 × 10 s would be a long look at a lost region.
      connectionAttempts: 2,
      connectionTimeout: 2,
    });
    const members = [`${pagesOrigin}-first`, `${pagesOrigin}-second`] as const;
    const behaviors = {
      marketDataPolicyId: this.#marketDataPolicy().id,
      headersPolicyId: this.#headersPolicy().id,
      orderCheckArn: this.#function("order-check").arn,
      pagePathArn: this.#function("page-path").arn,
    };
    return new aws.cloudfront.Distribution(
      `${this.#name}-distribution`,
      {
        enabled: true,
        aliases: [...domainNames],
        defaultRootObject: "index.html",
        httpVersion: "http2and3",
        isIpv6Enabled: true,
        webAclId: webAclArn,
        origins: [
          bucketOrigin(members[0], first),
          bucketOrigin(members[1], second),
          {
            originId: apiOrigin,
            domainName: apiDomainName,
            customOriginConfig: {
              httpPort: 80,
              httpsPort: 443,
              originProtocolPolicy: "https-only",
              originSslProtocols: ["TLSv1.2"],
              originReadTimeout: 20,
            },
          },
        ],
        originGroups: [
          {
            originId: pagesOrigin,
            failoverCriteria: { statusCodes: failoverCodes },
            members: members.map((originId) => ({ originId })),
          },
        ],
        defaultCacheBehavior: pageBehavior(behaviors),
        orderedCacheBehaviors: apiBehaviors(behaviors),
        customErrorResponses: errorCaching,
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: {
          acmCertificateArn: edgeCertificateArn,
          sslSupportMethod: "sni-only",
          minimumProtocolVersion: "TLSv1.2_2021",
        },
      },
      { parent: this, protect: true },
    );
  }

  #function(file: "order-check" | "page-path"): aws.cloudfront.Function {
    return new aws.cloudfront.Function(
      `${this.#name}-${file}`,
      { runtime: "cloudfront-js-2.0", publish: true, code: source(`${file}.js`) },
      { parent: this },
    );
  }

  #marketDataPolicy(): aws.cloudfront.CachePolicy {
    return new aws.cloudfront.CachePolicy(
      `${this.#name}-market-data`,
      {
        comment: "Market data may be a second old; streams are for those who need it sooner",
        minTtl: 0,
        defaultTtl: 1,
        maxTtl: 1,
        parametersInCacheKeyAndForwardedToOrigin: {
          queryStringsConfig: { queryStringBehavior: "all" },
          // It changes the unit of every time in the answer.
          headersConfig: {
            headerBehavior: "whitelist",
            headers: { items: ["x-mbx-time-unit"] },
          },
          cookiesConfig: { cookieBehavior: "none" },
          enableAcceptEncodingBrotli: true,
          enableAcceptEncodingGzip: true,
        },
      },
      { parent: this },
    );
  }

  #headersPolicy(): aws.cloudfront.ResponseHeadersPolicy {
    const { streamHosts, signInHosts } = this.#args;
    const hosts = [
      ...streamHosts.map((host) => ` wss://${host}`),
      ...signInHosts.map((host) => ` https://${host}`),
    ].join("");
    return new aws.cloudfront.ResponseHeadersPolicy(
      `${this.#name}-headers`,
      {
        securityHeadersConfig: {
          strictTransportSecurity: {
            accessControlMaxAgeSec: 31_536_000,
            includeSubdomains: true,
            override: true,
          },
          contentSecurityPolicy: {
            contentSecurityPolicy: `default-src 'self'; connect-src 'self'${hosts}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
            override: true,
          },
          contentTypeOptions: { override: true },
          frameOptions: { frameOption: "DENY", override: true },
          referrerPolicy: { referrerPolicy: "no-referrer", override: true },
        },
      },
      { parent: this },
    );
  }

  #records(distribution: aws.cloudfront.Distribution): void {
    this.#args.domainNames.forEach((name, index) => {
      for (const type of ["A", "AAAA"] as const) {
        new aws.route53.Record(
          `${this.#name}-record-${type.toLowerCase()}${index === 0 ? "" : `-${index}`}`,
          {
            zoneId: this.#args.zoneId,
            name,
            type,
            aliases: [
              {
                name: distribution.domainName,
                zoneId: distribution.hostedZoneId,
                evaluateTargetHealth: false,
              },
            ],
          },
          { parent: this },
        );
      }
    });
  }
}
