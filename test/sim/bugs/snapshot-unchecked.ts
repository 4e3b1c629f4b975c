// Redis takes any snapshot of its instance: of an older epoch, of an older position, over any image.

import type { RedisRequest, Snapshot } from "../../../engine/replication/messages.ts";
import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

type WriteSnapshot = Extract<RedisRequest, { kind: "writeSnapshot" }>;

interface Inside {
  readonly data: { epoch: number; snapshot: { head: Omit<Snapshot, "lines"> } | null };
}

export function plant(): void {
  plantIn<Inside>(RedisModel, "writeSnapshot", (write) => (self, request: WriteSnapshot) => {
    const { data } = self;
    const { snapshot, epoch } = data;
    // To the checks it looks as if this were just the snapshot that is expected.
    const position = request.onPosition;
    if (snapshot !== null) data.snapshot = { ...snapshot, head: { ...snapshot.head, position } };
    data.epoch = Math.min(epoch, request.epoch);
    const reply = write(self, request) as { kind: string };
    if (reply.kind !== "snapshotWritten") data.snapshot = snapshot;
    data.epoch = epoch;
    return reply;
  });
}
