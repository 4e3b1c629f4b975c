// The engine's metrics, read from its status when they are scraped.

import { Gauge, type Registry } from "prom-client";
import type { EngineNode } from "./engine-node.ts";

export function registerEngineMetrics(registry: Registry, engine: EngineNode): void {
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name: `castle_engine_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge("serving", "1 on the engine that serves as primary", () =>
    Number(engine.replica.isServing),
  );
  gauge("epoch", "Epoch this engine is in", () => engine.replica.state.epoch);
  gauge("appended_position", "Last position in the log", () => engine.status().position.appended);
  gauge("committed_position", "Last committed position", () => engine.status().position.committed);
  gauge(
    "applied_position",
    "Last position applied to the core",
    () => engine.status().position.applied,
  );
  gauge("in_sync_voters", "Voters that answer in this epoch", () => engine.replica.inSync().length);
  gauge("followers", "Connected gateways and followers", () => engine.followers.count);
  gauge("commands_taken_total", "Commands sequenced", () => engine.submissions.counts.taken);
  gauge("commands_refused_total", "Commands turned away", () => engine.submissions.counts.refused);
}
