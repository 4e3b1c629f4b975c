// Every process of the exchange stands still for a moment (SIGSTOP), again and again, one after the
// other: as on machines whose virtual processors are taken away. Ended, all of them go on.

import type { Exchange } from "../../failover/index.ts";
import type { Fault } from "./fault.ts";

export interface Pauses {
  readonly pauseMs: number;
  /** Of each process; the processes take their turns evenly within it. */
  readonly everyMs: number;
}

export interface PausesFault extends Fault {
  /** Pauses so far. */
  readonly count: number;
}

export function processPauses(exchange: Exchange, { pauseMs, everyMs }: Pauses): PausesFault {
  const names = exchange.processes().map(({ name }) => name);
  const timers = new Map<string, NodeJS.Timeout>();
  let count = 0;
  let isOn = false;

  /** Sleeps to absolute times, so that processes keep their distance for hours. */
  const pauseAt = (name: string, dueMs: number) => {
    const timer = setTimeout(
      () => {
        if (!isOn) return;
        if (exchange.killProcess(name, "SIGSTOP")) count += 1;
        const resume = setTimeout(() => {
          exchange.killProcess(name, "SIGCONT");
          if (isOn) pauseAt(name, dueMs + everyMs);
        }, pauseMs);
        timers.set(name, resume);
      },
      Math.max(0, dueMs - performance.now()),
    );
    timers.set(name, timer);
  };

  return {
    kind: "process-pauses",
    title: `each process stands still for ${pauseMs} ms every ${everyMs} ms`,
    reach: { zones: ["a", "b", "c"], processes: names },
    get count() {
      return count;
    },
    begin: async () => {
      isOn = true;
      const nowMs = performance.now();
      names.forEach((name, index) => {
        pauseAt(name, nowMs + ((index + 1) * everyMs) / names.length);
      });
    },
    end: async () => {
      isOn = false;
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      for (const name of names) exchange.killProcess(name, "SIGCONT");
    },
  };
}
