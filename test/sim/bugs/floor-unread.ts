// An engine that lost its disk, and with it its epoch, does not ask Redis which ones it may have had.

import { Recovery } from "../../../engine/replication/recovery.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ isEpochLost: boolean }>(Recovery, "onPeer", (onPeer) => (self, ...rest) => {
    self.isEpochLost = false;
    onPeer(self, ...rest);
  });
}
