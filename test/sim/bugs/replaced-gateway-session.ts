// A gateway that starts again goes on under its old session, whose numbers it has forgotten.

import { SimGateway } from "../sim-gateway.ts";
import { plantIn } from "./plant.ts";

interface Inside {
  sessionId: number;
}

export function plant(): void {
  plantIn<Inside>(SimGateway, "start", (start) => (self) => {
    const { sessionId } = self;
    start(self);
    if (sessionId > 0) self.sessionId = sessionId;
  });
}
