// Redis trims its journal whatever its followers still need.

import { RedisModel } from "../redis-model.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  data: { followers: ReadonlyMap<string, number> };
}

export function plant(): void {
  plantIn<Inside>(RedisModel, "trim", (trim) => (self, ...rest) => {
    const { followers } = self.data;
    self.data.followers = new Map();
    const reply = trim(self, ...rest);
    self.data.followers = followers;
    return reply;
  });
}
