// An engine that had committed what a force left out does not give its log up.

import { Standby } from "../../../engine/replication/standby.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn(Standby, "isOverruled", () => () => false);
}
