// An engine goes on taking a session's commands after it turned one away.

import type { CoreMachine } from "../../../engine/adapters/core-machine.ts";
import type { Replica } from "../../../engine/replication/replica.ts";
import { Feeds, type Submission } from "../feeds.ts";
import type { SimEngine } from "../sim-engine.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly engine: SimEngine;
  readonly replica: Replica;
}

export function plant(): void {
  plantIn<Inside>(Feeds, "submit", () => (self, submission: Submission, machine: CoreMachine) => {
    self.engine.submit(self.replica, machine, submission.command);
  });
}
