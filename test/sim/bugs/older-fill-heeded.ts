// The answer to any fill of this epoch counts, also to one that a newer fill has replaced.

import type { RedisReply, RedisRequest } from "../../../engine/replication/messages.ts";
import { RedisProgress } from "../../../engine/replication/redis-progress.ts";
import { plantIn } from "./plant.ts";

type Fill = Extract<RedisRequest, { kind: "fill" }>;

interface Inside {
  called: { key: string; purpose: string } | null;
}

export function plant(): void {
  plantIn<Inside>(RedisProgress, "onFill", (onFill) => (self, fill: Fill, reply: RedisReply) => {
    if (self.called !== null) self.called = { ...self.called, key: fill.key };
    onFill(self, fill, reply);
  });
}
