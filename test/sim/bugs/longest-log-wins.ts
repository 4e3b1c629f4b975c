// Of two logs a candidate keeps the longer one, whatever the epochs of their last entries are.

import { Candidate } from "../../../engine/replication/candidate.ts";
import { commonPosition, type EpochRun } from "../../../engine/replication/replica-log.ts";
import type { ReplicaState } from "../../../engine/replication/state.ts";
import { plantIn } from "./plant.ts";

interface Granted {
  readonly lastPosition: number;
  readonly runs: readonly EpochRun[];
}

interface Inside {
  granted: Granted | null;
  readonly stage: { readonly state: ReplicaState };
  read(from: number): void;
  finish(how: string): void;
}

export function plant(): void {
  plantIn<Inside>(Candidate, "onGranted", () => (self, granted: Granted) => {
    if (self.granted !== null) return;
    self.granted = granted;
    const { log } = self.stage.state;
    if (granted.lastPosition > log.lastPosition) self.read(commonPosition(log, granted) + 1);
    else self.finish("own log is as long");
  });
}
