// An engine that lost its log votes like any other.

import type { PeerMessage } from "../../../engine/replication/messages.ts";
import { Recovery } from "../../../engine/replication/recovery.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly stage: { readonly state: ReplicaState };
}

export function plant(): void {
  plantIn<Inside>(Recovery, "onPeer", (onPeer) => (self, message: PeerMessage) => {
    const { state } = self.stage;
    if (message.kind !== "voteRequest" || message.epoch <= state.epoch) {
      onPeer(self, message);
      return;
    }
    state.takeEpoch(message.epoch);
    const { lastEpoch, lastPosition } = state.log;
    const runs = state.log.runs();
    const { epoch, forcedEpoch } = message;
    const granted = { epoch, forcedEpoch, lastEpoch, lastPosition, runs };
    state.ports.peer.send({ kind: "voteGranted", ...granted });
  });
}
