// A recovering engine is content with the journal that Redis has.

import type { RedisReply, RedisRequest } from "../../../engine/replication/messages.ts";
import { Recovery } from "../../../engine/replication/recovery.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { plantIn } from "./plant.ts";

type Observed = Extract<RedisReply, { kind: "observed" }>;

interface Inside {
  readonly stage: Stage;
}

export function plant(): void {
  plantIn<Inside>(Recovery, "tick", () => (self) => {
    self.stage.state.ports.redis.call({ kind: "observe" });
  });
  plantIn<Inside>(Recovery, "onRedis", () => (self, request: RedisRequest, reply: RedisReply) => {
    const { state } = self.stage;
    if (request.kind === "observe" && reply.kind === "observed") read(self.stage, reply);
    if (reply.kind !== "entries") return;
    state.ports.storage.replaceLog(null, reply.batches);
    state.merge(reply.batches);
    self.stage.becomeStandby("recovered from Redis");
  });
}

function read({ state }: Stage, { instance, epoch }: Observed): void {
  if (epoch > state.epoch) state.takeEpoch(epoch);
  state.ports.redis.call({ kind: "read", instance, epoch, from: 1 });
}
