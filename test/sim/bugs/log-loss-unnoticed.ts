// An engine that lost its log starts as if it had an empty one.

import type { Loaded } from "../../../engine/replication/ports.ts";
import { genesisBase } from "../../../engine/replication/replica-log.ts";
import { SimDisk } from "../sim-disk.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<SimDisk>(SimDisk, "load", (load) => (self) => {
    const loaded = load(self) as Loaded;
    const log = loaded.log ?? { base: genesisBase, batches: [] };
    return { ...loaded, disk: "kept", log };
  });
}
