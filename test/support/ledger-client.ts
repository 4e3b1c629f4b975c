// A client of a cluster's journal that keeps a ledger: it deposits one unit at a time, as a gateway
// would submit it, and knows how many deposits were acknowledged. Whatever happens to the cluster, a
// core that follows the journal later holds at least that many, and no more than were submitted.

import { once } from "node:events";
import { pino } from "pino";
import { systemClock } from "../../engine/adapters/clock.ts";
import { CoreMachine } from "../../engine/adapters/core-machine.ts";
import { GatewayExchange } from "../../engine/adapters/follower/gateway-exchange.ts";
import { JournalFollower } from "../../engine/adapters/follower/journal-follower.ts";
import { RedisJournal } from "../../engine/adapters/redis/redis-journal.ts";
import { CastleError, type ExchangeConfig } from "../../engine/index.ts";

const accountId = 1;
const assetId = 1;

export class LedgerClient {
  readonly exchange = new GatewayExchange();
  readonly follower: JournalFollower;
  submitted = 0;
  acknowledged = 0;
  /** Turned away by this side's own bound. */
  overloaded = 0;
  private readonly journal: RedisJournal;
  private readonly changed = new EventTarget();
  private isLoading = false;

  private constructor(
    config: ExchangeConfig,
    journal: RedisJournal,
    machine: CoreMachine,
    isAcrossRegions: boolean,
  ) {
    this.journal = journal;
    const { exchange } = this;
    this.follower = new JournalFollower(machine, {
      config,
      name: "ledger",
      journal,
      clock: systemClock,
      log: pino({ level: "silent" }),
      mayJump: true,
      isAcrossRegions,
      silentUpTo: 0,
      onApplied: (applied) => {
        exchange.onApplied(applied);
        const isDone = applied.events.some(({ kind }) => kind === "fundsMoved");
        if (applied.command?.command.kind === "deposit" && isDone) this.acknowledged++;
      },
      onCaughtUp: () => {
        exchange.answerReads();
        this.changed.dispatchEvent(new Event("applied"));
      },
      onPrimary: () => exchange.resend(),
      onMessage: (message) => exchange.onMessage(message),
    });
    exchange.attach(this.follower);
  }

  /** Across regions as gateways do: it follows whichever region leads. */
  static async connect(
    config: ExchangeConfig,
    { isAcrossRegions = false } = {},
  ): Promise<LedgerClient> {
    const journal = new RedisJournal({
      url: config.redis.url,
      shard: config.shard,
      timeoutMs: 1_000,
      log: pino({ level: "silent" }),
    });
    const machine = new CoreMachine(config.capacity);
    const snapshot = await journal
      .connect()
      .then(() => journal.loadSnapshot())
      .catch(() => null);
    if (snapshot !== null) machine.restore(snapshot.lines);
    return new LedgerClient(config, journal, machine, isAcrossRegions);
  }

  /** Units on the account, in the state that this client follows. */
  get balance(): number {
    return this.follower.core.balance(accountId, assetId).freeUnits;
  }

  deposit(count = 1): void {
    for (let made = 0; made < count; made++) {
      try {
        this.exchange.submit({ kind: "deposit", accountId, assetId, units: 1 });
        this.submitted++;
      } catch (error) {
        if (!(error instanceof CastleError) || error.code !== "OVERLOADED") throw error;
        this.overloaded++;
        return;
      }
    }
  }

  /** Waits until every deposit so far is acknowledged. */
  async settled(): Promise<void> {
    while (this.exchange.pendingCount > 0) await once(this.changed, "applied");
  }

  /** Waits until the state shown is the newest committed one. */
  async current(): Promise<void> {
    for (;;) {
      const isConfirmed = await this.exchange.readBarrier(500).then(
        () => true,
        () => false,
      );
      if (isConfirmed) return;
    }
  }

  /** Keeps up to `pendingMax` deposits unanswered until `stop`. */
  load(pendingMax = 1_000): void {
    this.isLoading = true;
    const refill = () => {
      if (!this.isLoading) return;
      this.deposit(Math.max(0, pendingMax - this.exchange.pendingCount));
      setTimeout(refill, 1);
    };
    refill();
  }

  stopLoad(): void {
    this.isLoading = false;
  }

  close(): void {
    this.stopLoad();
    this.follower.close();
    this.journal.close();
  }
}
