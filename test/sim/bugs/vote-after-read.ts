// A candidate reads the log of Redis first and asks for votes afterwards: what the old primary wrote
// in between is committed, and missing.

import { Candidate } from "../../../engine/replication/candidate.ts";
import type { RedisReply, RedisRequest } from "../../../engine/replication/messages.ts";
import { isMoreRecent } from "../../../engine/replication/replica-log.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  hasRead?: boolean;
  startedMs: number;
  readonly stage: { readonly state: ReplicaState };
  campaign(): void;
  finish(how: string): void;
}

type Observed = Extract<RedisReply, { kind: "observed" }>;

function readAsObserved({ stage }: Inside, { instance, epoch }: Observed): void {
  const { log, ports } = stage.state;
  ports.redis.call({ kind: "read", instance, epoch, from: log.lastPosition + 1 });
}

export function plant(): void {
  plantIn<Inside>(Candidate, "campaign", (campaign) => (self) => {
    const { awake, ports } = self.stage.state;
    self.startedMs = awake.nowMs;
    if (self.hasRead === true) campaign(self);
    else ports.redis.call({ kind: "observe" });
  });
  plantIn<Inside>(Candidate, "onGranted", () => (self) => {
    if (self.hasRead === true) self.finish("read before the vote");
  });
  plantIn<Inside>(
    Candidate,
    "onRedis",
    (onRedis) => (self, request: RedisRequest, reply: RedisReply) => {
      const { state } = self.stage;
      if (self.hasRead === true) {
        onRedis(self, request, reply);
        return;
      }
      if (reply.kind === "observed") {
        if (isMoreRecent(reply, state.log)) readAsObserved(self, reply);
        else self.hasRead = true;
      }
      if (reply.kind === "entries") {
        state.merge(reply.batches);
        self.hasRead = true;
      }
      if (self.hasRead === true) self.campaign();
    },
  );
}
