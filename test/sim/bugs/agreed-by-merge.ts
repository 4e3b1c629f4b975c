// An engine agrees upon a Redis as soon as its own log names it, also where it took the entry from a
// voter and no primary has heard of that.

import type { Stage } from "../../../engine/replication/role.ts";
import { Standby } from "../../../engine/replication/standby.ts";
import { plantIn } from "./plant.ts";

interface Observed {
  readonly instance: string;
  readonly isAgreed: boolean;
}

export function plant(): void {
  plantIn<{ readonly stage: Stage }>(Standby, "agree", () => (self, reply: Observed) => {
    const { epoch, log, ports } = self.stage.state;
    if (reply.isAgreed || reply.instance !== log.instance) return;
    ports.redis.call({ kind: "agree", instance: reply.instance, epoch });
  });
}
