// Planted bugs: each breaks one rule that the protocol's safety stands on, by its name. The simulator
// is worth what it finds: planted-bugs.test.ts holds it to finding every one of them.

import { CastleError } from "../../engine/errors.ts";
import { plant as acknowledgeAlone } from "./bugs/acknowledge-alone.ts";
import { plant as agreedByMerge } from "./bugs/agreed-by-merge.ts";
import { plant as agreedByPrimary } from "./bugs/agreed-by-primary.ts";
import { plant as agreementIgnored } from "./bugs/agreement-ignored.ts";
import { plant as aloneAfterVote } from "./bugs/alone-after-vote.ts";
import { plant as aloneWithRedis } from "./bugs/alone-with-redis.ts";
import { plant as amnesiaUnseen } from "./bugs/amnesia-unseen.ts";
import { plant as answeredBeforeWritten } from "./bugs/answered-before-written.ts";
import { plant as clientIdForgotten } from "./bugs/client-id-forgotten.ts";
import { plant as commandSkipped } from "./bugs/command-skipped.ts";
import { plant as conflictKept } from "./bugs/conflict-kept.ts";
import { plant as cutWithoutConflict } from "./bugs/cut-without-conflict.ts";
import { plant as divergingCore } from "./bugs/diverging-core.ts";
import { plant as epochOfBoth } from "./bugs/epoch-of-both.ts";
import { plant as fedUncommitted } from "./bugs/fed-uncommitted.ts";
import { plant as fillOfAnyInstance } from "./bugs/fill-of-any-instance.ts";
import { plant as firstUnansweredSkipped } from "./bugs/first-unanswered-skipped.ts";
import { plant as floorUnread } from "./bugs/floor-unread.ts";
import { plant as halfRecovery } from "./bugs/half-recovery.ts";
import { plant as halfSnapshotRead } from "./bugs/half-snapshot-read.ts";
import { plant as hashIgnored } from "./bugs/hash-ignored.ts";
import { plant as logLossUnnoticed } from "./bugs/log-loss-unnoticed.ts";
import { plant as longestLogWins } from "./bugs/longest-log-wins.ts";
import { plant as membersForgotten } from "./bugs/members-forgotten.ts";
import { plant as newcomerEarly } from "./bugs/newcomer-early.ts";
import { plant as noBarrier } from "./bugs/no-barrier.ts";
import { plant as olderAnswersCounted } from "./bugs/older-answers-counted.ts";
import { plant as olderEpochCommitted } from "./bugs/older-epoch-committed.ts";
import { plant as otherInstanceCounted } from "./bugs/other-instance-counted.ts";
import { plant as overruledLogKept } from "./bugs/overruled-log-kept.ts";
import { plant as promoteUnread } from "./bugs/promote-unread.ts";
import { plant as readInOldRound } from "./bugs/read-in-old-round.ts";
import { plant as readUnconfirmed } from "./bugs/read-unconfirmed.ts";
import { plant as recoveringVotes } from "./bugs/recovering-votes.ts";
import { plant as recoveryFromAnyone } from "./bugs/recovery-from-anyone.ts";
import { plant as recoveryFromOlderPrimary } from "./bugs/recovery-from-older-primary.ts";
import { plant as redisTakesOlderEpoch } from "./bugs/redis-takes-older-epoch.ts";
import { plant as replacedCounts } from "./bugs/replaced-counts.ts";
import { plant as replacedGatewaySession } from "./bugs/replaced-gateway-session.ts";
import { plant as replacedGoesOn } from "./bugs/replaced-goes-on.ts";
import { plant as servesBeforeBarrier } from "./bugs/serves-before-barrier.ts";
import { plant as sessionForgotten } from "./bugs/session-forgotten.ts";
import { plant as snapshotLinesForgotten } from "./bugs/snapshot-lines-forgotten.ts";
import { plant as snapshotOverNewerLog } from "./bugs/snapshot-over-newer-log.ts";
import { plant as snapshotUnchecked } from "./bugs/snapshot-unchecked.ts";
import { plant as staleNonce } from "./bugs/stale-nonce.ts";
import { plant as standbyAnswersQueries } from "./bugs/standby-answers-queries.ts";
import { plant as standbyAppendUnchecked } from "./bugs/standby-append-unchecked.ts";
import { plant as standbyCommitsUnmatched } from "./bugs/standby-commits-unmatched.ts";
import { plant as standbyTakesOlderEpoch } from "./bugs/standby-takes-older-epoch.ts";
import { plant as stateNotRebuilt } from "./bugs/state-not-rebuilt.ts";
import { plant as tornTailKept } from "./bugs/torn-tail-kept.ts";
import { plant as trimmedBeforeRead } from "./bugs/trimmed-before-read.ts";
import { plant as trimmedBeyondSnapshot } from "./bugs/trimmed-beyond-snapshot.ts";
import { plant as uncommittedCheckpoint } from "./bugs/uncommitted-checkpoint.ts";
import { plant as uncommittedFill } from "./bugs/uncommitted-fill.ts";
import { plant as uncommittedSnapshot } from "./bugs/uncommitted-snapshot.ts";
import { plant as volatileEpoch } from "./bugs/volatile-epoch.ts";
import { plant as voteAfterRead } from "./bugs/vote-after-read.ts";
import { plant as voteKeepsEpoch } from "./bugs/vote-keeps-epoch.ts";

export const plantedBugs: Readonly<Record<string, () => void>> = {
  "acknowledge-alone": acknowledgeAlone,
  "agreed-by-merge": agreedByMerge,
  "agreed-by-primary": agreedByPrimary,
  "agreement-ignored": agreementIgnored,
  "alone-after-vote": aloneAfterVote,
  "alone-with-redis": aloneWithRedis,
  "amnesia-unseen": amnesiaUnseen,
  "answered-before-written": answeredBeforeWritten,
  "client-id-forgotten": clientIdForgotten,
  "command-skipped": commandSkipped,
  "conflict-kept": conflictKept,
  "cut-without-conflict": cutWithoutConflict,
  "diverging-core": divergingCore,
  "epoch-of-both": epochOfBoth,
  "fed-uncommitted": fedUncommitted,
  "fill-of-any-instance": fillOfAnyInstance,
  "first-unanswered-skipped": firstUnansweredSkipped,
  "floor-unread": floorUnread,
  "half-recovery": halfRecovery,
  "half-snapshot-read": halfSnapshotRead,
  "hash-ignored": hashIgnored,
  "log-loss-unnoticed": logLossUnnoticed,
  "longest-log-wins": longestLogWins,
  "members-forgotten": membersForgotten,
  "newcomer-early": newcomerEarly,
  "no-barrier": noBarrier,
  "older-answers-counted": olderAnswersCounted,
  "older-epoch-committed": olderEpochCommitted,
  "other-instance-counted": otherInstanceCounted,
  "overruled-log-kept": overruledLogKept,
  "promote-unread": promoteUnread,
  "read-in-old-round": readInOldRound,
  "read-unconfirmed": readUnconfirmed,
  "recovering-votes": recoveringVotes,
  "recovery-from-anyone": recoveryFromAnyone,
  "recovery-from-older-primary": recoveryFromOlderPrimary,
  "redis-takes-older-epoch": redisTakesOlderEpoch,
  "replaced-counts": replacedCounts,
  "replaced-gateway-session": replacedGatewaySession,
  "replaced-goes-on": replacedGoesOn,
  "serves-before-barrier": servesBeforeBarrier,
  "session-forgotten": sessionForgotten,
  "snapshot-lines-forgotten": snapshotLinesForgotten,
  "snapshot-over-newer-log": snapshotOverNewerLog,
  "snapshot-unchecked": snapshotUnchecked,
  "stale-nonce": staleNonce,
  "standby-answers-queries": standbyAnswersQueries,
  "standby-append-unchecked": standbyAppendUnchecked,
  "standby-commits-unmatched": standbyCommitsUnmatched,
  "standby-takes-older-epoch": standbyTakesOlderEpoch,
  "state-not-rebuilt": stateNotRebuilt,
  "torn-tail-kept": tornTailKept,
  "trimmed-before-read": trimmedBeforeRead,
  "trimmed-beyond-snapshot": trimmedBeyondSnapshot,
  "uncommitted-checkpoint": uncommittedCheckpoint,
  "uncommitted-fill": uncommittedFill,
  "uncommitted-snapshot": uncommittedSnapshot,
  "volatile-epoch": volatileEpoch,
  "vote-after-read": voteAfterRead,
  "vote-keeps-epoch": voteKeepsEpoch,
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
