// Planted bugs: each breaks one rule that the protocol's safety stands on, by its name. The simulator
// is worth what it finds: planted-bugs.test.ts holds it to finding every one of them.

import { CastleError } from "../../engine/errors.ts";
import { plant as acknowledgeAlone } from "./bugs/acknowledge-alone.ts";
import { plant as agreementIgnored } from "./bugs/agreement-ignored.ts";
import { plant as amnesiaUnseen } from "./bugs/amnesia-unseen.ts";
import { plant as clientIdForgotten } from "./bugs/client-id-forgotten.ts";
import { plant as commandSkipped } from "./bugs/command-skipped.ts";
import { plant as conflictKept } from "./bugs/conflict-kept.ts";
import { plant as cutWithoutConflict } from "./bugs/cut-without-conflict.ts";
import { plant as divergingCore } from "./bugs/diverging-core.ts";
import { plant as fillOfAnyInstance } from "./bugs/fill-of-any-instance.ts";
import { plant as logLossUnnoticed } from "./bugs/log-loss-unnoticed.ts";
import { plant as longestLogWins } from "./bugs/longest-log-wins.ts";
import { plant as noBarrier } from "./bugs/no-barrier.ts";
import { plant as olderEpochCommitted } from "./bugs/older-epoch-committed.ts";
import { plant as promoteUnread } from "./bugs/promote-unread.ts";
import { plant as readUnconfirmed } from "./bugs/read-unconfirmed.ts";
import { plant as recoveringVotes } from "./bugs/recovering-votes.ts";
import { plant as recoveryFromAnyone } from "./bugs/recovery-from-anyone.ts";
import { plant as redisTakesOlderEpoch } from "./bugs/redis-takes-older-epoch.ts";
import { plant as sessionForgotten } from "./bugs/session-forgotten.ts";
import { plant as snapshotUnchecked } from "./bugs/snapshot-unchecked.ts";
import { plant as standbyTakesOlderEpoch } from "./bugs/standby-takes-older-epoch.ts";
import { plant as uncommittedSnapshot } from "./bugs/uncommitted-snapshot.ts";
import { plant as volatileEpoch } from "./bugs/volatile-epoch.ts";

export const plantedBugs: Readonly<Record<string, () => void>> = {
  "acknowledge-alone": acknowledgeAlone,
  "agreement-ignored": agreementIgnored,
  "amnesia-unseen": amnesiaUnseen,
  "client-id-forgotten": clientIdForgotten,
  "command-skipped": commandSkipped,
  "conflict-kept": conflictKept,
  "cut-without-conflict": cutWithoutConflict,
  "diverging-core": divergingCore,
  "fill-of-any-instance": fillOfAnyInstance,
  "log-loss-unnoticed": logLossUnnoticed,
  "longest-log-wins": longestLogWins,
  "no-barrier": noBarrier,
  "older-epoch-committed": olderEpochCommitted,
  "promote-unread": promoteUnread,
  "read-unconfirmed": readUnconfirmed,
  "recovering-votes": recoveringVotes,
  "recovery-from-anyone": recoveryFromAnyone,
  "redis-takes-older-epoch": redisTakesOlderEpoch,
  "session-forgotten": sessionForgotten,
  "snapshot-unchecked": snapshotUnchecked,
  "standby-takes-older-epoch": standbyTakesOlderEpoch,
  "uncommitted-snapshot": uncommittedSnapshot,
  "volatile-epoch": volatileEpoch,
};

/** Breaks this thread for good. */
export function plantBug(name: string): void {
  const plant = plantedBugs[name];
  if (plant === undefined) {
    const known = Object.keys(plantedBugs).join(", ");
    throw new CastleError("CONFIG_INVALID", `there is no bug ${name}; there are ${known}`);
  }
  plant();
}
