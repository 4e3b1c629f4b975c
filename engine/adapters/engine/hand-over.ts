// Hand-over: a primary that is told to end first gives its place to the standby, which takes a round
// trip and not a detection. Bounded: where there is nobody to hand over to, it ends all the same.

import { setTimeout as sleep } from "node:timers/promises";
import type { Replica } from "../../replication/replica.ts";

/** A switchover takes tens of milliseconds; whoever supervises waits for seconds. */
const patienceMs = 1_500;
const lookMs = 2;

/** Resolves when the other engine leads, or when it does not in time. */
export async function handOver(replica: Replica, nowMs: () => number): Promise<boolean> {
  if (!replica.isServing) return false;
  const untilMs = nowMs() + patienceMs;
  while (nowMs() < untilMs) {
    // One that was not answered in time is asked again.
    const isToAsk = replica.isServing && !replica.isHandingOver;
    if (isToAsk && !replica.switchOver(nowMs(), "SIGTERM")) return false;
    // Having answered its first append, this engine has helped it to serve.
    if (replica.role === "standby" && replica.peer.role === "primary") return true;
    await sleep(lookMs);
  }
  return false;
}
