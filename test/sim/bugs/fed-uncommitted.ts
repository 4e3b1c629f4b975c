// An engine feeds its followers with everything that is in its log.

import type { Replica } from "../../../engine/replication/replica.ts";
import { Feeds } from "../feeds.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<{ readonly replica: Replica }>(Feeds, "feed", (feed) => (self, ...rest) => {
    const { state } = self.replica;
    const { committed } = state;
    state.committed = state.log.lastPosition;
    feed(self, ...rest);
    state.committed = committed;
  });
}
