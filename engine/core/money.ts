// Money: exact integer arithmetic on doubles. Sums and products stay safe integers by the checks
// before an order is accepted; a fee is computed in two parts, because amount times rate may not fit.

const PPM = 1_000_000;

/** A fee in parts per million of an amount, rounded up to a unit; never more than the amount. */
export function feeUnits(amountUnits: number, ppm: number): number {
  if (ppm === 0) return 0;
  // Exact: quotients stay below 2^34, where doubles lie 2^-19 apart, so one that is 10^-6 below an
  // integer is never rounded up to it.
  const millions = Math.floor(amountUnits / PPM);
  const rest = amountUnits - millions * PPM;
  // rest * ppm < 10^12, and a quotient of that size rounds up only where it is not whole.
  return millions * ppm + Math.ceil((rest * ppm) / PPM);
}

/** Whole lots that an amount pays for at a price per lot. */
export function wholeLots(amountUnits: number, unitsPerLot: number): number {
  const lots = Math.floor(amountUnits / unitsPerLot);
  return lots * unitsPerLot > amountUnits ? lots - 1 : lots;
}

/** An integer from 1 to 2^53 - 1. Safe for any double, also those that no honest client sends. */
export function isPositiveInteger(value: number): boolean {
  return value >= 1 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value;
}
