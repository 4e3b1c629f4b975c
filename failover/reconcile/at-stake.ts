// AtStake: what the commands that did not make it are worth, asset by asset. Traded: both sides of
// every trade that the new region does not have. Resting: what orders that are not there would still
// have bought or sold. Paid in and out: deposits and withdrawals that are not there.

import { type CoreReader, printDecimal } from "../../engine/index.ts";
import type { Difference } from "./difference.ts";

interface Units {
  traded: bigint;
  resting: bigint;
  paidIn: bigint;
  paidOut: bigint;
}

/** Decimals of the asset. */
export interface AtStake {
  readonly asset: string;
  readonly traded: string;
  readonly resting: string;
  readonly paidIn: string;
  readonly paidOut: string;
}

/** `old` stands at the end of the old region's journal. Assets without anything are left out. */
export function atStake(differences: readonly Difference[], old: CoreReader): AtStake[] {
  const byAsset = new Map<number, Units>();
  const unitsOf = (assetId: number): Units => {
    const units = byAsset.get(assetId) ?? { traded: 0n, resting: 0n, paidIn: 0n, paidOut: 0n };
    byAsset.set(assetId, units);
    return units;
  };
  for (const { kind, command, outcome } of differences) {
    if (kind === "duplicate") continue;
    for (const { symbolId, quantityLots, quoteUnits } of outcome.trades) {
      const instrument = old.instrument(symbolId);
      if (instrument === undefined) continue;
      const baseUnits = BigInt(quantityLots) * BigInt(instrument.lotUnits);
      unitsOf(instrument.baseAssetId).traded += baseUnits;
      unitsOf(instrument.quoteAssetId).traded += BigInt(quoteUnits);
    }
    const resting = restingOf(outcome.placed?.orderId ?? 0, old);
    if (resting !== null) unitsOf(resting.assetId).resting += resting.units;
    const isRefused = outcome.result.startsWith("rejected");
    if (command.kind === "deposit" && !isRefused)
      unitsOf(command.assetId).paidIn += BigInt(command.units);
    if (command.kind === "withdraw" && !isRefused)
      unitsOf(command.assetId).paidOut += BigInt(command.units);
  }
  return [...byAsset]
    .sort(([one], [other]) => one - other)
    .map(([assetId, units]) => {
      const asset = old.asset(assetId);
      const text = (amount: bigint) => decimalOf(amount, asset?.decimals ?? 0);
      return {
        asset: asset?.name ?? `asset ${assetId}`,
        ...{ traded: text(units.traded), resting: text(units.resting) },
        ...{ paidIn: text(units.paidIn), paidOut: text(units.paidOut) },
      };
    });
}

/** What an order that is still open would spend. */
function restingOf(orderId: number, old: CoreReader): { assetId: number; units: bigint } | null {
  const order = orderId === 0 ? undefined : old.order(orderId);
  if (order === undefined || (order.status !== "new" && order.status !== "partiallyFilled"))
    return null;
  const instrument = old.instrument(order.symbolId);
  if (instrument === undefined) return null;
  const lots = BigInt(order.quantityLots - order.executedLots);
  return order.side === "buy"
    ? {
        assetId: instrument.quoteAssetId,
        units: lots * BigInt(order.priceTicks) * BigInt(instrument.tickUnitsPerLot),
      }
    : { assetId: instrument.baseAssetId, units: lots * BigInt(instrument.lotUnits) };
}

/** Sums over many orders may pass the safe integers, which single amounts never do. */
function decimalOf(units: bigint, decimals: number): string {
  if (units <= BigInt(Number.MAX_SAFE_INTEGER)) return printDecimal(Number(units), decimals);
  const scale = 10n ** BigInt(decimals);
  const fraction = (units % scale).toString().padStart(decimals, "0").padEnd(8, "0");
  return `${units / scale}.${fraction}`;
}
