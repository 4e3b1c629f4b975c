// An engine whose place another has taken since is told so on its own connection, and not heard (rule 14).

import type { Logger } from "pino";
import type { Replica } from "../../replication/replica.ts";
import type { Connection } from "../link/connection.ts";
import type { Identity } from "../link/link-message.ts";

interface Caller {
  readonly identity: Identity;
  readonly connection: Connection;
  readonly log: Logger;
}

/** Looked at with each message: it may have been replaced since it connected. */
export function turnsAway(replica: Replica, { identity, connection, log }: Caller): boolean {
  const { name, incarnation = 1 } = identity;
  const replacer = replica.replacerOf(incarnation);
  if (replacer === 0) return false;
  const reason = `incarnation ${replacer} has the place of ${name}, and this is incarnation ${incarnation}`;
  log.warn({ code: "MEMBER_REPLACED", reason }, "an engine was sent away");
  connection.send({ kind: "rejected", code: "REPLACED", reason, incarnation: replacer });
  connection.socket.destroySoon();
  return true;
}
