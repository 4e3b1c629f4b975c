// The primary that filled a Redis agrees upon it by itself, before the other engine knows of it.

import type { RedisReply, RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisProgress } from "../../../engine/replication/redis-progress.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly state: ReplicaState;
}

type Fill = Extract<RedisRequest, { kind: "fill" }>;

export function plant(): void {
  plantIn<Inside>(RedisProgress, "onFill", (onFill) => (self, fill: Fill, reply: RedisReply) => {
    onFill(self, fill, reply);
    const { epoch, ports } = self.state;
    if (reply.kind !== "filled") return;
    ports.redis.call({ kind: "agree", instance: reply.instance, epoch });
  });
}
