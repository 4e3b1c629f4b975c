// The first snapshot after a promotion covers only what changed since the promotion.

import { ChangedLines } from "../../../engine/replication/changed-lines.ts";
import { Primary } from "../../../engine/replication/primary.ts";
import type { Stage } from "../../../engine/replication/role.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ completeFrom: number }>(ChangedLines, "since", (since) => (self, position: number) => {
    return since(self, Math.max(position, self.completeFrom));
  });
  plantIn<{ isServing: boolean; readonly stage: Stage }>(
    Primary,
    "confirm",
    (confirm) =>
      (self, ...rest) => {
        const { isServing } = self;
        confirm(self, ...rest);
        const { state } = self.stage;
        if (self.isServing && !isServing) state.changed.reset(state.ports.machine.position);
      },
  );
}
