// Queries: what may be asked of a core. Answers are plain copies; asking changes nothing.

import { auctionClearing } from "./auction.ts";
import type { Clearing } from "./auction-price.ts";
import { CLIENT_ORDER_ID_BYTES, isClientOrderId, packClientOrderId } from "./client-order-id.ts";
import type { Side } from "./command.ts";
import type { Balance, CoreReader, DepthLevel } from "./core-reader.ts";
import type { OrderView } from "./event.ts";
import type { Asset, Instrument } from "./instrument.ts";
import { UNCROSSING } from "./instruments-table.ts";
import { BUY, SELL } from "./orders.ts";
import { ladderOf, type State } from "./state.ts";

const NOTHING: DepthLevel = { priceTicks: 0, quantityLots: 0 };

export class Queries implements CoreReader {
  protected readonly state: State;
  private readonly clientId = new Uint8Array(CLIENT_ORDER_ID_BYTES);
  private readonly clientIdWords = new Int32Array(this.clientId.buffer);

  constructor(state: State) {
    this.state = state;
  }

  get position(): number {
    return this.state.position;
  }

  get timestampUs(): number {
    return this.state.timestampUs;
  }

  assets(): Asset[] {
    const count = this.state.instruments.assetCount;
    return Array.from({ length: count }, (_, index) => this.asset(index + 1) as Asset);
  }

  asset(assetId: number): Asset | undefined {
    return this.state.instruments.asset(assetId);
  }

  assetByName(name: string): Asset | undefined {
    return this.assets().find((asset) => asset.name === name);
  }

  instruments(): Instrument[] {
    const count = this.state.instruments.symbolCount;
    return Array.from({ length: count }, (_, index) => this.instrument(index + 1) as Instrument);
  }

  instrument(symbolId: number): Instrument | undefined {
    return this.state.instruments.instrument(symbolId);
  }

  instrumentByName(name: string): Instrument | undefined {
    return this.instruments().find((instrument) => instrument.name === name);
  }

  hasAccount(accountId: number): boolean {
    return this.state.accounts.isOpen(accountId);
  }

  balance(accountId: number, assetId: number): Balance {
    const { accounts, instruments } = this.state;
    const isKnown = accountId === 0 || accounts.isOpen(accountId);
    if (!isKnown || !instruments.hasAsset(assetId)) return { freeUnits: 0, lockedUnits: 0 };
    const balance = accounts.balance(accountId, assetId);
    return { freeUnits: accounts.free(balance), lockedUnits: accounts.locked(balance) };
  }

  order(orderId: number): OrderView | undefined {
    return this.viewOf(this.state.index.find(orderId));
  }

  orderByClientId(accountId: number, clientOrderId: string): OrderView | undefined {
    if (!isClientOrderId(clientOrderId)) return undefined;
    packClientOrderId(clientOrderId, this.clientId, 0);
    return this.viewOf(this.state.index.findClientId(accountId, this.clientIdWords, 0));
  }

  openOrders(accountId: number, symbolId: number): OrderView[] {
    const { accounts, orders } = this.state;
    const views: OrderView[] = [];
    if (!accounts.isOpen(accountId)) return views;
    for (let slot = accounts.firstOrder(accountId); slot !== 0; slot = accounts.nextOrder(slot))
      if (symbolId === 0 || orders.symbolId(slot) === symbolId) views.push(orders.view(slot));
    return views;
  }

  depth(symbolId: number, levelsMax: number): { bids: DepthLevel[]; asks: DepthLevel[] } {
    return {
      bids: this.side(symbolId, BUY, levelsMax),
      asks: this.side(symbolId, SELL, levelsMax),
    };
  }

  levelLots(symbolId: number, side: Side, priceTicks: number): number {
    const { book, instruments } = this.state;
    if (!instruments.hasSymbol(symbolId)) return 0;
    if (!(priceTicks >= 1 && priceTicks <= instruments.priceTicksMax(symbolId))) return 0;
    const level = book.find(ladderOf(symbolId, side === "buy" ? BUY : SELL), priceTicks);
    return level === 0 ? 0 : book.levelLots(level);
  }

  top(symbolId: number): { bid: DepthLevel; ask: DepthLevel } {
    const [bid] = this.side(symbolId, BUY, 1);
    const [ask] = this.side(symbolId, SELL, 1);
    return { bid: bid ?? NOTHING, ask: ask ?? NOTHING };
  }

  clearing(symbolId: number): Clearing | null {
    const { instruments } = this.state;
    if (!instruments.hasSymbol(symbolId) || instruments.status(symbolId) === UNCROSSING)
      return null;
    return auctionClearing(this.state, symbolId);
  }

  lastTrade(symbolId: number): { tradeId: number; priceTicks: number } {
    const { instruments } = this.state;
    if (!instruments.hasSymbol(symbolId)) return { tradeId: 0, priceTicks: 0 };
    return {
      tradeId: instruments.lastTradeId(symbolId),
      priceTicks: instruments.lastPriceTicks(symbolId),
    };
  }

  private side(symbolId: number, side: number, levelsMax: number): DepthLevel[] {
    const { book, instruments } = this.state;
    const levels: DepthLevel[] = [];
    if (!instruments.hasSymbol(symbolId)) return levels;
    let level = book.best(ladderOf(symbolId, side));
    while (level !== 0 && levels.length < levelsMax) {
      levels.push({ priceTicks: book.levelPrice(level), quantityLots: book.levelLots(level) });
      level = book.worse(level);
    }
    return levels;
  }

  private viewOf(slot: number): OrderView | undefined {
    return slot === 0 ? undefined : this.state.orders.view(slot);
  }
}
