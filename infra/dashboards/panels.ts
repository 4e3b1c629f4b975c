// What a person who is woken wants to see, as data, in the order of the questions: does it serve, is it safe, how fast, how far behind is the
// other region, what is at its limit. CloudWatch and Grafana are drawn from the same list. Metrics are those of docs/metrics.md.

export interface Panel {
  readonly title: string;
  readonly unit: "none" | "ms" | "s" | "bytes" | "perSecond" | "percent";
  /** One line each; `how` says what to make of a metric of several nodes. */
  readonly lines: readonly Line[];
  /** Drawn as a line that should not be crossed. */
  readonly limit?: number;
}

export interface Line {
  readonly metric: string;
  readonly how: "max" | "min" | "sum" | "rate";
  readonly name: string;
}

export const exchangePanels: readonly Panel[] = [
  {
    title: "Serving",
    unit: "none",
    lines: [
      { metric: "castle_engine_serving", how: "sum", name: "engines that serve" },
      { metric: "castle_gateway_serving", how: "sum", name: "gateways that hear a primary" },
    ],
  },
  {
    title: "Members that hold all that is committed, of 2",
    unit: "none",
    lines: [
      { metric: "castle_engine_in_sync_members", how: "max", name: "in sync" },
      { metric: "castle_engine_redis_agreed", how: "max", name: "Redis counts" },
      { metric: "castle_engine_alone", how: "max", name: "forced to be alone" },
    ],
    limit: 2,
  },
  {
    title: "Epoch",
    unit: "none",
    lines: [{ metric: "castle_engine_epoch", how: "max", name: "epoch" }],
  },
  {
    title: "Commands",
    unit: "perSecond",
    lines: [
      { metric: "castle_engine_commands_taken_total", how: "rate", name: "sequenced" },
      { metric: "castle_engine_commands_refused_total", how: "rate", name: "batches turned away" },
    ],
  },
  {
    title: "Not committed yet",
    unit: "none",
    lines: [
      { metric: "castle_engine_uncommitted_entries", how: "max", name: "entries" },
      { metric: "castle_gateway_pending", how: "sum", name: "waiting at gateways" },
    ],
    // Beyond it the primary says that it is busy.
    limit: 100_000,
  },
  {
    title: "Behind the primary, in entries",
    unit: "none",
    lines: [
      { metric: "castle_engine_peer_lag_entries", how: "max", name: "other engine" },
      { metric: "castle_gateway_lag_entries", how: "max", name: "gateways" },
      { metric: "castle_history_lag_entries", how: "max", name: "history" },
      { metric: "castle_engine_snapshot_lag_entries", how: "max", name: "snapshot" },
    ],
  },
  {
    title: "What a region's loss would cost",
    unit: "s",
    lines: [
      { metric: "castle_engine_region_lag_seconds", how: "max", name: "other region behind" },
    ],
    // Promised are 150 ms at p99.
    limit: 0.15,
  },
  {
    title: "Leadership between regions",
    unit: "none",
    lines: [
      { metric: "castle_engine_region_active", how: "max", name: "active here" },
      { metric: "castle_engine_region_term", how: "max", name: "term" },
      { metric: "castle_engine_region_diverged", how: "max", name: "diverged" },
    ],
  },
  {
    title: "Connections",
    unit: "none",
    lines: [
      { metric: "castle_gateway_api_connections", how: "sum", name: "WebSocket API" },
      { metric: "castle_gateway_stream_connections", how: "sum", name: "market streams" },
      { metric: "castle_gateway_slow_consumers", how: "sum", name: "dropped" },
    ],
  },
  {
    title: "Disk left",
    unit: "bytes",
    lines: [{ metric: "castle_engine_disk_free_bytes", how: "min", name: "fullest engine" }],
  },
  {
    title: "Redis",
    unit: "none",
    lines: [
      { metric: "castle_engine_redis_reachable", how: "min", name: "reachable" },
      { metric: "castle_engine_redis_failures_total", how: "rate", name: "failed calls" },
    ],
  },
  {
    title: "Last promotion, by step",
    unit: "s",
    lines: [{ metric: "castle_engine_promotion_step_seconds", how: "max", name: "longest step" }],
    limit: 1,
  },
];

/** Every metric that is drawn: the collector sends these to CloudWatch, and no others. */
export function metricsOf(panels: readonly Panel[]): string[] {
  const names = panels.flatMap(({ lines }) => lines.map(({ metric }) => metric));
  return [...new Set(names)].sort();
}
