// RouteMeter: counts and latencies of one route in plain numbers; the registry reads them when it is
// scraped. Labelled counters of the library cost more than the rest of an answer.

import { Counter, Gauge, type Registry } from "prom-client";

/** Upper bounds in milliseconds. */
const boundsMs = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

export class RouteMeter {
  readonly name: string;
  readonly buckets = new Float64Array(boundsMs.length + 1);
  succeeded = 0;
  failed = 0;
  sumMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  record(latencyMs: number, isSuccess: boolean): void {
    if (isSuccess) this.succeeded++;
    else this.failed++;
    this.sumMs += latencyMs;
    let bucket = 0;
    while (bucket < boundsMs.length && latencyMs > (boundsMs[bucket] as number)) bucket++;
    this.buckets[bucket] = (this.buckets[bucket] as number) + 1;
  }
}

export interface Gauges {
  pending(): number;
  connections(): { api: number; stream: number };
  limitHits(): number;
  slowConsumers(): number;
  followedStreams(): number;
}

export class RouteMeters {
  readonly #meters = new Map<string, RouteMeter>();

  named(name: string): RouteMeter {
    let meter = this.#meters.get(name);
    if (meter === undefined) {
      meter = new RouteMeter(name);
      this.#meters.set(name, meter);
    }
    return meter;
  }

  register(registry: Registry, gauges: Gauges): void {
    const registers = [registry];
    const meters = this.#meters;
    new Counter({
      name: "castle_gateway_requests_total",
      help: "Requests answered, by route and outcome.",
      labelNames: ["route", "outcome"],
      registers,
      collect() {
        this.reset();
        for (const meter of meters.values()) {
          this.inc({ route: meter.name, outcome: "success" }, meter.succeeded);
          this.inc({ route: meter.name, outcome: "error" }, meter.failed);
        }
      },
    });
    new Counter({
      name: "castle_gateway_request_ms_bucket",
      help: "Requests by latency in milliseconds, cumulative.",
      labelNames: ["route", "le"],
      registers,
      collect() {
        this.reset();
        for (const meter of meters.values()) {
          let count = 0;
          meter.buckets.forEach((inBucket, index) => {
            count += inBucket;
            this.inc({ route: meter.name, le: String(boundsMs[index] ?? "+Inf") }, count);
          });
        }
      },
    });
    const gauge = (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    gauge("castle_gateway_pending", "Commands that wait for their answer.", gauges.pending);
    gauge(
      "castle_gateway_api_connections",
      "Open connections of the WebSocket API.",
      () => gauges.connections().api,
    );
    gauge(
      "castle_gateway_stream_connections",
      "Open market stream connections.",
      () => gauges.connections().stream,
    );
    gauge("castle_gateway_limit_hits", "Requests refused by a rate limit.", gauges.limitHits);
    gauge(
      "castle_gateway_slow_consumers",
      "Connections dropped because they did not read.",
      gauges.slowConsumers,
    );
    gauge(
      "castle_gateway_followed_streams",
      "Market streams with at least one follower.",
      gauges.followedStreams,
    );
  }
}
