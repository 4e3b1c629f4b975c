// A gateway that offers its commands to a new primary starts with the second: it takes the first for
// answered.

import { SimGateway } from "../sim-gateway.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  unanswered: unknown[];
}

export function plant(): void {
  plantIn<Inside>(SimGateway, "reconnect", (reconnect) => (self) => {
    const { unanswered } = self;
    self.unanswered = unanswered.slice(1);
    reconnect(self);
    self.unanswered = unanswered;
  });
}
