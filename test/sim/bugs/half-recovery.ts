// An engine without its log is content with the first part that the primary sends.

import { lastOf } from "../../../engine/replication/log-batch.ts";
import type { PeerMessage } from "../../../engine/replication/messages.ts";
import { Recovery } from "../../../engine/replication/recovery.ts";
import { plantIn } from "./plant.ts";

type RecoverReply = Extract<PeerMessage, { kind: "recoverReply" }>;

export function plant(): void {
  plantIn<Recovery>(Recovery, "onEntries", (onEntries) => (self, reply: RecoverReply) => {
    const last = reply.batches.at(-1);
    onEntries(self, last === undefined ? reply : { ...reply, lastPosition: lastOf(last) });
  });
}
