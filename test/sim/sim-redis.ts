// SimRedis: the Redis servers of a run behind the network. Usually there is one; after a failover the
// old one may go on answering whoever still reaches it. Each call is answered once, by its reply or
// by a failure that says nothing of whether the call was carried out.

import type { RedisReply, RedisRequest } from "../../engine/replication/messages.ts";
import type { Network } from "./network.ts";
import type { Prng } from "./prng.ts";
import { type RedisData, RedisModel } from "./redis-model.ts";
import type { Schedule } from "./schedule.ts";

/** Points of persistence, or of a lagging replica, that a fault may go back to. */
const pastMax = 6;
const callTimeoutMs = 120;

export class SimRedis {
  private readonly schedule: Schedule;
  private readonly network: Network;
  private readonly prng: Prng;
  private readonly readBytesMax: number;
  model: RedisModel;
  /** The server of before a failover, and who still talks to it. */
  private former: { model: RedisModel; callers: ReadonlySet<string> } | null = null;
  private past: RedisData[] = [];
  private starts = 0;
  private isDown = false;
  private stalled: (() => void)[] | null = null;

  constructor(schedule: Schedule, network: Network, prng: Prng, readBytesMax: number) {
    this.schedule = schedule;
    this.network = network;
    this.prng = prng;
    this.readBytesMax = readBytesMax;
    this.model = this.newModel();
    this.persist();
  }

  private newModel(data?: RedisData): RedisModel {
    const options = { runId: this.newId(), replicationId: this.newId() };
    return new RedisModel({ ...options, readBytesMax: this.readBytesMax }, data);
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
      if (this.stalled === null) {
        reply(server.call(request));
        return;
      }
      this.stalled.push(() => reply(server.call(request)));
      fail();
    };
    if (!this.network.send(caller, "redis", arrive, `redis ${request.kind}`)) fail();
  }

  /** The process starts again: from its newest data, or from an older point. */
  restart(isDataKept: boolean): void {
    const data = isDataKept ? this.model.copyData() : this.prng.pick(this.past);
    this.model = this.newModel(data);
    this.former = null;
  }

  /** A replica that lags takes over; the old server goes on too. */
  failOver(): void {
    this.former = { model: this.model, callers: new Set() };
    this.model = this.newModel(this.prng.pick(this.past));
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
    this.former = null;
    this.resume();
  }
}
