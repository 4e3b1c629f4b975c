// A candidate is content with the vote: it does not read the voter's log.

import { Candidate } from "../../../engine/replication/candidate.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  finish(how: string): void;
}

export function plant(): void {
  plantIn<Inside>(Candidate, "onGranted", () => (self) => self.finish("nothing was read"));
}
