// What flows into the search domain, as pipelines of OpenSearch Ingestion (YAML is a superset of JSON, so they are written as JSON). Pure.
// Market data is indexed as it comes. The detector is a random cut forest for each account and symbol over a minute's
// orders: an odd minute becomes a document of its own, with its grade. Logs come from the collectors by OpenTelemetry.

export interface PipelineArgs {
  readonly region: string;
  readonly roleArn: string;
  readonly domainEndpoint: string;
}

/** Where events come from. */
export type EventSource =
  | { readonly kind: "stream"; readonly name: string }
  | {
      readonly kind: "topics";
      readonly clusterArn: string;
      readonly topics: readonly string[];
      readonly group: string;
    };

type Pipelines = Readonly<Record<string, unknown>>;

/** Minutes of one account in one symbol that the forest must have seen before it says anything. */
const samplesMin = 60;

function sink(args: PipelineArgs, index: string) {
  return {
    opensearch: {
      hosts: [`https://${args.domainEndpoint}`],
      index,
      index_type: "custom",
      // Two copies beside the first: one in each zone.
      template_content: JSON.stringify({
        index_patterns: [index.replace(/%\{.*\}/, "*")],
        template: { settings: { number_of_shards: 3, number_of_replicas: 2 } },
      }),
      template_type: "index-template",
      max_retries: 20,
      aws: { sts_role_arn: args.roleArn, region: args.region },
    },
  };
}

/** Acknowledged: what the domain did not take is read again. */
function sourceOf({ region, roleArn }: PipelineArgs, source: EventSource) {
  const aws = { sts_role_arn: roleArn, region };
  if (source.kind === "stream") {
    return {
      kinesis: {
        acknowledgments: true,
        streams: [{ stream_name: source.name, initial_position: "LATEST" }],
        codec: { ndjson: {} },
        aws,
      },
    };
  }
  return {
    kafka: {
      acknowledgments: true,
      topics: source.topics.map((name) => ({
        name,
        group_id: source.group,
        serde_format: "json",
        auto_offset_reset: "latest",
      })),
      aws: { ...aws, msk: { arn: source.clusterArn } },
    },
  };
}

/** Of the events: trades and prices to one index, odd behaviour to another. */
export function eventPipelines(args: PipelineArgs, source: EventSource): Pipelines {
  return {
    version: "2",
    "market-data": {
      source: sourceOf(args, source),
      sink: [sink(args, "market-data-%{yyyy.MM.dd}"), { pipeline: { name: "behaviour" } }],
    },
    behaviour: {
      source: { pipeline: { name: "market-data" } },
      processor: [
        {
          aggregate: {
            identification_keys: ["account_id", "symbol"],
            action: { count: { output_format: "raw", count_key: "orders" } },
            group_duration: "60s",
          },
        },
        {
          anomaly_detector: {
            keys: ["orders"],
            identification_keys: ["account_id", "symbol"],
            mode: {
              random_cut_forest: {
                shingle_size: 4,
                sample_size: 256,
                output_after: samplesMin,
                time_decay: 0.1,
              },
            },
          },
        },
      ],
      sink: [sink(args, "anomalies-%{yyyy.MM}")],
    },
  };
}

/** Of the collectors' logs. */
export function logPipelines(args: PipelineArgs): Pipelines {
  return {
    version: "2",
    logs: {
      source: { otel_logs_source: { path: "/v1/logs" } },
      sink: [sink(args, "logs-%{yyyy.MM.dd}")],
    },
  };
}
