// A primary answers queries at once, without asking whether it still is one.

import { Primary } from "../../../engine/replication/primary.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly isServing: boolean;
  readonly stage: Stage;
}

export function plant(): void {
  plantIn<Inside>(Primary, "requestRead", () => (self, readId: number) => {
    const { state } = self.stage;
    if (self.isServing) state.ports.readConfirmed(readId, state.committed);
    return self.isServing;
  });
}
