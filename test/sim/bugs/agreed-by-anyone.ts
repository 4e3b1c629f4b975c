// A standby agrees upon the instance of its log without having answered the current primary for it.

import { Standby } from "../../../engine/replication/standby.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly stage: { readonly state: ReplicaState };
}

export function plant(): void {
  plantIn<Inside>(
    Standby,
    "agree",
    () => (self, reply: { instance: string; isAgreed: boolean }) => {
      const { ports, epoch, log } = self.stage.state;
      if (reply.isAgreed || log.instance === "") return;
      ports.redis.call({ kind: "agree", instance: reply.instance, epoch });
    },
  );
}
