// An engine that commits alone, for the bench's comparison only: the other engine is a few lines in the
// same process that agree to everything at once, and there is no Redis. It sequences, applies, writes
// its log and feeds its followers as in production. No configuration leads here.

import { systemClock } from "../../engine/adapters/clock.ts";
import { EngineNode } from "../../engine/adapters/engine/engine-node.ts";
import { CastleError } from "../../engine/errors.ts";
import { runNode } from "../../engine/node-main.ts";
import type { PeerMessage } from "../../engine/replication/messages.ts";

const startNonce = "agrees";

await runNode(async ({ config, keys, directory, log, onFatal }) => {
  const [node] = config.engines;
  if (node === undefined) throw new CastleError("CONFIG_INVALID", "no engine is configured");
  const options = { config, keys, node, directory, clock: systemClock, log, onFatal };
  const engine = new EngineNode(options);
  const { state } = engine.replica;
  // As often as with others that have everything: nobody needs what a checkpoint drops.
  const isCheckpointDue = state.isCheckpointDue.bind(state);
  state.isCheckpointDue = () => isCheckpointDue(Number.POSITIVE_INFINITY);
  const tell = (message: PeerMessage) => {
    engine.replica.onPeerMessage(message, 1, systemClock.nowMs());
  };
  engine.peer.close();
  engine.redis.connect = async () => {};
  engine.redis.call = () => {};
  engine.peer.send = (message) => {
    // No snapshot will want to know what changed.
    state.changed.forget(state.lastMark.position);
    const answer = agree(message as PeerMessage);
    // In the same turn, but not within the call: as an answer that was there already.
    if (answer !== undefined) queueMicrotask(() => tell(answer));
  };
  await engine.start();
  const nobody = { isPaused: false, isFenced: false, forcedEpoch: 0 };
  const log0 = { epoch: 0, lastEpoch: 0, lastPosition: 0 };
  tell({ kind: "hello", startNonce, role: "standby", ...nobody, ...log0 });
  return () => engine.stop();
});

function agree(message: PeerMessage): PeerMessage | undefined {
  if (message.kind === "voteRequest") {
    const { epoch, forcedEpoch } = message;
    return { kind: "voteGranted", epoch, forcedEpoch, lastEpoch: 0, lastPosition: 0, runs: [] };
  }
  if (message.kind !== "append") return undefined;
  const { epoch, round, previousPosition, batches } = message;
  const position = batches.reduce((sum, { count }) => sum + count, previousPosition);
  return { kind: "appendAccepted", epoch, startNonce, position, round };
}
