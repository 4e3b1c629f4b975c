// What ranges take and refuse at their edges, beside the examples.

import { experiment, type Inputs } from "./range-examples.ts";

/** More values at the edges of a row: of a list of versions the newest and what has just left it. */
export const rowEdges: readonly (readonly [
  range: string,
  good: readonly unknown[],
  bad: readonly unknown[],
])[] = [
  ["cache-engine-version", ["6.x", "7.1", "9.0"], ["9", "10.0"]],
  ["cache-node-type", ["cache.c8gn.16xlarge", "cache.t4g.micro"], ["cache.large"]],
  [
    "database-class",
    ["db.m7i.metal-24xl", "db.r6i.2xlarge.tpc1.mem2x", "db.z1d.large"],
    ["db.large"],
  ],
  ["kafka-version", ["3.9.x.kraft", "4.0.x", "4.1.x.kraft"], ["3.6.0", "2.8.2.tiered", "4.0.0"]],
  ["kafka-instance", ["express.m7g.4xlarge", "kafka.t3.small"], ["express.large"]],
  ["search-version", ["OpenSearch_3.1", "Elasticsearch_7.10"], ["OpenSearch_2"]],
  [
    "search-instance",
    ["ultrawarm1.medium.search", "oi2.large.search"],
    ["r7g.large.elasticsearch"],
  ],
  ["warehouse-capacity", [4, 8, 512, 544, 1024], [0, 5, 520, 1032]],
  ["dax-node-type", ["dax.r7i.24xlarge", "dax.t3.small"], ["dax.m5.large"]],
  ["bucket-name", ["a1.b"], ["a..b", "xn--castle", "-castle"]],
  ["record-ttl", [0, 2_147_483_647], [2_147_483_648]],
  ["function-runtime", ["dotnet10", "ruby4.0", "java8.al2"], ["dotnet8", "python3.10"]],
  ["kubernetes-version", ["1.32", "1.36"], ["1.4", "1.30"]],
  [
    "listener-tls-policy",
    ["ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"],
    ["ELBSecurityPolicy-TLS13-1-0-2021-06"],
  ],
];

/** More inputs of a law, as above. */
export const lawEdges: readonly (readonly [
  range: string,
  good: readonly Inputs[],
  bad: readonly Inputs[],
])[] = [
  [
    "target-timeout-within-interval",
    [{ protocol: "TCP", healthCheck: { interval: 5, timeout: 5 } }],
    [
      { protocol: "HTTP", healthCheck: { interval: 5, timeout: 5 } },
      { targetType: "lambda", healthCheck: { interval: 30, timeout: 30 } },
    ],
  ],
  [
    "efa-offered",
    [{ instanceType: "hpc7g.4xlarge", networkInterfaces: [{ interfaceType: "efa" }] }],
    [{ instanceType: "m7g.4xlarge", networkInterfaces: [{ interfaceType: "efa" }] }],
  ],
  [
    "fargate-size",
    [{ requiresCompatibilities: ["FARGATE"], cpu: "1 vCPU", memory: "2 GB" }],
    [{ requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "1536" }],
  ],
  [
    "database-version",
    ["16.13", "17", "17.11", "18.6"].map((engineVersion) => ({
      engine: "aurora-postgresql",
      engineVersion,
    })),
    ["17.3", "18.5", "19"].map((engineVersion) => ({ engine: "aurora-postgresql", engineVersion })),
  ],
  [
    "cache-valkey-version",
    [{ engine: "valkey", engineVersion: "9.1" }],
    [{ engine: "valkey", engineVersion: "7.1" }],
  ],
  [
    "cache-user-password",
    [{ engine: "redis", noPasswordRequired: true }],
    [{ engine: "valkey", noPasswordRequired: true }],
  ],
  [
    "experiment-action",
    [experiment({ actionId: "aws:network:disrupt-vpc-endpoint" })],
    [experiment({ actionId: "aws:network:disrupt-vpc" })],
  ],
  [
    "experiment-parameters",
    [
      experiment({
        actionId: "aws:ec2:asg-insufficient-instance-capacity-error",
        parameters: [
          { key: "duration", value: "PT5M" },
          { key: "availabilityZoneIdentifiers", value: "use1-az1" },
        ],
      }),
    ],
    [experiment({ actionId: "aws:ebs:volume-io-latency", parameters: [] })],
  ],
];
