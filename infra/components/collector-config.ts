// What the OpenTelemetry collectors (ADOT) of a region are told, as one document. Pure. They scrape the nodes' status ports, send all metrics to Managed
// Prometheus and those of the dashboards to CloudWatch, traces to X-Ray, and logs to the search domain where there is one.

import { exchangeDimension, metricNamespace } from "../dashboards/cloudwatch-dashboard.ts";

/** Nodes' status servers: at fixed addresses, or all that a name stands for. */
export type ScrapeJob = { readonly name: string } & (
  | { readonly targets: readonly string[] }
  | { readonly dnsName: string; readonly port: number }
);

export interface CollectorArgs {
  readonly region: string;
  readonly jobs: readonly ScrapeJob[];
  /** Remote write address of Managed Prometheus. */
  readonly prometheusUrl?: string;
  /** Of the search domain's pipeline. */
  readonly logsUrl?: string;
  readonly cloudwatchMetrics: readonly string[];
  readonly logGroupName: string;
  readonly isTracing: boolean;
}

/** A failover is over within a second; what is seen of it is what lies between two looks. */
const scrapeSeconds = 10;

export function collectorConfig(args: CollectorArgs): object {
  const metricSinks = [
    "awsemf",
    ...(args.prometheusUrl === undefined ? [] : ["prometheusremotewrite"]),
  ];
  return {
    extensions: {
      health_check: { endpoint: "0.0.0.0:13133" },
      "sigv4auth/prometheus": { region: args.region, service: "aps" },
      "sigv4auth/logs": { region: args.region, service: "osis" },
    },
    receivers: {
      prometheus: { config: { scrape_configs: args.jobs.map(scrape) } },
      otlp: {
        protocols: { grpc: { endpoint: "0.0.0.0:4317" }, http: { endpoint: "0.0.0.0:4318" } },
      },
    },
    processors: {
      // Back-pressure rather than a collector that is killed with what it holds.
      memory_limiter: { check_interval: "1s", limit_percentage: 80, spike_limit_percentage: 20 },
      batch: { timeout: "5s", send_batch_size: 1000 },
    },
    exporters: {
      awsemf: {
        region: args.region,
        namespace: metricNamespace,
        log_group_name: args.logGroupName,
        dimension_rollup_option: "NoDimensionRollup",
        metric_declarations: [
          {
            dimensions: [[exchangeDimension], [exchangeDimension, "node"]],
            metric_name_selectors: args.cloudwatchMetrics.map((metric) => `^${metric}$`),
          },
        ],
      },
      ...(args.prometheusUrl === undefined
        ? {}
        : {
            prometheusremotewrite: {
              endpoint: args.prometheusUrl,
              auth: { authenticator: "sigv4auth/prometheus" },
            },
          }),
      ...(args.isTracing ? { awsxray: { region: args.region } } : {}),
      ...(args.logsUrl === undefined
        ? {}
        : {
            "otlphttp/logs": {
              logs_endpoint: args.logsUrl,
              compression: "none",
              auth: { authenticator: "sigv4auth/logs" },
            },
          }),
    },
    service: {
      extensions: ["health_check", "sigv4auth/prometheus", "sigv4auth/logs"],
      pipelines: {
        metrics: { receivers: ["prometheus", "otlp"], ...processed, exporters: metricSinks },
        ...(args.isTracing
          ? { traces: { receivers: ["otlp"], ...processed, exporters: ["awsxray"] } }
          : {}),
        ...(args.logsUrl === undefined
          ? {}
          : { logs: { receivers: ["otlp"], ...processed, exporters: ["otlphttp/logs"] } }),
      },
    },
  };
}

const processed = { processors: ["memory_limiter", "batch"] };

function scrape(job: ScrapeJob): object {
  return {
    job_name: job.name,
    scrape_interval: `${scrapeSeconds}s`,
    scrape_timeout: `${scrapeSeconds / 2}s`,
    ...("targets" in job
      ? { static_configs: [{ targets: job.targets }] }
      : {
          dns_sd_configs: [
            {
              names: [job.dnsName],
              type: "A",
              port: job.port,
              refresh_interval: `${scrapeSeconds}s`,
            },
          ],
        }),
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "node" },
      { target_label: exchangeDimension, replacement: "castle" },
    ],
  };
}
