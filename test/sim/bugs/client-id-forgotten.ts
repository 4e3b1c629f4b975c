// The core does not look whether an account has used a client order id before.

import { Placing } from "../../../engine/core/placing.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn(Placing, "findExisting", () => () => 0);
}
