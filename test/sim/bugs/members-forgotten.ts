// Snapshots and checkpoints do not say who has the seats: behind them, the first ones do again.

import { partsOfStamp } from "../../../engine/replication/members.ts";
import { ReplicaLog } from "../../../engine/replication/replica-log.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<ReplicaLog>(ReplicaLog, "stampAt", (stampAt) => (self, position: number) => {
    return partsOfStamp(stampAt(self, position) as string).instance;
  });
}
