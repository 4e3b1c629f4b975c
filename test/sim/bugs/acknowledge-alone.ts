// The primary calls its own entries committed as soon as it has written them.

import { Primary } from "../../../engine/replication/primary.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly isServing: boolean;
  readonly stage: Stage;
  confirm(matched: number, round: number): void;
}

export function plant(): void {
  plantIn<Inside>(Primary, "flush", (flush) => (self) => {
    flush(self);
    if (self.isServing) self.confirm(self.stage.state.log.lastPosition, 0);
  });
}
