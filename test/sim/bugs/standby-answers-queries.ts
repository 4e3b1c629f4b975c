// A standby answers queries from what it knows to be committed.

import { Replica } from "../../../engine/replication/replica.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn<Replica>(Replica, "requestRead", (request) => (self, readId: number) => {
    const { ports, committed } = self.state;
    if (self.role !== "standby") return request(self, readId);
    ports.readConfirmed(readId, committed);
    return true;
  });
}
