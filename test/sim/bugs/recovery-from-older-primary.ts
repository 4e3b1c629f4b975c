// A recovering engine takes the log of any primary, also of one that an epoch of its own replaced.

import type { PeerMessage } from "../../../engine/replication/messages.ts";
import { Primary } from "../../../engine/replication/primary.ts";
import { Recovery } from "../../../engine/replication/recovery.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly stage: { readonly state: ReplicaState };
}

type RecoverRequest = Extract<PeerMessage, { kind: "recoverRequest" }>;

export function plant(): void {
  plantIn<Inside>(Recovery, "onPeer", (onPeer) => (self, message: PeerMessage) => {
    const { state } = self.stage;
    const { epoch } = state;
    if (message.kind === "recoverReply") state.epoch = Math.min(epoch, message.epoch);
    onPeer(self, message);
    state.epoch = Math.max(epoch, state.epoch);
  });
  plantIn<Inside>(Primary, "onRecoverRequest", (answer) => (self, message: RecoverRequest) => {
    answer(self, { ...message, epoch: Math.min(message.epoch, self.stage.state.epoch) });
  });
}
