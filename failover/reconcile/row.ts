// Row: a difference as accountants read it: names and decimals instead of numbers and units. The same
// fields in CSV, in this order, and in JSON.

import { type CoreReader, type Markets, type OrderView, printDecimal } from "../../engine/index.ts";
import { accountOf, type Difference, placeOf, symbolOf } from "./difference.ts";
import type { Outcome } from "./outcome.ts";

export interface Row {
  readonly kind: Difference["kind"];
  readonly id: string;
  readonly position: number;
  readonly epoch: number;
  readonly time: string;
  /** `false`: only one engine of the old region had it; nobody may ever have been told. */
  readonly isCertain: boolean;
  readonly account: number | null;
  readonly command: string;
  readonly symbol: string;
  readonly side: string;
  readonly type: string;
  readonly price: string;
  readonly quantity: string;
  readonly clientOrderId: string;
  readonly result: string;
  readonly executed: string;
  readonly executedQuote: string;
  readonly fills: string;
  readonly balances: string;
  readonly newPosition: number | null;
  readonly newResult: string;
  readonly newFills: string;
}

const rowFields = [
  ...["kind", "id", "position", "epoch", "time", "isCertain", "account", "command", "symbol"],
  ...["side", "type", "price", "quantity", "clientOrderId", "result", "executed", "executedQuote"],
  ...["fills", "balances", "newPosition", "newResult", "newFills"],
] as readonly (keyof Row)[];

/** `core` knows the assets. */
export function rowOf(difference: Difference, markets: Markets, core: CoreReader): Row {
  const { command, outcome, after } = difference;
  const market = markets.withId(symbolOf(command) ?? 0);
  const place = placeOf(command);
  const subject = place ?? outcome.placed ?? outcome.reduced ?? outcome.canceled[0] ?? null;
  const price = subject?.priceTicks ?? 0;
  const lots = command.kind === "reduceOrder" ? command.quantityLots : (subject?.quantityLots ?? 0);
  const order = outcome.placed;
  return {
    ...{ kind: difference.kind, id: difference.id, position: difference.position },
    ...{ epoch: difference.epoch, isCertain: difference.isCertain },
    time: new Date(difference.timestampUs / 1000).toISOString(),
    account: accountOf(command),
    command: command.kind,
    symbol: market?.name ?? "",
    side: subject?.side ?? "",
    type: subject?.type ?? "",
    price: price === 0 || market === undefined ? "" : market.priceText(price),
    quantity: lots === 0 || market === undefined ? fundsText() : market.quantityText(lots),
    clientOrderId: place?.clientOrderId ?? targetText(),
    result: outcome.result,
    executed: order === null || market === undefined ? "" : market.quantityText(order.executedLots),
    executedQuote:
      order === null || market === undefined ? "" : market.quoteText(order.executedQuoteUnits),
    fills: fillsText(outcome),
    balances: balancesText(outcome),
    newPosition: after?.position ?? null,
    newResult: after?.outcome.result ?? "",
    newFills: after === null ? "" : fillsText(after.outcome),
  };

  function fundsText(): string {
    if (command.kind !== "deposit" && command.kind !== "withdraw") return "";
    const asset = core.asset(command.assetId);
    return `${printDecimal(command.units, asset?.decimals ?? 0)} ${asset?.name ?? ""}`;
  }

  /** Of an order that was there before: by its own id, which both regions know. */
  function targetText(): string {
    const target = outcome.reduced ?? outcome.canceled[0];
    if (target !== undefined) return target.clientOrderId;
    return "target" in command ? command.target.clientOrderId : "";
  }

  /** "0.5@101.2 taker 3/abc maker 7/xyz" for each trade. */
  function fillsText({ trades }: Outcome): string {
    const nameOf = (one: OrderView) => `${one.accountId}/${one.clientOrderId}`;
    return trades
      .map((trade) => {
        const of = markets.withId(trade.symbolId);
        const lots = of?.quantityText(trade.quantityLots) ?? trade.quantityLots;
        const ticks = of?.priceText(trade.priceTicks) ?? trade.priceTicks;
        return `${lots}@${ticks} taker ${nameOf(trade.taker)} maker ${nameOf(trade.maker)}`;
      })
      .join("; ");
  }

  /** "3 BTC +0.5 free -0.1 locked" for each account and asset. */
  function balancesText({ balances }: Outcome): string {
    return balances
      .map(({ accountId, assetId, freeUnits, lockedUnits }) => {
        const asset = core.asset(assetId);
        const text = (units: number) =>
          `${units < 0 ? "-" : "+"}${printDecimal(Math.abs(units), asset?.decimals ?? 0)}`;
        return `${accountId} ${asset?.name} ${text(freeUnits)} free ${text(lockedUnits)} locked`;
      })
      .join("; ");
  }
}

/** RFC 4180. */
export function csvOf(rows: readonly Row[]): string {
  const cell = (value: string | number | boolean | null) => {
    const text = value === null ? "" : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => rowFields.map((field) => cell(row[field])).join(","));
  return `${[rowFields.join(","), ...lines].join("\r\n")}\r\n`;
}
