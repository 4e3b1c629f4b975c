import { assert } from "chai";
import { encodeLines } from "../../engine/codec/lines-codec.ts";
import { LINE_BYTES } from "../../engine/core/memory.ts";
import { buildBatch } from "../../engine/replication/log-batch.ts";
import type { RedisReply, Snapshot } from "../../engine/replication/messages.ts";
import { RedisModel } from "./redis-model.ts";

const options = { runId: "run", replicationId: "replication", readBytesMax: 1 << 20 };

function entries(epoch: number, first: number, count: number) {
  const data = Uint8Array.of(epoch, first);
  return buildBatch(epoch, first, Array(count).fill({ kind: "command", data }));
}

function snapshotOf(position: number, epoch: number, lines: Record<number, number>): Snapshot {
  const numbers = Object.keys(lines).map(Number);
  const memory = new Uint8Array(16 * LINE_BYTES);
  for (const line of numbers)
    memory.fill(lines[line] ?? 0, line * LINE_BYTES, (line + 1) * LINE_BYTES);
  const encoded = encodeLines(memory, Uint32Array.from(numbers));
  return { position, epoch, instance: "", hash: `h${position}`, lines: encoded };
}

/** A Redis that an epoch-1 primary has filled and appended to. */
function filled(count: number): RedisModel {
  const redis = new RedisModel(options);
  const snapshot = snapshotOf(0, 0, { 1: 1 });
  const { instance } = redis;
  redis.call({
    kind: "fill",
    instance,
    key: "k",
    epoch: 1,
    snapshot,
    batches: [entries(1, 1, count)],
  });
  return redis;
}

function append(
  redis: RedisModel,
  epoch: number,
  previous: [number, number],
  batches = [] as ReturnType<typeof entries>[],
): RedisReply {
  const [previousPosition, previousEpoch] = previous;
  const { instance } = redis;
  return redis.call({
    kind: "append",
    instance,
    epoch,
    previousPosition,
    previousEpoch,
    batches,
    committed: 0,
    round: 0,
  });
}

describe("RedisModel", () => {
  it("answers AMNESIA to a request that means another instance", () => {
    const redis = filled(2);
    const reply = redis.call({
      kind: "vote",
      seat: "1",
      incarnation: 1,
      instance: "another",
      epoch: 9,
    });
    assert.deepEqual(reply, { kind: "amnesia", instance: redis.instance });
  });

  it("is another instance after a restart, and no longer agreed upon", () => {
    const redis = filled(2);
    redis.call({ kind: "agree", instance: redis.instance, epoch: 1 });
    assert.isTrue(redis.isAgreed);
    const restarted = new RedisModel({ ...options, runId: "next" }, redis.copyData());
    assert.notEqual(restarted.instance, redis.instance);
    assert.isFalse(restarted.isAgreed);
  });

  it("grants a vote only for a higher epoch, and then refuses appends of an older one", () => {
    const redis = filled(2);
    assert.equal(
      redis.call({ kind: "vote", seat: "1", incarnation: 1, instance: redis.instance, epoch: 1 })
        .kind,
      "refused",
    );
    const granted = redis.call({
      kind: "vote",
      seat: "1",
      incarnation: 1,
      instance: redis.instance,
      epoch: 2,
    });
    assert.include(granted, { kind: "granted", epoch: 2, lastEpoch: 1, lastPosition: 2 });
    assert.include(append(redis, 1, [2, 1]), { kind: "refused", reason: "OLD_EPOCH", epoch: 2 });
  });

  it("refuses what leaves a gap, and says where logs may still agree", () => {
    const redis = filled(3);
    assert.include(append(redis, 1, [5, 1]), { reason: "GAP", retryAfter: 3 });
    assert.include(append(redis, 3, [3, 2]), { reason: "GAP", retryAfter: 0, epoch: 3 });
  });

  it("changes nothing by an append that comes late or twice", () => {
    const redis = filled(1);
    append(redis, 1, [1, 1], [entries(1, 2, 3)]);
    assert.include(append(redis, 1, [1, 1], [entries(1, 2, 1)]), { kind: "appended", position: 2 });
    assert.equal(redis.lastPosition, 4);
  });

  it("cuts from a conflict on", () => {
    const redis = filled(4);
    assert.include(append(redis, 2, [2, 1], [entries(2, 3, 1)]), { kind: "appended", position: 3 });
    assert.include(redis.call({ kind: "observe" }), { lastEpoch: 2, lastPosition: 3 });
  });

  it("lets only the epoch of the vote read the journal", () => {
    const redis = filled(2);
    const { instance } = redis;
    assert.include(redis.call({ kind: "read", instance, epoch: 2, from: 1 }), {
      reason: "OLD_EPOCH",
    });
    const reply = redis.call({ kind: "read", instance, epoch: 1, from: 2 });
    assert.include(reply, { kind: "entries", from: 2, lastPosition: 2 });
  });

  it("is filled once by a fill that comes twice", () => {
    const redis = new RedisModel(options);
    const snapshot = snapshotOf(0, 0, {});
    const request = {
      kind: "fill",
      instance: redis.instance,
      key: "k",
      epoch: 1,
      snapshot,
      batches: [],
    } as const;
    assert.equal(redis.call(request).kind, "filled");
    assert.equal(redis.call(request).kind, "amnesia");
  });

  it("is caught up in place, and not by a call that comes late", () => {
    const redis = filled(1);
    const { instance } = redis;
    redis.call({ kind: "agree", instance, epoch: 1 });
    const snapshot = { ...snapshotOf(4, 0, { 1: 4 }), epoch: 1 };
    const request = { kind: "catchUp", instance, epoch: 1, snapshot } as const;
    const reply = redis.call({ ...request, batches: [entries(1, 5, 2)] });
    assert.include(reply, { kind: "filled", instance, isAgreed: true });
    append(redis, 1, [6, 1], [entries(1, 7, 3)]);
    const late = redis.call({ ...request, batches: [] });
    assert.include(late, { kind: "refused", reason: "SNAPSHOT_CHANGED" });
    const kept = { lastPosition: 9, snapshotPosition: 4, isAgreed: true };
    assert.include(redis.call({ kind: "observe" }), kept);
  });

  it("merges changed lines over the image that they were counted from, and over no other", () => {
    const redis = filled(3);
    const { instance } = redis;
    const write = { kind: "writeSnapshot", instance, epoch: 1 } as const;
    const first = redis.call({
      ...write,
      onPosition: 0,
      snapshot: snapshotOf(2, 1, { 1: 7, 3: 9 }),
    });
    assert.include(first, { kind: "snapshotWritten", position: 2 });
    const second = redis.call({ ...write, onPosition: 0, snapshot: snapshotOf(3, 1, { 1: 8 }) });
    assert.include(second, { reason: "SNAPSHOT_CHANGED", retryAfter: 2 });
    const loaded = redis.call({ kind: "loadSnapshot" });
    assert.deepInclude(loaded, { snapshot: snapshotOf(2, 1, { 1: 7, 3: 9 }) });
  });

  it("takes no snapshot at a position whose entry it does not have", () => {
    const redis = filled(3);
    const { instance } = redis;
    const write = { kind: "writeSnapshot", instance, epoch: 2, onPosition: 0 } as const;
    assert.include(redis.call({ ...write, snapshot: snapshotOf(4, 1, {}) }), { reason: "GAP" });
    assert.include(redis.call({ ...write, snapshot: snapshotOf(3, 2, {}) }), { reason: "GAP" });
  });

  it("trims no further than its snapshot", () => {
    const redis = filled(3);
    const { instance } = redis;
    const snapshot = snapshotOf(2, 1, {});
    redis.call({ kind: "writeSnapshot", instance, epoch: 1, onPosition: 0, snapshot });
    redis.call({ kind: "trim", instance, epoch: 1, upTo: 3 });
    assert.include(redis.call({ kind: "read", instance, epoch: 1, from: 2 }), {
      reason: "TRIMMED",
    });
    assert.include(redis.call({ kind: "read", instance, epoch: 1, from: 3 }), { kind: "entries" });
  });
});
