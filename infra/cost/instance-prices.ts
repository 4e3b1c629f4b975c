// Hourly prices in us-east-1, on demand, of what is bought by its size; and what Spot takes off. Kept apart from
// prices.ts for their number. `source` and `readOn` are the table's: the day is that of the source.

import type { Price } from "./prices.ts";

interface Sizes {
  /** Of the price table's keys: `ec2:` and `z1d.2xlarge` make `ec2:z1d.2xlarge`. */
  readonly prefix: string;
  readonly source: string;
  readonly readOn: string;
  readonly usdPerHour: Readonly<Record<string, number>>;
}

const sizes: readonly Sizes[] = [
  {
    prefix: "ec2:",
    source: "aws/karpenter-provider-aws: zz_generated.pricing_aws.go",
    readOn: "2026-01-19",
    usdPerHour: {
      "z1d.large": 0.186,
      "z1d.xlarge": 0.372,
      "z1d.2xlarge": 0.744,
      "z1d.3xlarge": 1.116,
      "z1d.6xlarge": 2.232,
      "z1d.12xlarge": 4.464,
      "z1d.metal": 4.464,
      "m5zn.12xlarge": 3.9641,
      "r7iz.4xlarge": 1.488,
      "c7i.xlarge": 0.1785,
      "m5.xlarge": 0.192,
    },
  },
  {
    prefix: "ec2:",
    source: "public price tables that agree",
    readOn: "2026-11-28",
    usdPerHour: {
      "m6i.xlarge": 0.192,
      "m6i.2xlarge": 0.384,
      "m7i.large": 0.1008,
      "m7i.xlarge": 0.2016,
      "m7i.2xlarge": 0.4032,
      "m7g.large": 0.0816,
      "m7g.xlarge": 0.1632,
      "m7g.2xlarge": 0.3264,
    },
  },
  {
    prefix: "valkey:",
    source: "public table quoting the AWS Price List (AmazonElastiCache, Valkey)",
    readOn: "2026-10-02",
    usdPerHour: {
      "cache.m7g.large": 0.1264,
      "cache.m7g.xlarge": 0.252,
      "cache.m8g.large": 0.1266,
      "cache.r7g.large": 0.1752,
      "cache.r7g.xlarge": 0.3496,
      "cache.r7g.2xlarge": 0.6984,
      "cache.r7g.4xlarge": 1.396,
      "cache.r8g.large": 0.1756,
      "cache.r8g.xlarge": 0.3511,
      "cache.r8g.2xlarge": 0.7022,
    },
  },
  {
    prefix: "opensearch:",
    source: "public table quoting the AWS Price List (AmazonES)",
    readOn: "2026-10-01",
    usdPerHour: {
      "m6g.large.search": 0.128,
      "m7g.medium.search": 0.068,
      "m7g.large.search": 0.135,
      "m7g.xlarge.search": 0.271,
      "r6g.large.search": 0.167,
      "r7g.medium.search": 0.089,
      "r7g.large.search": 0.178,
      "r7g.xlarge.search": 0.356,
      "r7g.2xlarge.search": 0.711,
      "r8g.large.search": 0.196,
    },
  },
  {
    prefix: "msk:",
    // 24 times the large one is 10.08 there.
    source: "infracost: msk_cluster_test.golden",
    readOn: "2026-11-28",
    usdPerHour: { "kafka.m5.large": 0.21, "kafka.m5.24xlarge": 10.08, "kafka.t3.small": 0.0456 },
  },
  {
    prefix: "msk:",
    source: "two public tables: 0.204 and 0.196 for the large one; the dearer",
    readOn: "2026-11-28",
    usdPerHour: { "kafka.m7g.large": 0.204, "kafka.m7g.xlarge": 0.408, "kafka.m7g.2xlarge": 0.816 },
  },
  {
    prefix: "aurora:",
    source: "two public tables that agree (large), and one of them",
    readOn: "2026-11-28",
    usdPerHour: {
      "db.r7g.large": 0.276,
      "db.r7g.xlarge": 0.553,
      "db.r7g.2xlarge": 1.106,
      "db.r7g.4xlarge": 2.211,
    },
  },
  {
    prefix: "rds:",
    source: "one public table, PostgreSQL in one zone; others say 0.228 to 0.252 for the large one",
    readOn: "2026-11-28",
    usdPerHour: { "db.r7g.large": 0.239, "db.r7g.xlarge": 0.478, "db.r7g.2xlarge": 0.956 },
  },
  {
    prefix: "dax:",
    source: "awsi.click/en/articles/dax-dynamodb-caching, which says approximately",
    readOn: "2026-11-28",
    usdPerHour: { "dax.r5.large": 0.269 },
  },
  {
    prefix: "dax:",
    source: "usage.ai/blog/aws-reserved-instances-dynamodb-dax-pricing",
    readOn: "2026-04-30",
    usdPerHour: { "dax.t3.small": 0.04 },
  },
];

/** The feed's worst class: of every size of z1d AWS took back more than one in five within the month. */
export const spotSource = "AWS Spot Instance Advisor, us-east-1, Linux (as in alexei-led/spotinfo)";
export const spotReadOn = "2026-08-10";
/** Off the price on demand, on average over the month before. */
export const spotSavingPercent: Readonly<Record<string, number>> = {
  "z1d.large": 73,
  "z1d.xlarge": 66,
  "z1d.2xlarge": 62,
  "z1d.3xlarge": 64,
  "z1d.6xlarge": 63,
  "z1d.12xlarge": 61,
  "z1d.metal": 72,
  "m5zn.12xlarge": 50,
  "r7iz.4xlarge": 59,
  "c7i.xlarge": 61,
  "m5.xlarge": 68,
  "m6i.xlarge": 59,
  "m6i.2xlarge": 54,
  "m7i.large": 61,
  "m7i.xlarge": 56,
  "m7i.2xlarge": 59,
  "m7g.large": 58,
  "m7g.xlarge": 53,
  "m7g.2xlarge": 53,
};

/** Rows of the price table: each size on demand, and each instance on Spot as `spot:z1d.2xlarge`. */
export function instancePrices(): (readonly [key: string, price: Price])[] {
  const onDemand = sizes.flatMap(({ prefix, source, readOn, usdPerHour }) =>
    Object.entries(usdPerHour).map(
      ([size, usd]) => [`${prefix}${size}`, { usd, per: "hour", source, readOn }] as const,
    ),
  );
  const spot = onDemand.flatMap(([key, { usd }]) => {
    const percent = key.startsWith("ec2:") ? spotSavingPercent[key.slice(4)] : undefined;
    if (percent === undefined) return [];
    const price = { usd: usd * (1 - percent / 100), per: "hour" };
    return [
      [`spot:${key.slice(4)}`, { ...price, source: spotSource, readOn: spotReadOn }] as const,
    ];
  });
  return [...onDemand, ...spot];
}
