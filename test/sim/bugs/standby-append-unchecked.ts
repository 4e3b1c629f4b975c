// A standby does not look whether the entry before those of an append is the primary's.

import type { Append } from "../../../engine/replication/messages.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { Standby } from "../../../engine/replication/standby.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ readonly stage: Stage }>(Standby, "onAppend", (onAppend) => (self, append: Append) => {
    const held = self.stage.state.log.epochAt(append.previousPosition);
    onAppend(self, held === -1 ? append : { ...append, previousEpoch: held });
  });
}
