// A standby calls everything up to the primary's commit position committed, also entries of its own
// that the primary never had.

import type { Append } from "../../../engine/replication/messages.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { Standby } from "../../../engine/replication/standby.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ readonly stage: Stage }>(Standby, "onAppend", (onAppend) => (self, append: Append) => {
    const { state } = self.stage;
    if (append.epoch === state.epoch) state.commit(append.committed);
    onAppend(self, append);
  });
}
