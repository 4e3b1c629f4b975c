// Rate limits: request weight and raw requests per IP address, unfilled orders per account, in windows
// aligned to the calendar. Time is handed in by the clock, so tests decide when a window ends.
// Each gateway counts by itself; orders it counts from the journal, so all gateways agree on those.

import type { ExchangeConfig } from "../../config.ts";
import type { Event } from "../../core/event.ts";
import { type ApiError, apiErrors } from "./api-error.ts";

export type LimitsConfig = ExchangeConfig["limits"];

const MINUTE_MS = 60_000;
const RAW_WINDOW_MS = 5 * MINUTE_MS;
const ORDER_WINDOW_MS = 10_000;
const DAY_MS = 86_400_000;
/** Refused requests within one minute after which an address is banned: it does not heed 429. */
export const REFUSALS_BEFORE_BAN = 500;
export const BAN_MS = 2 * MINUTE_MS;
/** An order that adds liquidity which is then taken gives back this much of the unfilled count. */
const MAKER_REFUND = 5;
/** Addresses remembered before those of ended windows are dropped. */
const ADDRESSES_MAX = 50_000;

/** What one IP address has used. */
export class AddressUsage {
  weightWindow = 0;
  weight = 0;
  refusals = 0;
  rawWindow = 0;
  rawRequests = 0;
  bannedUntilMs = 0;
}

export class OrderUsage {
  window = 0;
  count = 0;
  day = 0;
  dayCount = 0;
  /** Sent and not answered yet. */
  inFlight = 0;
}

export class RateLimits {
  readonly config: LimitsConfig;
  readonly #clock: { nowMs(): number };
  readonly #addresses = new Map<string, AddressUsage>();
  readonly #accounts = new Map<number, OrderUsage>();
  /** How often a limit refused a request; for the metrics. */
  hits = 0;

  constructor(config: LimitsConfig, clock: { nowMs(): number }) {
    this.config = config;
    this.#clock = clock;
  }

  address(ip: string): AddressUsage {
    let usage = this.#addresses.get(ip);
    if (usage === undefined) {
      if (this.#addresses.size >= ADDRESSES_MAX) this.#dropIdleAddresses();
      usage = new AddressUsage();
      this.#addresses.set(ip, usage);
    }
    return usage;
  }

  /** Counts a request; an error where it must not be carried out. `weight` may be 0. */
  admit(usage: AddressUsage, weight: number): ApiError | undefined {
    const nowMs = this.#clock.nowMs();
    if (usage.bannedUntilMs > nowMs)
      return this.#refuse(apiErrors.banned(usage.bannedUntilMs), usage.bannedUntilMs - nowMs);
    this.#roll(usage, nowMs);
    usage.rawRequests++;
    if (usage.rawRequests > this.config.rawRequestsPer5Minutes)
      return this.#limited(
        usage,
        nowMs,
        apiErrors.tooManyRequests(this.config.rawRequestsPer5Minutes),
        RAW_WINDOW_MS,
      );
    if (usage.weight + weight > this.config.requestWeightPerMinute)
      return this.#limited(
        usage,
        nowMs,
        apiErrors.tooMuchWeight(this.config.requestWeightPerMinute),
        MINUTE_MS,
      );
    usage.weight += weight;
    return undefined;
  }

  /** Weight that is due only now: a failed order costs what a successful one does not. */
  charge(usage: AddressUsage, weight: number): void {
    this.#roll(usage, this.#clock.nowMs());
    usage.weight += weight;
  }

  usedWeight(usage: AddressUsage): number {
    this.#roll(usage, this.#clock.nowMs());
    return usage.weight;
  }

  #roll(usage: AddressUsage, nowMs: number): void {
    const weightWindow = Math.floor(nowMs / MINUTE_MS);
    if (usage.weightWindow !== weightWindow) {
      usage.weightWindow = weightWindow;
      usage.weight = 0;
      usage.refusals = 0;
    }
    const rawWindow = Math.floor(nowMs / RAW_WINDOW_MS);
    if (usage.rawWindow !== rawWindow) {
      usage.rawWindow = rawWindow;
      usage.rawRequests = 0;
    }
  }

  #limited(usage: AddressUsage, nowMs: number, error: ApiError, windowMs: number): ApiError {
    usage.refusals++;
    if (usage.refusals >= REFUSALS_BEFORE_BAN) {
      usage.bannedUntilMs = Math.floor(nowMs) + BAN_MS;
      return this.#refuse(apiErrors.banned(usage.bannedUntilMs), BAN_MS);
    }
    return this.#refuse(error, windowMs - (nowMs % windowMs));
  }

  #refuse(error: ApiError, retryAfterMs: number): ApiError {
    this.hits++;
    error.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
    return error;
  }

  #dropIdleAddresses(): void {
    const nowMs = this.#clock.nowMs();
    const rawWindow = Math.floor(nowMs / RAW_WINDOW_MS);
    for (const [ip, usage] of this.#addresses)
      if (usage.rawWindow !== rawWindow && usage.bannedUntilMs <= nowMs) this.#addresses.delete(ip);
    // All busy within one window: the oldest gives way, which forgives it at most one window.
    const oldest = this.#addresses.keys().next();
    if (this.#addresses.size >= ADDRESSES_MAX && !oldest.done) this.#addresses.delete(oldest.value);
  }

  /** As of now. */
  orders(accountId: number): OrderUsage {
    const usage = this.#orderUsage(accountId);
    rollOrders(usage, this.#clock.nowMs());
    return usage;
  }

  #orderUsage(accountId: number): OrderUsage {
    let usage = this.#accounts.get(accountId);
    if (usage === undefined) {
      usage = new OrderUsage();
      this.#accounts.set(accountId, usage);
    }
    return usage;
  }

  /** Error where the account may not send one more order now. Changes nothing. */
  admitOrder(accountId: number): ApiError | undefined {
    const usage = this.orders(accountId);
    const { ordersPer10Seconds, ordersPerDay } = this.config;
    if (usage.count + usage.inFlight >= ordersPer10Seconds)
      return this.#refuse(
        apiErrors.tooManyOrders(ordersPer10Seconds, "10 SECOND"),
        ORDER_WINDOW_MS - (this.#clock.nowMs() % ORDER_WINDOW_MS),
      );
    if (usage.dayCount + usage.inFlight >= ordersPerDay)
      return this.#refuse(
        apiErrors.tooManyOrders(ordersPerDay, "1 DAY"),
        DAY_MS - (this.#clock.nowMs() % DAY_MS),
      );
    return undefined;
  }

  /** Follows the journal: +1 for an order, refunds on its first fill. */
  observe(event: Event): void {
    const { timestampUs } = event;
    if (event.kind === "orderAccepted") this.#count(event.order.accountId, 1, timestampUs);
    else if (event.kind === "trade") {
      const { taker, maker, quantityLots } = event;
      if (taker.executedLots === quantityLots) this.#count(taker.accountId, -1, timestampUs);
      if (maker.executedLots === quantityLots)
        this.#count(maker.accountId, -MAKER_REFUND, timestampUs);
    }
  }

  /** In the windows of the event's own time: a gateway that catches up reads of long ago. */
  #count(accountId: number, orders: number, timestampUs: number): void {
    const usage = this.#orderUsage(accountId);
    const timeMs = timestampUs / 1000;
    rollOrders(usage, timeMs);
    if (usage.window === Math.floor(timeMs / ORDER_WINDOW_MS))
      usage.count = Math.max(0, usage.count + orders);
    if (usage.day === Math.floor(timeMs / DAY_MS))
      usage.dayCount = Math.max(0, usage.dayCount + orders);
  }
}

/** Windows only move on. */
function rollOrders(usage: OrderUsage, timeMs: number): void {
  const window = Math.floor(timeMs / ORDER_WINDOW_MS);
  if (window > usage.window) {
    usage.window = window;
    usage.count = 0;
  }
  const day = Math.floor(timeMs / DAY_MS);
  if (day > usage.day) {
    usage.day = day;
    usage.dayCount = 0;
  }
}
