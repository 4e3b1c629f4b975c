// Loopback: all zones share 127.0.0.1. A zone that is to fall silent has its processes stopped: its
// connections stay open and nothing is reset, which is as near to silence as processes get. What it
// cannot show: a machine that goes on running while nobody hears it.

import { sendSignal, treeOf } from "./process-tree.ts";
import type { Commandline, Substrate } from "./substrate.ts";

export function loopback(reason: string | undefined): Substrate {
  const signalAll = (pids: readonly number[], signal: NodeJS.Signals) => {
    for (const pid of pids.flatMap(treeOf)) sendSignal(pid, signal);
  };
  return {
    kind: "loopback",
    reason,
    enterCommand: "",
    hostOf: () => "127.0.0.1",
    commandIn: (_place, commandline: Commandline) => commandline,
    isolate: async (_zone, pids) => signalAll(pids, "SIGSTOP"),
    heal: async (_zone, pids) => signalAll(pids, "SIGCONT"),
  };
}
