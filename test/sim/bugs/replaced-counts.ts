// What an engine answers counts also when another one has its seat; it is told so now and then only.

import type { PeerMessage } from "../../../engine/replication/messages.ts";
import { Replica } from "../../../engine/replication/replica.ts";
import { plantIn } from "./plant.ts";

const callsBeforeWord = 50;

export function plant(): void {
  /** By process, so that a seed stays a function of itself. */
  const calls = new WeakMap<Replica, number>();
  plantIn<Replica>(
    Replica,
    "isHeard",
    (isHeard) => (self, message: PeerMessage, incarnation: number) => {
      return isHeard(self, message, Math.max(incarnation, self.state.peerIncarnation));
    },
  );
  plantIn<Replica>(Replica, "replacerOf", (replacerOf) => (self, incarnation: number) => {
    const replacer = replacerOf(self, incarnation);
    if (replacer === 0) return 0;
    const count = (calls.get(self) ?? 0) + 1;
    calls.set(self, count);
    return count % callsBeforeWord === 0 ? replacer : 0;
  });
}
