// A query is answered by a round that began before it came.

import { ReadRounds } from "../../../engine/replication/read-rounds.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  readonly current: number;
  readonly waiting: { readId: number; round: number; position: number }[];
}

export function plant(): void {
  plantIn<Inside>(ReadRounds, "add", () => (self, readId: number, position: number) => {
    self.waiting.push({ readId, round: self.current, position });
  });
}
