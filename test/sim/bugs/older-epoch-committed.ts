// An entry of an older epoch is committed as soon as a voter has it (Raft's figure 8).

import { Primary } from "../../../engine/replication/primary.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ barrierPosition: number }>(Primary, "confirm", (confirm) => (self, ...rest) => {
    self.barrierPosition = 0;
    confirm(self, ...rest);
  });
}
