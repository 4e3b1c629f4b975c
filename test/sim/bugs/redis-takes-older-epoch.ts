// Redis does not compare epochs before it writes.

import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn(RedisModel, "admits", () => () => true);
}
