// A primary counts answers that were given in an older epoch: to what it sent in an earlier reign.

import type { PeerMessage } from "../../../engine/replication/messages.ts";
import { Primary } from "../../../engine/replication/primary.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ readonly stage: Stage }>(
    Primary,
    "onPeer",
    (onPeer) => (self, message: PeerMessage) => {
      const { epoch } = self.stage.state;
      onPeer(self, message.kind === "appendAccepted" ? { ...message, epoch } : message);
    },
  );
}
