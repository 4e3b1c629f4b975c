// Administration: money in and out, and what the exchange consists of. Each command is carried out
// whole (and reported, `null` returned) or the reason returned for which nothing was changed. Ids of
// assets and symbols are given in order, so a command sent twice, or two operators at once, cannot
// make a second of the same.

import { HOUSE } from "./accounts.ts";
import { InvariantViolated } from "./assert.ts";
import { Auction } from "./auction.ts";
import {
  ADD_ASSET,
  ADD_SYMBOL,
  ASSET_NAME_BYTES,
  COMMAND_KIND,
  FUNDS,
  SET_STATUS,
  SYMBOL_NAME_BYTES,
  TRADING_STATUSES,
} from "./command-layout.ts";
import type { RejectReason } from "./event.ts";
import type { Instrument } from "./instrument.ts";
import { readName, TRADING, UNCROSSING } from "./instruments-table.ts";
import { isPositiveInteger } from "./money.ts";
import type { OpenOrders } from "./open-orders.ts";
import { BUY, SELL } from "./orders.ts";
import { ladderOf, type State } from "./state.ts";

const PRICE_TICKS_MAX = 2 ** 31 - 1;
const FEE_PPM_MAX = 1_000_000;

export class Administration {
  private readonly state: State;
  private readonly auction: Auction;

  constructor(state: State, openOrders: OpenOrders) {
    this.state = state;
    this.auction = new Auction(state, openOrders);
  }

  /** Carries the present command out. */
  carryOut(): RejectReason | null {
    switch (this.state.command.kind) {
      case COMMAND_KIND.deposit:
        return this.deposit();
      case COMMAND_KIND.withdraw:
        return this.withdraw();
      case COMMAND_KIND.addAsset:
        return this.addAsset();
      case COMMAND_KIND.addSymbol:
        return this.addSymbol();
      case COMMAND_KIND.openAccount:
        return this.openAccount();
      case COMMAND_KIND.setTradingStatus:
        return this.setTradingStatus();
      case COMMAND_KIND.tick:
        return null;
      default:
        throw new InvariantViolated("a command has a known kind");
    }
  }

  private deposit(): RejectReason | null {
    const { accounts, instruments, reporter } = this.state;
    const { accountId, subjectId: assetId } = this.state.command;
    const units = this.state.command.number(FUNDS.units);
    const reason = this.checkFunds(units);
    if (reason !== null) return reason;
    // All of an asset together stays a safe integer, so no sum of balances can lose a unit.
    if (instruments.supplyUnits(assetId) > Number.MAX_SAFE_INTEGER - units)
      return "CAPACITY_EXHAUSTED";
    accounts.credit(accounts.balance(accountId, assetId), units);
    instruments.addSupply(assetId, units);
    reporter.fundsMoved(accountId, assetId, units);
    reporter.balance(accountId, assetId);
    return null;
  }

  private withdraw(): RejectReason | null {
    const { accounts, instruments, reporter } = this.state;
    const { accountId, subjectId: assetId } = this.state.command;
    const units = this.state.command.number(FUNDS.units);
    const reason = this.checkFunds(units);
    if (reason !== null) return reason;
    const balance = accounts.balance(accountId, assetId);
    if (accounts.free(balance) < units) return "INSUFFICIENT_BALANCE";
    accounts.debit(balance, units);
    instruments.addSupply(assetId, -units);
    reporter.fundsMoved(accountId, assetId, -units);
    reporter.balance(accountId, assetId);
    return null;
  }

  private addAsset(): RejectReason | null {
    const { instruments, layout, reporter, command } = this.state;
    const assetId = command.subjectId;
    const name = readName(command.u8, ADD_ASSET.name, ASSET_NAME_BYTES);
    const decimals = command.byte(ADD_ASSET.decimals);
    const reason = this.checkNext(assetId, instruments.assetCount, layout.capacity.assets);
    if (reason !== null) return reason;
    if (!/^[A-Z0-9]+$/.test(name) || decimals > 8) return "INVALID_COMMAND";
    for (let other = 1; other < assetId; other += 1)
      if (instruments.asset(other)?.name === name) return "ALREADY_EXISTS";
    instruments.addAsset(name, decimals);
    reporter.configured("asset", assetId);
    return null;
  }

  private addSymbol(): RejectReason | null {
    const { instruments, layout, reporter, book } = this.state;
    const symbol = this.readSymbol();
    const { symbolId } = symbol;
    const reason =
      this.checkNext(symbolId, instruments.symbolCount, layout.capacity.symbols) ??
      this.checkSymbol(symbol);
    if (reason !== null) return reason;
    instruments.addSymbol(symbol);
    book.open(ladderOf(symbolId, BUY), symbol.priceTicksMax);
    book.open(ladderOf(symbolId, SELL), symbol.priceTicksMax);
    reporter.configured("symbol", symbolId);
    return null;
  }

  private openAccount(): RejectReason | null {
    const { accounts, reporter, command } = this.state;
    const { accountId } = command;
    if (!accounts.isWithinCapacity(accountId)) return "CAPACITY_EXHAUSTED";
    if (accounts.isOpen(accountId)) return "ALREADY_EXISTS";
    accounts.open(accountId);
    reporter.configured("account", accountId);
    return null;
  }

  private setTradingStatus(): RejectReason | null {
    const { instruments, reporter, command } = this.state;
    const status = command.code(SET_STATUS.status, TRADING_STATUSES);
    const symbolId = command.subjectId;
    if (!instruments.hasSymbol(symbolId)) return "UNKNOWN_SYMBOL";
    if (status === UNCROSSING) return "INVALID_COMMAND";
    const isUncrossing = instruments.status(symbolId) === UNCROSSING;
    if (isUncrossing && status !== TRADING) return "MARKET_CLOSED";
    // Also from a halt: the auction may have been halted.
    const isReached = status !== TRADING || this.auction.uncross(symbolId);
    const reached = isReached ? status : UNCROSSING;
    instruments.setStatus(symbolId, reached);
    reporter.configured("tradingStatus", symbolId, TRADING_STATUSES[reached]);
    return null;
  }

  private checkFunds(units: number): RejectReason | null {
    const { accounts, instruments, command } = this.state;
    // The house may pay in and take its fees out.
    if (command.accountId !== HOUSE && !accounts.isOpen(command.accountId))
      return "UNKNOWN_ACCOUNT";
    if (!instruments.hasAsset(command.subjectId)) return "UNKNOWN_ASSET";
    return isPositiveInteger(units) ? null : "INVALID_QUANTITY";
  }

  private checkNext(id: number, count: number, countMax: number): RejectReason | null {
    if (id >= 1 && id <= count) return "ALREADY_EXISTS";
    if (id !== count + 1) return "INVALID_COMMAND";
    return count < countMax ? null : "CAPACITY_EXHAUSTED";
  }

  private readSymbol(): Instrument {
    const { command } = this.state;
    return {
      symbolId: command.subjectId,
      name: readName(command.u8, ADD_SYMBOL.name, SYMBOL_NAME_BYTES),
      baseAssetId: command.int(ADD_SYMBOL.baseAssetId),
      quoteAssetId: command.int(ADD_SYMBOL.quoteAssetId),
      lotUnits: command.number(ADD_SYMBOL.lotUnits),
      tickUnitsPerLot: command.number(ADD_SYMBOL.tickUnitsPerLot),
      priceTicksMax: command.number(ADD_SYMBOL.priceTicksMax),
      makerFeePpm: command.int(ADD_SYMBOL.makerFeePpm),
      takerFeePpm: command.int(ADD_SYMBOL.takerFeePpm),
      status: "trading",
    };
  }

  private checkSymbol(symbol: Instrument): RejectReason | null {
    const { instruments } = this.state;
    const { baseAssetId, quoteAssetId, priceTicksMax, tickUnitsPerLot } = symbol;
    if (!instruments.hasAsset(baseAssetId) || !instruments.hasAsset(quoteAssetId))
      return "UNKNOWN_ASSET";
    if (baseAssetId === quoteAssetId) return "INVALID_COMMAND";
    if (!/^[A-Z0-9]+$/.test(symbol.name)) return "INVALID_COMMAND";
    if (!isPositiveInteger(symbol.lotUnits) || !isPositiveInteger(tickUnitsPerLot))
      return "INVALID_COMMAND";
    if (!isPositiveInteger(priceTicksMax) || priceTicksMax > PRICE_TICKS_MAX)
      return "INVALID_PRICE";
    // One lot at the highest price must be payable: price times tick units is exact from here on.
    if (priceTicksMax * tickUnitsPerLot > Number.MAX_SAFE_INTEGER) return "NOTIONAL_TOO_LARGE";
    if (!isFee(symbol.makerFeePpm) || !isFee(symbol.takerFeePpm)) return "INVALID_COMMAND";
    for (let other = 1; other <= instruments.symbolCount; other += 1)
      if (instruments.instrument(other)?.name === symbol.name) return "ALREADY_EXISTS";
    return null;
  }
}

function isFee(ppm: number): boolean {
  return ppm >= 0 && ppm <= FEE_PPM_MAX;
}
