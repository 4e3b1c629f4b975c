// A core that depends on more than its journal: now and then a node skips a command.

import { CoreMachine } from "../../../engine/adapters/core-machine.ts";
import type { EntryKind } from "../../../engine/replication/log-batch.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  let applied = 0;
  plantIn<CoreMachine>(
    CoreMachine,
    "apply",
    (apply) => (self, position: number, kind: EntryKind, data: Uint8Array) => {
      applied++;
      if (applied % 50 === 0) self.core.advance(position);
      else apply(self, position, kind, data);
    },
  );
}
