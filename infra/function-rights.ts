// What a function may do beyond its source, and what it is told: from the catalogue's rights to statements with ARNs.

import * as pulumi from "@pulumi/pulumi";
import { keyUse, type Statement } from "./components/trust.ts";
import { of } from "./peer.ts";
import type { Site } from "./region-site.ts";
import type { Right } from "./workloads.ts";

interface Granted {
  readonly statements: readonly Statement[];
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Below it lies what the archive function takes out of the database. */
const archivePrefix = "archive/";

const grants: Partial<Record<Right, (site: Site) => Granted>> = {
  "order-tables": ({ global, region, dataKeyArn }) => {
    const arns = global.tableArns.apply((byRegion) => byRegion[region] ?? []);
    return {
      statements: [
        {
          Effect: "Allow",
          Action: [
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            // Each write is conditional on the journal's position: a batch that comes again changes nothing.
            "dynamodb:ConditionCheckItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:BatchWriteItem",
          ],
          Resource: arns,
        },
        keyUse(dataKeyArn, "dynamodb", region),
      ],
      environment: { TABLE_ARNS: arns.apply((all) => all.join(",")) },
    };
  },
  archive: ({ global, region, dataKeyArn }) => {
    const bucketArn = of(global.archiveBucketArns, region);
    return {
      statements: [
        {
          Effect: "Allow",
          Action: ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"],
          Resource: pulumi.interpolate`${bucketArn}/${archivePrefix}*`,
        },
        keyUse(dataKeyArn, "s3", region),
      ],
      environment: {
        ARCHIVE_BUCKET: of(global.archiveBuckets, region),
        ARCHIVE_PREFIX: archivePrefix,
      },
    };
  },
};

/** Traces are every function's: they need no grant of their own. */
export function granted(site: Site, rights: readonly Right[]): Granted {
  const all = rights.flatMap((right) => grants[right]?.(site) ?? []);
  return {
    statements: all.flatMap(({ statements }) => statements),
    environment: Object.assign({}, ...all.map(({ environment }) => environment)),
  };
}
