// A standby takes an append of any epoch, and answers in the epoch that the append is of.

import type { Append } from "../../../engine/replication/messages.ts";
import { Replica } from "../../../engine/replication/replica.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { Standby } from "../../../engine/replication/standby.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<Replica>(Replica, "admitAppend", (admit) => (self, append: Append) => {
    const isOlder = append.epoch < self.state.epoch && self.role === "standby";
    return isOlder || admit(self, append);
  });
  plantIn<{ readonly stage: Stage }>(Standby, "onAppend", (onAppend) => (self, append: Append) => {
    const { state } = self.stage;
    const { epoch } = state;
    state.epoch = append.epoch;
    onAppend(self, append);
    state.epoch = epoch;
  });
}
