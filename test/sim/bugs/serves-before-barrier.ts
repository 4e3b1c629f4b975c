// A primary serves from its election on, before its barrier has told it what is committed.

import { Primary } from "../../../engine/replication/primary.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ isServing: boolean }>(Primary, "flush", (flush) => (self) => {
    self.isServing = true;
    flush(self);
  });
  plantIn<{ isServing: boolean }>(Primary, "requestRead", (request) => (self, ...rest) => {
    self.isServing = true;
    return request(self, ...rest);
  });
}
