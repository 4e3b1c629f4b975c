// The head of a snapshot is written before its lines are: a reader in between gets half of it.

import type { RedisReply } from "../../../engine/replication/messages.ts";
import type { StoredSnapshot } from "../redis-image.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  data: { snapshot: StoredSnapshot | null };
  late: StoredSnapshot | undefined;
}

export function plant(): void {
  plantIn<Inside>(RedisModel, "writeSnapshot", (write) => (self, ...rest) => {
    if (self.late !== undefined) self.data.snapshot = self.late;
    self.late = undefined;
    const before = self.data.snapshot;
    const reply = write(self, ...rest) as RedisReply;
    const after = self.data.snapshot;
    if (reply.kind !== "snapshotWritten" || after === null || before === null) return reply;
    // Whole only when the next one is written.
    self.late = after;
    self.data.snapshot = { head: after.head, lines: before.lines };
    return reply;
  });
}
