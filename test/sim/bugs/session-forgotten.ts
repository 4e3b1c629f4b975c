// The core does not remember which request of a session it executed last.

import { Sessions } from "../../../engine/core/sessions.ts";
import { plantIn } from "./plant.ts";

export function plant(): void {
  plantIn(Sessions, "admit", () => () => "execute");
}
