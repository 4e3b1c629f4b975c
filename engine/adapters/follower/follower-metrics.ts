// Metrics of whoever follows the journal: gateways and the history. Read when they are scraped.

import { Gauge, type Registry } from "prom-client";

export interface FollowerFigures {
  isServing(): boolean;
  epoch(): number;
  /** Last position applied, or durable where there is a sink. */
  position(): number;
  lagEntries(): number;
}

export function registerFollowerMetrics(
  registry: Registry,
  kind: "gateway" | "history",
  figures: FollowerFigures,
): void {
  const gauge = (name: string, help: string, read: () => number) => {
    new Gauge({
      name: `castle_${kind}_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge("serving", "1 while a serving primary is heard", () => Number(figures.isServing()));
  gauge("epoch", "Epoch of the primary that is followed", figures.epoch);
  gauge("position", "Last journal position that this node has", figures.position);
  gauge("lag_entries", "Committed entries that this node does not have yet", figures.lagEntries);
}
