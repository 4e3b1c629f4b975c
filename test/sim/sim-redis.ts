// SimRedis: the Redis servers of a run behind the network. Usually there is one; after a failover the
// old one may go on answering whoever still reaches it. Each call is answered once, by its reply or
// by a failure that says nothing of whether the call was carried out.

import type { RedisReply, RedisRequest } from "../../engine/replication/messages.ts";
import type { Network } from "./network.ts";
import type { Oracle } from "./oracle.ts";
import type { Prng } from "./prng.ts";
import type { RedisData } from "./redis-data.ts";
import { RedisModel } from "./redis-model.ts";
import type { Schedule } from "./schedule.ts";

/** Points of persistence, or of a lagging replica, that a fault may go back to. */
const pastMax = 6;
const callTimeoutMs = 120;

/** What a follower reads, and of which instance. */
export type Tail = ReturnType<RedisModel["tail"]> & { readonly journal: string };

export class SimRedis {
  private readonly schedule: Schedule;
  private readonly network: Network;
  private readonly prng: Prng;
  private readonly oracle: Oracle;
  private readonly readBytesMax: number;
  model: RedisModel;
  /** The server of before a failover, and who still talks to it. */
  private former: { model: RedisModel; callers: ReadonlySet<string> } | null = null;
  private past: RedisData[] = [];
  private starts = 0;
  private isDown = false;
  private isOutOfMemory = false;
  private stalled: (() => void)[] | null = null;

  constructor(
    schedule: Schedule,
    network: Network,
    prng: Prng,
    oracle: Oracle,
    readBytesMax: number,
  ) {
    this.oracle = oracle;
    this.schedule = schedule;
    this.network = network;
    this.prng = prng;
    this.readBytesMax = readBytesMax;
    this.model = this.newModel();
    this.persist();
  }

  private newModel(data?: RedisData): RedisModel {
    const options = { runId: this.newId(), replicationId: this.newId() };
    const model = new RedisModel({ ...options, readBytesMax: this.readBytesMax }, data);
    model.isOutOfMemory = this.isOutOfMemory;
    return model;
  }

  private newId(): string {
    this.starts++;
    return `id${this.starts}`;
  }

  /** Two servers answer. */
  get isSplit(): boolean {
    return this.former !== null;
  }

  /** Keeps a copy now and then. */
  private persist(): void {
    this.past.push(this.model.copyData());
    if (this.past.length > pastMax) this.past.shift();
    this.schedule.after(this.prng.between(20, 150), () => this.persist());
  }

  /** A follower reads the journal; no answer where the way or the server is gone. */
  tail(caller: string, position: number, answer: (tail: Tail) => void): void {
    this.network.send(caller, "redis", () => {
      if (this.isDown || this.stalled !== null) return;
      const { model } = this;
      model.follow(caller, position);
      const tail = { ...model.tail(position + 1), journal: model.journal };
      this.network.send("redis", caller, () => answer(tail));
    });
  }

  call(caller: string, request: RedisRequest, answer: (reply: RedisReply) => void): void {
    let isAnswered = false;
    const once = (reply: RedisReply) => {
      if (!isAnswered) answer(reply);
      isAnswered = true;
    };
    const fail = () => this.schedule.after(callTimeoutMs, () => once({ kind: "failed" }));
    const reply = (value: RedisReply) => {
      if (!this.network.send("redis", caller, () => once(value))) fail();
    };
    const arrive = () => {
      if (this.isDown) {
        fail();
        return;
      }
      const server = this.former?.callers.has(caller) ? this.former.model : this.model;
      const carryOut = () => {
        const value = server.call(request);
        if (!server.isWhole) this.oracle.fail("Redis lacks entries behind its snapshot");
        reply(value);
      };
      if (this.stalled === null) {
        carryOut();
        return;
      }
      this.stalled.push(carryOut);
      fail();
    };
    if (!this.network.send(caller, "redis", arrive, `redis ${request.kind}`)) fail();
  }

  /** The process starts again: from its newest data, or from an older point of some age. */
  restart(age: Prng | null): void {
    const data = age === null ? this.model.copyData() : age.pick(this.past);
    this.model = this.newModel(data);
    this.former = null;
  }

  /** A replica that lags takes over; the old server goes on too. */
  failOver(lag: Prng): void {
    this.former = { model: this.model, callers: new Set() };
    this.model = this.newModel(lag.pick(this.past));
  }

  /** `callers` reach the old server, all others the new one. */
  route(callers: readonly string[]): void {
    if (this.former !== null) this.former = { ...this.former, callers: new Set(callers) };
  }

  /** The old server of a failover is gone at last. */
  endFailover(): void {
    this.former = null;
  }

  flush(): void {
    this.model.flush();
  }

  setOutOfMemory(isOutOfMemory: boolean): void {
    this.isOutOfMemory = isOutOfMemory;
    this.model.isOutOfMemory = isOutOfMemory;
  }

  setDown(isDown: boolean): void {
    this.isDown = isDown;
  }

  stall(): void {
    this.stalled ??= [];
  }

  /** What waited is carried out now, in order, also where its caller has given up. */
  resume(): void {
    const waiting = this.stalled ?? [];
    this.stalled = null;
    for (const run of waiting) run();
  }

  heal(): void {
    this.isDown = false;
    this.setOutOfMemory(false);
    this.former = null;
    this.resume();
  }
}
