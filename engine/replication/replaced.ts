// Replaced: an engine whose seat has a newer incarnation. It serves nobody, votes for nobody, answers
// nobody and stands for nothing, for good: this is on its disk, and only a directory that is formatted
// for another incarnation takes part again (rule 14). Its files stay as they are, as evidence.

import type { RoleBehaviour } from "./role.ts";

export class Replaced implements RoleBehaviour {
  readonly role = "replaced";

  onPeer(): void {}

  onRedis(): void {}

  tick(): void {}
}
