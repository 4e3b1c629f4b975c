// The functions in Redis and the simulator's model of them are one and the same: random scripts of
// requests, as primaries and candidates of several epochs would send them, get equal replies.

import { expect } from "chai";
import fc from "fast-check";
import { pino } from "pino";
import { RedisJournal } from "../../../../engine/adapters/redis/redis-journal.ts";
import { type LogBatch, lastOf } from "../../../../engine/replication/log-batch.ts";
import type { RedisReply, RedisRequest } from "../../../../engine/replication/messages.ts";
import { genesisBase, ReplicaLog } from "../../../../engine/replication/replica-log.ts";
import { RedisModel } from "../../../sim/redis-model.ts";
import { RedisServer } from "../../../support/redis-server.ts";
import { type SimpleStep, type Step, step } from "../../../support/redis-steps.ts";
import {
  batchOf,
  fillingsOf,
  snapshotAt,
  textsOf,
  VoterSession,
} from "../../../support/voter-session.ts";

/** What a script does beside the calls of engines. */
interface Surroundings {
  flush(): Promise<void>;
  evict(what: "meta" | "log" | "image"): Promise<void>;
  setFull(isFull: boolean): Promise<void>;
  /** A follower says how far it is, and reads what follows. */
  follow(name: string, position: number): Promise<void>;
}

/** A seat whose engine was never replaced. */
const nobody = { seat: "3", incarnation: 1 };

/** One that leads, or once led, epochs: it writes its own log, and tells Redis of it. */
class Writer {
  log = new ReplicaLog(genesisBase);
  epoch: number;
  committed = 0;
  sentTo = 0;

  constructor(first: number) {
    this.epoch = first;
  }

  grow(counts: readonly number[]): void {
    for (const count of counts) {
      this.log.append(batchOf(this.epoch, this.log.lastPosition + 1, count));
    }
  }
}

/** Turns steps into requests; the same ones for both, but for the names of instances. */
class Script {
  readonly writers = [new Writer(1), new Writer(2), new Writer(3)];
  private readonly ask: (request: RedisRequest) => Promise<RedisReply>;
  private readonly around: Surroundings;
  instance = "";
  private stale = "";
  private snapshot = -1;
  private epoch = 0;
  private fills = 0;

  constructor(ask: (request: RedisRequest) => Promise<RedisReply>, around: Surroundings) {
    this.ask = ask;
    this.around = around;
  }

  async observe(): Promise<void> {
    const reply = await this.ask({ kind: "observe" });
    if (reply.kind !== "observed") throw new Error(reply.kind);
    if (reply.instance !== this.instance) this.stale = this.instance;
    this.instance = reply.instance;
    this.snapshot = reply.snapshotPosition;
    this.epoch = reply.epoch;
  }

  async run(next: Step): Promise<void> {
    await this.observe();
    if (next.kind !== "whileFull") return this.perform(next);
    await this.around.setFull(true);
    try {
      await this.perform(next.step);
    } finally {
      await this.around.setFull(false);
    }
  }

  private async perform(next: SimpleStep): Promise<void> {
    const { instance, around } = this;
    switch (next.kind) {
      case "append":
        return this.append(this.of(next.writer), next.counts);
      case "lead":
        return this.lead(this.of(next.writer), this.of(next.from));
      case "commit": {
        const leader = this.of(next.writer);
        leader.committed = Math.max(leader.committed, leader.sentTo);
        return this.append(leader, []);
      }
      case "observe":
      case "loadSnapshot":
        await this.ask({ kind: next.kind });
        return;
      case "vote": {
        const incarnation = 1 + (next.epoch % 3);
        await this.ask({ kind: "vote", instance, epoch: next.epoch, seat: "1", incarnation });
        return;
      }
      case "agree":
        await this.ask({ kind: next.kind, instance, epoch: next.epoch });
        return;
      case "read":
        await this.ask({ kind: "read", instance, epoch: this.near(next.epoch), from: next.from });
        return;
      case "fill":
      case "catchUp":
        return this.fill(this.of(next.writer), next.behind, next.kind);
      case "snapshot":
        return this.writeSnapshot(this.of(next.writer), next.lines);
      case "trim":
        await this.ask({ kind: "trim", instance, epoch: this.near(next.epoch), upTo: next.upTo });
        return;
      case "follow":
        return around.follow(next.name, next.position);
      case "evict":
        await around.evict(next.what);
        // What is left of it is nobody's: the next thing that happens to it is a fill.
        if (next.what === "log") await this.refill();
        return;
      case "flush":
        return around.flush();
      case "stale":
        await this.ask({ kind: "vote", ...nobody, instance: this.stale, epoch: 9 });
        return;
    }
  }

  /** Most often the epoch that Redis is in. */
  private near(drawn: number): number {
    return drawn < 7 ? this.epoch : drawn;
  }

  private of(index: number): Writer {
    return this.writers[index] as Writer;
  }

  private async append(leader: Writer, counts: readonly number[]): Promise<void> {
    leader.grow(counts);
    const { log, epoch: own, sentTo } = leader;
    const batches = log.read(sentTo + 1, log.lastPosition, Number.MAX_SAFE_INTEGER);
    const reply = await this.ask({
      kind: "append",
      instance: this.instance,
      epoch: own,
      previousPosition: sentTo,
      previousEpoch: log.epochAt(sentTo),
      batches,
      committed: leader.committed,
      round: 0,
    });
    if (reply.kind === "appended") leader.sentTo = log.lastPosition;
    if (reply.kind === "refused" && reply.reason === "GAP") {
      leader.sentTo = Math.min(reply.retryAfter, log.lastPosition);
    }
  }

  /** Takes another's log over and goes on in a higher epoch of its own. */
  private async lead(leader: Writer, from: Writer): Promise<void> {
    const taken = new ReplicaLog(genesisBase);
    for (const batch of from.log.read(1, from.log.lastPosition, Number.MAX_SAFE_INTEGER)) {
      taken.append(batch);
    }
    leader.log = taken;
    leader.epoch = Math.max(leader.epoch, from.epoch) + 3;
    leader.committed = Math.max(leader.committed, from.committed);
    leader.sentTo = taken.lastPosition;
    const { instance } = this;
    await this.ask({ kind: "vote", ...nobody, instance, epoch: leader.epoch });
    await this.append(leader, [1]);
  }

  private async fill(
    leader: Writer,
    behind: number,
    kind: "fill" | "catchUp" = "fill",
  ): Promise<void> {
    const position = Math.max(leader.log.lastPosition - behind, 0);
    const snapshot = snapshotAt(position, { 1: 7 }, leader.log.epochAt(position));
    const batches: LogBatch[] = leader.log.read(
      position + 1,
      leader.log.lastPosition,
      Number.MAX_SAFE_INTEGER,
    );
    const { instance } = this;
    const common = { instance, epoch: leader.epoch, snapshot, batches };
    const reply =
      kind === "catchUp"
        ? await this.ask({ kind, ...common })
        : await this.ask({ kind, ...common, key: `k${++this.fills}` });
    if (reply.kind !== "filled") return;
    const last = batches.at(-1);
    leader.sentTo = last === undefined ? position : lastOf(last);
  }

  private async refill(): Promise<void> {
    await this.around.setFull(false);
    await this.observe();
    await this.fill(this.of(0), 0);
  }

  private async writeSnapshot(leader: Writer, lines: readonly number[]): Promise<void> {
    const position = Math.min(leader.sentTo, leader.log.lastPosition);
    const fillings = Object.fromEntries(lines.map((line) => [line, 1 + (position % 200)]));
    const plain = snapshotAt(position, fillings, leader.log.epochAt(position));
    // As it would be where a member was replaced.
    const snapshot = { ...plain, instance: `before|1=${1 + (position % 3)}|2=9` };
    const { instance, snapshot: onPosition } = this;
    const request = { kind: "writeSnapshot" as const, instance, epoch: leader.epoch };
    await this.ask({ ...request, onPosition, snapshot });
  }
}

// fast-check prints seed and path of a script that fails; these run it again.
const { FC_SEED, FC_PATH } = process.env;
const replayed = {
  ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
  ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
};

/** Of random scripts: rare answers may need more than one round. */
const roundsMax = 6;

describe("The functions in Redis and their model", function () {
  this.timeout(60_000);
  let server: RedisServer;
  let scripts = 0;

  before(async () => {
    server = await RedisServer.start();
  });
  after(() => server.remove());

  /** Both name their instances differently: what follows the last colon is the same. */
  const comparable = (reply: RedisReply): unknown => {
    // Why it failed is told by the real one alone.
    if (reply.kind === "failed") return { kind: "failed" };
    const { instance, ...rest } = reply;
    const key = instance.split(":").at(-1);
    const own = { ...rest, key } as Record<string, unknown>;
    if (reply.kind === "entries") own.batches = textsOf(reply.batches);
    if (reply.kind === "snapshotLoaded" && reply.snapshot !== null) {
      own.snapshot = { ...reply.snapshot, lines: fillingsOf(reply.snapshot.lines) };
    }
    return own;
  };

  /** A bug of the caller's: the model asserts, Redis answers with an error, both change nothing. */
  const ofModel = (model: RedisModel, request: RedisRequest): RedisReply => {
    const before = model.copyData();
    try {
      return model.call(request);
    } catch {
      Object.assign(model, { data: { ...before } });
      return { kind: "failed" };
    }
  };

  const remove = async (shard: string, what: string) => {
    for (const key of (await server.command("KEYS", `*${shard}}:${what}`)) as string[]) {
      await server.command("DEL", key);
    }
  };

  it("answer every script alike", async () => {
    const seen = new Set<string>();
    // The scripts are worth something only where they reach every answer.
    const reached = [
      ...["failed", "amnesia", "appended", "observed", "granted", "entries", "filled"],
      ...["agreedUpon", "snapshotWritten", "snapshotLoaded", "trimmed", "caught up"],
      ...["catchUp OLD_EPOCH", "catchUp SNAPSHOT_CHANGED"],
      ...["append OLD_EPOCH", "append GAP", "read TRIMMED", "writeSnapshot GAP", "vote REPLACED"],
    ];
    const isAllReached = () => reached.every((answer) => seen.has(answer));
    for (let round = 0; round < roundsMax && !isAllReached(); round += 1) await runScripts(seen);
    expect([...seen]).to.include.members(reached);
  });

  const runScripts = (seen: Set<string>): Promise<void> =>
    fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 80, size: "max" }),
        async (steps) => {
          const shard = `parity-${++scripts}`;
          const session = await VoterSession.open(server.url, shard);
          const log = pino({ level: "silent" });
          const journal = new RedisJournal({ url: server.url, shard, timeoutMs: 1_000, log });
          await journal.connect();
          const model = new RedisModel({
            runId: "run",
            replicationId: "replication",
            readBytesMax: 1 << 20,
          });
          const script = new Script(
            async (request) => {
              const real = await session.ask(request);
              const modelled = "instance" in request ? translated(request, model) : request;
              const reply = ofModel(model, modelled);
              seen.add(real.kind === "refused" ? `${request.kind} ${real.reason}` : real.kind);
              if (request.kind === "catchUp" && real.kind === "filled") seen.add("caught up");
              expect(comparable(real), JSON.stringify(request.kind)).to.deep.equal(
                comparable(reply),
              );
              return real;
            },
            {
              flush: async () => {
                model.flush();
                await remove(shard, "*");
              },
              evict: async (what) => {
                model.evict(what);
                await remove(shard, what === "image" ? "segment:*" : what);
              },
              setFull: async (isFull) => {
                model.isOutOfMemory = isFull;
                await server.command("CONFIG", "SET", "maxmemory", isFull ? 1 : 0);
              },
              follow: async (name, position) => {
                model.follow(name, position);
                await journal.follow(name, position);
                const { batches, ...where } = await journal.read(position + 1, 1 << 20);
                const { batches: modelled, ...whereModelled } = model.tail(position + 1);
                expect(where, "tail").to.deep.equal(whereModelled);
                expect(textsOf(batches), "tail").to.deep.equal(textsOf(modelled));
              },
            },
          );
          /** The same instance, as the model calls it; another one stays another one. */
          function translated(
            request: Extract<RedisRequest, { instance: string }>,
            of: RedisModel,
          ): RedisRequest {
            const isPresent = request.instance === script.instance;
            return { ...request, instance: isPresent ? of.instance : "another" };
          }
          try {
            for (const next of steps) await script.run(next);
          } finally {
            session.voter.close();
            journal.close();
          }
        },
      ),
      { numRuns: Number(process.env.FC_RUNS ?? 25), ...replayed },
    );
});
