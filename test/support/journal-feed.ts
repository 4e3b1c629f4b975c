// JournalFeed: a journal of a small market, made from a seed, together with what a follower makes of
// it. Every kind of order, cancels, reductions, trades with oneself, auctions, deposits, barriers.

import type { Applied } from "../../engine/adapters/exchange-port.ts";
import { encodeCommand } from "../../engine/codec/command-codec.ts";
import type { Command, SequencedCommand } from "../../engine/core/command.ts";
import { Core } from "../../engine/core/core.ts";
import type { Event } from "../../engine/core/event.ts";
import type { Capacity } from "../../engine/core/instrument.ts";

export interface FeedEntry {
  readonly position: number;
  readonly epoch: number;
  readonly kind: "command" | "barrier";
  readonly data: Uint8Array;
}

export const feedCapacity: Capacity = {
  orders: 20_000,
  rememberedOrders: 10_000,
  accounts: 100,
  assets: 8,
  symbols: 8,
  levels: 4096,
  sessions: 16,
};

const accountCount = 20;
/** 2026-11-20 12:00 UTC. */
const noonUs = 1_795_176_000_000_000;

export class JournalFeed {
  /** Replay of everything, as a follower applies it. */
  readonly core: Core;
  readonly journal: FeedEntry[] = [];
  readonly applied: Applied[] = [];
  timestampUs: number;
  /** Time between two commands. */
  stepUs = 1000;
  private readonly random: () => number;
  private requestSeq = 0;
  private lastClientId = 0;
  private readonly keep: boolean;

  /** `keep`: all entries stay in `journal` and `applied`. */
  constructor(
    seed: number,
    { startUs = noonUs, capacity = feedCapacity, keep = true, symbols = 2 } = {},
  ) {
    this.random = mulberry32(seed);
    this.timestampUs = startUs;
    this.core = new Core(capacity);
    this.keep = keep;
    this.found(symbols);
  }

  /** Appends `count` entries of random order flow, and returns them as applied. */
  trade(count: number): Applied[] {
    return Array.from({ length: count }, () =>
      this.random() < 0.002 ? this.barrier() : this.append(this.randomCommand()),
    );
  }

  append(command: Command): Applied {
    this.timestampUs += this.stepUs;
    this.requestSeq += 1;
    const sequenced: SequencedCommand = {
      request: { sessionId: 1, requestSeq: this.requestSeq },
      timestampUs: this.timestampUs,
      command,
    };
    const position = this.core.position + 1;
    const data = encodeCommand(sequenced);
    const events: Event[] = [];
    this.core.apply(position, data, events);
    return this.note({ position, epoch: 1, kind: "command", data }, sequenced, events);
  }

  barrier(): Applied {
    const position = this.core.position + 1;
    this.core.advance(position);
    const entry: FeedEntry = { position, epoch: 1, kind: "barrier", data: new Uint8Array() };
    return this.note(entry, undefined, []);
  }

  private note(entry: FeedEntry, command: SequencedCommand | undefined, events: Event[]): Applied {
    const applied = { position: entry.position, epoch: entry.epoch, command, events };
    if (this.keep) {
      this.journal.push(entry);
      this.applied.push(applied);
    }
    return applied;
  }

  private found(symbols: number): void {
    for (const [index, name] of ["BTC", "ETH", "USDT"].entries()) {
      this.append({ kind: "addAsset", assetId: index + 1, name, decimals: index === 2 ? 6 : 8 });
    }
    for (let symbolId = 1; symbolId <= symbols; symbolId++) {
      this.append({
        kind: "addSymbol",
        symbolId,
        name: symbolId === 1 ? "BTCUSDT" : `ETHUSDT${symbolId}`,
        baseAssetId: symbolId === 1 ? 1 : 2,
        quoteAssetId: 3,
        lotUnits: 10_000,
        tickUnitsPerLot: 1,
        priceTicksMax: 1_000_000,
        makerFeePpm: 100,
        takerFeePpm: 500,
      });
    }
    for (let accountId = 1; accountId <= accountCount; accountId++) {
      this.append({ kind: "openAccount", accountId });
      for (const assetId of [1, 2, 3]) {
        this.append({ kind: "deposit", accountId, assetId, units: 1_000_000_000_000 });
      }
    }
  }

  private randomCommand(): Command {
    const accountId = 1 + this.below(accountCount);
    const symbolId = 1 + this.below(this.core.instruments().length);
    const dice = this.random();
    // Now and then a symbol's orders collect for an auction, for about fifty of its commands.
    const isTrading = this.core.instrument(symbolId)?.status === "trading";
    if (dice < (isTrading ? 0.001 : 0.02)) {
      const status = isTrading ? "auction" : "trading";
      return { kind: "setTradingStatus", symbolId, status };
    }
    if (dice < 0.01) {
      const kind = dice < 0.005 ? "deposit" : "withdraw";
      return { kind, accountId, assetId: 1 + this.below(3), units: 1 + this.below(1000) };
    }
    const open = dice < 0.35 ? this.core.openOrders(accountId, symbolId) : [];
    const target = open[this.below(open.length || 1)];
    if (target !== undefined) {
      const reference = { orderId: target.orderId, clientOrderId: "" };
      if (dice < 0.32)
        return { kind: "cancelOrder", accountId, symbolId, target: reference, onlyIf: "any" };
      const quantityLots = target.quantityLots - 1;
      return { kind: "reduceOrder", accountId, symbolId, target: reference, quantityLots };
    }
    return this.randomOrder(accountId, symbolId);
  }

  private randomOrder(accountId: number, symbolId: number): Command {
    const side = this.random() < 0.5 ? "buy" : "sell";
    const dice = this.random();
    const type = dice < 0.05 ? "market" : dice < 0.1 ? "limitMaker" : "limit";
    const timeInForce = type !== "limit" || dice < 0.8 ? "gtc" : dice < 0.9 ? "ioc" : "fok";
    const byQuote = type === "market" && dice < 0.02;
    this.lastClientId += 1;
    return {
      kind: "placeOrder",
      accountId,
      symbolId,
      side,
      type,
      timeInForce,
      priceTicks: type === "market" ? 0 : 5000 + this.below(40) + (side === "buy" ? 0 : 8),
      quantityLots: byQuote ? 0 : 1 + this.below(20),
      quoteUnits: byQuote ? 50_000 : 0,
      clientOrderId: `feed-${this.lastClientId}`,
    };
  }

  private below(bound: number): number {
    return Math.floor(this.random() * bound);
  }
}

/** Tommy Ettinger's 32-bit generator: small, and the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
