// A recovering engine takes an answer that was meant for an earlier life of it.

import type { PeerMessage } from "../../../engine/replication/messages.ts";
import { Recovery } from "../../../engine/replication/recovery.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly stage: { readonly state: ReplicaState };
}

export function plant(): void {
  plantIn<Inside>(Recovery, "onPeer", (onPeer) => (self, message: PeerMessage) => {
    const nonce = self.stage.state.options.startNonce;
    onPeer(self, message.kind === "recoverReply" ? { ...message, nonce } : message);
  });
}
