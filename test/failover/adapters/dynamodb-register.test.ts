// The register against a stand-in for DynamoDB, and with recorded answers for what a stand-in does not do.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "chai";
import { DynamoDbRegister } from "../../../failover/adapters/dynamodb-register.ts";
import { FailoverError } from "../../../failover/errors.ts";
import {
  type RegisterServer,
  startRegisterServer,
} from "../../../failover/local/register-server.ts";
import type { Member } from "../../../failover/membership.ts";
import type { Leadership, Move } from "../../../failover/register.ts";
import { freePort } from "../../support/free-port.ts";
import { json, jsonError, networkError, RecordingHandler } from "./recording-handler.ts";

const signal = new AbortController().signal;
const opening = { shard: "main", region: "east", by: "setup", reason: "first start" };
const toWest: Move = {
  shard: "main",
  from: { region: "east", term: 1 },
  toRegion: "west",
  by: "alice",
  reason: "east is gone",
};

async function failure(work: Promise<unknown>): Promise<FailoverError> {
  const outcome = await work.catch((error: unknown) => error);
  assert.instanceOf(outcome, FailoverError);
  return outcome;
}

describe("DynamoDbRegister", () => {
  let server: RegisterServer;
  let register: DynamoDbRegister;

  const onServer = ({ endpoint }: RegisterServer) =>
    new DynamoDbRegister({
      region: "us-east-1",
      endpoint,
      table: "register",
      nowMs: () => 1000,
    });

  beforeEach(async () => {
    server = await startRegisterServer();
    register = onServer(server);
    await register.createTable(signal);
  });

  afterEach(async () => {
    register.close();
    await server.stop();
  });

  it("creates its table once", () => register.createTable(signal));

  it("holds nothing before it is opened", async () =>
    assert.isNull(await register.read("main", signal)));

  it("opens in term 1, and returns the leadership that is there to whoever comes later", async () => {
    const first = { ...opening, term: 1, sinceTerm: 1, atMs: 1000 };
    assert.deepEqual(await register.open(opening, signal), first);
    assert.deepEqual(await register.open({ ...opening, region: "west" }, signal), first);
    assert.deepEqual(await register.read("main", signal), first);
    assert.isNull(await register.read("other", signal));
  });

  it("moves to another region in the next term", async () => {
    await register.open(opening, signal);
    const expected: Leadership = {
      ...{ shard: "main", region: "west", term: 2, sinceTerm: 2 },
      ...{ by: "alice", reason: "east is gone", atMs: 1000 },
    };
    assert.deepEqual(await register.move(toWest, signal), expected);
    assert.deepEqual(await register.read("main", signal), expected);
  });

  it("answers the repeat of a move with its result, and changes nothing", async () => {
    await register.open(opening, signal);
    const moved = await register.move(toWest, signal);
    assert.deepEqual(await register.move(toWest, signal), moved);
    assert.deepEqual(await register.read("main", signal), moved);
  });

  const conflicting: readonly [why: string, move: Move][] = [
    ["of an older term", { ...toWest, by: "bob" }],
    ["of a region that does not lead", { ...toWest, from: { region: "east", term: 2 } }],
    ["of a term that is not yet", { ...toWest, from: { region: "west", term: 3 } }],
    ["to where it went, for another reason", { ...toWest, reason: "a test" }],
  ];
  for (const [why, move] of conflicting) {
    it(`refuses a move ${why}`, async () => {
      await register.open(opening, signal);
      const moved = await register.move(toWest, signal);
      const error = await failure(register.move(move, signal));
      assert.equal(error.code, "REGISTER_CONFLICT");
      assert.include(error.message, "west in term 2, by alice");
      assert.deepEqual(await register.read("main", signal), moved);
    });
  }

  it("refuses a move of what was never opened", async () =>
    assert.equal((await failure(register.move(toWest, signal))).code, "REGISTER_CONFLICT"));

  it("lets exactly one of 50 racers win", async () => {
    await register.open(opening, signal);
    const racers = Array.from({ length: 50 }, (_, n) => ({
      ...toWest,
      toRegion: n % 2 === 0 ? "west" : "south",
      by: `racer-${n}`,
    }));
    const outcomes = await Promise.allSettled(racers.map((move) => register.move(move, signal)));
    const won = outcomes.flatMap((o) => (o.status === "fulfilled" ? [o.value] : []));
    assert.lengthOf(won, 1);
    assert.deepEqual(await register.read("main", signal), won[0] ?? null);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") continue;
      assert.equal((outcome.reason as FailoverError).code, "REGISTER_CONFLICT");
    }
  });

  it("keeps what it was told when its server restarts on its data", async () => {
    const dir = mkdtempSync(join(tmpdir(), "castle-register-"));
    try {
      const first = await startRegisterServer({ dir });
      const before = onServer(first);
      await before.createTable(signal);
      await before.open(opening, signal);
      await first.stop();
      before.close();
      const second = await startRegisterServer({ dir });
      const after = onServer(second);
      assert.equal((await after.read("main", signal))?.region, "east");
      await second.stop();
      after.close();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  const engine = (node: string, incarnation: number): Member => ({
    ...{ node, kind: "engine", zone: node === "engine-a" ? "a" : "b" },
    ...{ address: "127.0.0.1:1", incarnation },
  });
  const founding = {
    ...{ shard: "main", region: "east", fromVersion: 0 },
    ...{ members: [engine("engine-b", 1), engine("engine-a", 1)], by: "setup", reason: "founded" },
  };

  it("keeps members by compare-and-set, apart from the leadership", async () => {
    assert.isNull(await register.readMembers("main", "east", signal));
    const first = await register.changeMembers(founding, signal);
    assert.equal(first.version, 1);
    const replacing = { ...founding, fromVersion: 1, by: "alice", reason: "disk lost" };
    const replaced = { ...replacing, members: [engine("engine-a", 2), engine("engine-b", 1)] };
    await register.changeMembers(replaced, signal);
    const repeated = await register.changeMembers(replaced, signal);
    assert.deepEqual(repeated, {
      ...{ shard: "main", region: "east", version: 2 },
      ...{ members: replaced.members, by: "alice", reason: "disk lost", atMs: 1000 },
    });
    const error = await failure(register.changeMembers({ ...replaced, by: "bob" }, signal));
    assert.equal(error.code, "REGISTER_CONFLICT");
    assert.isNull(await register.read("main", signal));
    assert.isNull(await register.readMembers("main", "west", signal));
  });

  it("gives up on a closed port, with its own word for it", async () => {
    await server.stop();
    assert.equal((await failure(register.read("main", signal))).code, "REGISTER_UNREACHABLE");
    server = await startRegisterServer();
  });
});

describe("DynamoDbRegister: without an answer", () => {
  const limits = {
    ...{ connectionTimeoutMs: 100, requestTimeoutMs: 50, attempts: 2, callTimeoutMs: 1000 },
  };

  it("gives up on a server that accepts and never answers", async () => {
    const swallowing = createServer();
    const port = await freePort();
    await new Promise<void>((listening) => swallowing.listen(port, "127.0.0.1", listening));
    const sockets = new Set<{ destroy(): void }>();
    swallowing.on("connection", (socket) => sockets.add(socket));
    const endpoint = `http://127.0.0.1:${port}`;
    const register = new DynamoDbRegister({ region: "r", endpoint, table: "register", limits });
    const error = await failure(register.read("main", signal));
    assert.equal(error.code, "REGISTER_UNREACHABLE");
    assert.isTrue(error.retryable);
    assert.equal(sockets.size, 2, "both attempts were made");
    register.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => swallowing.close(closed));
  });

  it("ends with the caller's signal, also while the SDK pauses between attempts", async () => {
    const caller = new AbortController();
    const handler = new RecordingHandler(() => {
      setImmediate(() => caller.abort());
      return networkError("ECONNREFUSED");
    });
    const register = new DynamoDbRegister({ ...handler.access, table: "register" });
    const error = await failure(register.read("main", caller.signal));
    assert.equal(error.code, "REGISTER_UNREACHABLE");
    handler.assertDone();
  });
});

describe("DynamoDbRegister: exact requests", () => {
  const write = {
    TableName: "register",
    Item: {
      shard: { S: "main" },
      region: { S: "west" },
      term: { N: "2" },
      sinceTerm: { N: "2" },
      previous: { S: "east" },
      by: { S: "alice" },
      reason: { S: "east is gone" },
      atMs: { N: "1000" },
    },
    ConditionExpression: "#term = :term AND #region = :region",
    ExpressionAttributeNames: { "#term": "term", "#region": "region" },
    ExpressionAttributeValues: { ":term": { N: "1" }, ":region": { S: "east" } },
  };
  const made = (handler: RecordingHandler) =>
    new DynamoDbRegister({ ...handler.access, table: "register", nowMs: () => 1000 });

  it("reads consistently, by the key alone", async () => {
    const handler = new RecordingHandler((sent) => {
      assert.equal(sent.method, "POST");
      assert.equal(sent.target, "DynamoDB_20120810.GetItem");
      assert.deepEqual(JSON.parse(sent.body), {
        TableName: "register",
        Key: { shard: { S: "main" } },
        ConsistentRead: true,
      });
      return json({});
    });
    assert.isNull(await made(handler).read("main", signal));
    handler.assertDone();
  });

  it("recognises its own move where the answer was lost after the write", async () => {
    let stored: object | undefined;
    const handler = new RecordingHandler(
      (sent) => {
        assert.deepEqual(JSON.parse(sent.body), write);
        stored = write.Item;
        return networkError("ECONNRESET");
      },
      (sent) => {
        assert.deepEqual(JSON.parse(sent.body), write);
        return jsonError("ConditionalCheckFailedException", "The conditional request failed");
      },
      (sent) => {
        assert.equal(sent.target, "DynamoDB_20120810.GetItem");
        return json({ Item: stored });
      },
    );
    const { region, term } = await made(handler).move(toWest, signal);
    assert.deepEqual({ region, term }, { region: "west", term: 2 });
    handler.assertDone();
  });

  it("says that the outcome is open where every answer was lost, and finds it by a repeat", async () => {
    const handler = new RecordingHandler(
      () => networkError("ECONNRESET"),
      () => networkError("ECONNRESET"),
      () => jsonError("ConditionalCheckFailedException", "The conditional request failed"),
      () => json({ Item: write.Item }),
    );
    const register = made(handler);
    const error = await failure(register.move(toWest, signal));
    assert.equal(error.code, "REGISTER_UNREACHABLE");
    assert.equal((await register.move(toWest, signal)).region, "west");
    handler.assertDone();
  });

  const keep = { ...toWest, from: { region: "west", term: 2 }, reason: "given up" };
  const { sinceTerm: _, ...older } = write.Item;
  const records: readonly [what: string, there: object, sinceTerm: number][] = [
    ["that says since when", { ...write.Item, sinceTerm: { N: "1" } }, 1],
    ["of an older version, after a move", older, 2],
    ["of an older version, after a move to itself", { ...older, previous: { S: "west" } }, 1],
    ["of another leadership", { ...write.Item, term: { N: "1" }, sinceTerm: { N: "1" } }, 2],
  ];
  for (const [what, there, sinceTerm] of records) {
    it(`moves a region to itself on what a record ${what} proves, if it is still there`, async () => {
      const handler = new RecordingHandler(
        (sent) => {
          assert.equal(sent.target, "DynamoDB_20120810.GetItem");
          assert.isTrue(JSON.parse(sent.body).ConsistentRead);
          return json({ Item: there });
        },
        (sent) => {
          const { Item, ConditionExpression, ExpressionAttributeValues } = JSON.parse(sent.body);
          assert.deepEqual(Item.sinceTerm, { N: String(sinceTerm) });
          assert.equal(ConditionExpression, write.ConditionExpression);
          const values = { ":term": { N: "2" }, ":region": { S: "west" } };
          assert.deepEqual(ExpressionAttributeValues, values);
          return json({});
        },
      );
      const kept = await made(handler).move(keep, signal);
      assert.deepInclude(kept, { region: "west", term: 3, sinceTerm });
      handler.assertDone();
    });
  }

  it("goes on after it was throttled once", async () => {
    const throttled = () =>
      jsonError(
        "ProvisionedThroughputExceededException",
        "Rate of requests exceeds the throughput",
      );
    const handler = new RecordingHandler(throttled, () => json({}));
    assert.equal((await made(handler).move(toWest, signal)).term, 2);
    handler.assertDone();
  });

  const refusals: readonly [name: string, status: number, attempts: number, code: string][] = [
    ["ProvisionedThroughputExceededException", 400, 2, "AWS_THROTTLED"],
    ["ReplicatedWriteConflictException", 400, 2, "AWS_THROTTLED"],
    ["AccessDeniedException", 400, 1, "AWS_DENIED"],
    ["ResourceNotFoundException", 400, 1, "AWS_NOT_FOUND"],
    ["InternalServerError", 500, 2, "REGISTER_UNREACHABLE"],
    ["ValidationException", 400, 1, "AWS_FAILED"],
  ];
  for (const [name, status, attempts, code] of refusals) {
    it(`says ${code} for ${name}, after ${attempts} attempts`, async () => {
      const answers = Array.from({ length: attempts }, () => () => jsonError(name, "no", status));
      const handler = new RecordingHandler(...answers);
      assert.equal((await failure(made(handler).move(toWest, signal))).code, code);
      handler.assertDone();
    });
  }

  it("refuses a record that something else wrote", async () => {
    const { term: _, ...torn } = write.Item;
    const handler = new RecordingHandler(() => json({ Item: torn }));
    assert.equal((await failure(made(handler).read("main", signal))).code, "REGISTER_DAMAGED");
  });

  it("refuses a record that leads since a term to come", async () => {
    const torn = { ...write.Item, sinceTerm: { N: "3" } };
    const handler = new RecordingHandler(() => json({ Item: torn }));
    const error = await failure(made(handler).read("main", signal));
    assert.include(error.message, "sinceTerm");
  });
});
