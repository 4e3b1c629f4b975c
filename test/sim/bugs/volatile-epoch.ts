// An engine's epoch is not on its disk: after a restart it votes again in an epoch it has voted in.

import { SimDisk } from "../sim-disk.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn(SimDisk, "writeEpoch", () => () => {});
}
