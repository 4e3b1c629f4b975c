// The instance of a Redis does not change with its process: one that started from older data passes
// for the one that answered.

import { RedisModel } from "../redis-model.ts";

interface Inside {
  readonly data: { readonly key: string };
}

export function plant(): void {
  Object.defineProperty(RedisModel.prototype, "instance", {
    get(this: Inside) {
      return `always:same:${this.data.key}`;
    },
  });
}
