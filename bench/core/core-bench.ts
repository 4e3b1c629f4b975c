// The whole core as the primary runs it: binary commands in, accounts, locks, ids, client ids,
// sessions, fees; no events. The commands are made beforehand against a core of its own, because a
// cancel has to name an order that exists then.

import { encodeCommand, setTimestampUs } from "../../engine/codec/command-codec.ts";
import type { Command } from "../../engine/core/command.ts";
import { Core } from "../../engine/core/core.ts";
import type { Event } from "../../engine/core/event.ts";
import type { Capacity } from "../../engine/core/instrument.ts";
import { LiveSet, Workload, type WorkloadOptions } from "./workload.ts";

const ACCOUNTS = 1000;
const BASE = 1;
const QUOTE = 2;
const SYMBOL = 1;
const SESSION = 77;
const RICH_UNITS = 4_000_000_000_000;

export function capacityFor(liveOrders: number): Capacity {
  return {
    orders: 2 * liveOrders + 600_000,
    rememberedOrders: 500_000,
    accounts: 10_000,
    assets: 64,
    symbols: 64,
    levels: 500_000,
    sessions: 1024,
  };
}

/** Commands in journal order, all in one buffer. */
export class CommandTape {
  readonly commands: Uint8Array[] = [];
  private buffer = new Uint8Array(1 << 22);
  private used = 0;

  push(bytes: Uint8Array): void {
    if (this.used + bytes.length > this.buffer.length) {
      this.buffer = new Uint8Array(1 << 22);
      this.used = 0;
    }
    this.buffer.set(bytes, this.used);
    this.commands.push(this.buffer.subarray(this.used, this.used + bytes.length));
    this.used += bytes.length;
  }
}

/** Makes commands against its own core, which shows what each of them did. */
export class CoreWorkload {
  readonly core: Core;
  readonly tape = new CommandTape();
  private readonly options: WorkloadOptions;
  private readonly keepsTape: boolean;
  private readonly workload: Workload;
  private readonly live = new LiveSet();
  private readonly accountOf = new Map<number, number>();
  private requestSeq = 0;

  /** `keepsTape`: whether the commands are wanted afterwards. */
  constructor(options: WorkloadOptions, capacity: Capacity, keepsTape = true) {
    this.options = options;
    this.keepsTape = keepsTape;
    this.workload = new Workload(options);
    this.core = new Core(capacity);
    this.open();
  }

  /** Rests as many orders as are to live. */
  fill(): void {
    while (this.live.size < this.options.liveOrders) this.addOrTake(this.workload.add());
  }

  step(): void {
    const choice = this.workload.next(this.live.size);
    if (choice.kind !== "cancel") {
      this.addOrTake(choice);
      return;
    }
    const orderId = this.live.pick(this.workload.random);
    this.end(orderId, this.accountOf.get(orderId) ?? 0);
  }

  private end(orderId: number, accountId: number): void {
    const target = { orderId, clientOrderId: "" };
    const of = { accountId, symbolId: SYMBOL, target };
    this.apply({ kind: "cancelOrder", ...of, onlyIf: "any" });
  }

  private addOrTake(choice: ReturnType<Workload["add"]>): void {
    this.apply({
      kind: "placeOrder",
      accountId: 1 + this.workload.random.below(ACCOUNTS),
      symbolId: SYMBOL,
      side: choice.isBuy ? "buy" : "sell",
      type: "limit",
      timeInForce: choice.kind === "add" ? "gtc" : "ioc",
      priceTicks: choice.price,
      quantityLots: choice.lots,
      quoteUnits: 0,
      clientOrderId: `x-TKT5PX2F${(this.requestSeq * 7919).toString(36).padStart(22, "0")}`,
    });
  }

  private open(): void {
    const name = { symbolId: SYMBOL, name: "BTCUSDT", baseAssetId: BASE, quoteAssetId: QUOTE };
    const sizes = { lotUnits: 10, tickUnitsPerLot: 1, priceTicksMax: 2 ** 31 - 1 };
    this.apply({ kind: "addAsset", assetId: BASE, name: "BTC", decimals: 8 });
    this.apply({ kind: "addAsset", assetId: QUOTE, name: "USDT", decimals: 6 });
    this.apply({ kind: "addSymbol", ...name, ...sizes, makerFeePpm: 100, takerFeePpm: 1000 });
    for (let accountId = 1; accountId <= ACCOUNTS; accountId += 1) {
      this.apply({ kind: "openAccount", accountId });
      this.apply({ kind: "deposit", accountId, assetId: BASE, units: RICH_UNITS });
      this.apply({ kind: "deposit", accountId, assetId: QUOTE, units: 2 * RICH_UNITS });
    }
  }

  private apply(command: Command): void {
    this.requestSeq += 1;
    const position = this.core.position + 1;
    const request = { sessionId: SESSION, requestSeq: this.requestSeq };
    const bytes = encodeCommand({ request, timestampUs: position, command });
    setTimestampUs(bytes, position * 50);
    if (this.keepsTape) this.tape.push(bytes);
    const events: Event[] = [];
    this.core.apply(position, bytes, events);
    for (const event of events) this.note(event);
  }

  private note(event: Event): void {
    if (event.kind === "orderAccepted" && event.order.timeInForce === "gtc") {
      this.live.add(event.order.orderId);
      this.accountOf.set(event.order.orderId, event.order.accountId);
    } else if (event.kind === "orderCanceled") this.forget(event.order.orderId);
    else if (event.kind === "trade" && event.maker.status === "filled")
      this.forget(event.maker.orderId);
    else if ("reason" in event && event.kind !== "orderExpired")
      throw new Error(`the workload meets no rejection, but ${event.reason}`);
  }

  private forget(orderId: number): void {
    this.live.remove(orderId);
    this.accountOf.delete(orderId);
  }
}

export interface CoreFigures {
  readonly commandsPerS: number;
  readonly nsPerCommand: number;
  readonly hash: string;
}

/** Best of `rounds`; `withEvents` as a follower runs it. */
export function benchCore(
  options: WorkloadOptions,
  commands: number,
  rounds: number,
  withEvents: boolean,
): CoreFigures {
  const capacity = capacityFor(options.liveOrders);
  const workload = new CoreWorkload(options, capacity);
  workload.fill();
  const filled = workload.tape.commands.length;
  for (let step = 0; step < commands; step += 1) workload.step();
  const tape = workload.tape.commands;
  const hash = workload.core.mark().hash;
  let bestNs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round += 1) {
    const core = new Core(capacity);
    for (let at = 0; at < filled; at += 1) core.apply(at + 1, tape[at] as Uint8Array, null);
    const start = process.hrtime.bigint();
    for (let at = filled; at < tape.length; at += 1)
      core.apply(at + 1, tape[at] as Uint8Array, withEvents ? [] : null);
    bestNs = Math.min(bestNs, Number(process.hrtime.bigint() - start) / (tape.length - filled));
    core.checkInvariants();
    if (core.mark().hash !== hash) throw new Error("equal journals give equal hashes");
  }
  return { commandsPerS: 1e9 / bestNs, nsPerCommand: bestNs, hash };
}
