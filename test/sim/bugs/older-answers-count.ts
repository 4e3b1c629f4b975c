// Answers to appends of an older epoch are counted in the present one.

import type {
  PeerMessage,
  RedisReply,
  RedisRequest,
} from "../../../engine/replication/messages.ts";
import { Primary } from "../../../engine/replication/primary.ts";
import { RedisProgress } from "../../../engine/replication/redis-progress.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

type AppendRequest = Extract<RedisRequest, { kind: "append" }>;

interface Inside {
  readonly stage: Stage;
  readonly redis: RedisProgress;
}

export function plant(): void {
  plantIn<Inside>(Primary, "onPeer", (onPeer) => (self, message: PeerMessage) => {
    const { epoch } = self.stage.state;
    onPeer(self, message.kind === "appendAccepted" ? { ...message, epoch } : message);
  });
  plantIn<Inside>(Primary, "onRedis", (onRedis) => (self, request: RedisRequest, ...rest) => {
    const { epoch } = self.stage.state;
    onRedis(self, request.kind === "append" ? { ...request, epoch } : request, ...rest);
  });
  plantIn<{ readonly state: ReplicaState }>(
    RedisProgress,
    "onAppend",
    (onAppend) => (self, request: AppendRequest, reply: RedisReply) => {
      const { epoch } = self.state;
      return onAppend(self, request, reply.kind === "appended" ? { ...reply, epoch } : reply);
    },
  );
}
