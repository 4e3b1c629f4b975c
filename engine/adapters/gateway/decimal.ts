// Decimals at the edge: text to scaled integers and back, exactly, without floats.
// A scaled integer with `decimals` d stands for value * 10^-d. Nothing here rounds.

/** Results of `parseDecimal` that are not numbers of the exchange; all below zero. */
export const MALFORMED = -1;
/** More fractional digits than any asset has. */
export const TOO_PRECISE = -2;
/** Not a multiple of 10^-decimals. */
export const OFF_SCALE = -3;
/** Passes the safe integers. */
export const TOO_LARGE = -4;

/** Fractional digits of every price, quantity and amount that the API prints. */
export const API_DECIMALS = 8;
/** The API's stated range of digits before and after the point. */
const DIGITS_MAX = 20;

const powers = Array.from({ length: 16 }, (_, i) => 10 ** i);
const zeros = Array.from({ length: 9 }, (_, i) => "0".repeat(i));

export function powerOfTen(exponent: number): number {
  return powers[exponent] ?? 10 ** exponent;
}

/** Text of digits with at most one point to a scaled integer, or one of the codes above. */
export function parseDecimal(text: string, decimals: number): number {
  const length = text.length;
  let value = 0;
  let index = 0;
  for (; index < length; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (index === 0 || index > DIGITS_MAX) return MALFORMED;
  let kept = 0;
  let code = 0;
  if (index < length) {
    if (text.charCodeAt(index) !== 46 || index + 1 === length) return MALFORMED;
    const start = index + 1;
    if (length - start > DIGITS_MAX) return MALFORMED;
    for (index = start; index < length; index++) {
      const digit = text.charCodeAt(index) - 48;
      if (digit < 0 || digit > 9) return MALFORMED;
      if (kept < decimals) {
        value = value * 10 + digit;
        kept++;
      } else if (digit !== 0) {
        code = index - start >= API_DECIMALS ? TOO_PRECISE : code === 0 ? OFF_SCALE : code;
      }
    }
  }
  if (code !== 0) return code;
  value *= powerOfTen(decimals - kept);
  // Once past the safe integers a sum only grows, so a rounded intermediate cannot come back.
  return value > Number.MAX_SAFE_INTEGER ? TOO_LARGE : value;
}

/** A scaled safe integer as text with exactly eight fractional digits. */
export function printDecimal(value: number, decimals: number): string {
  if (value < 0) return `-${printDecimal(-value, decimals)}`;
  if (decimals === 0) return `${value}.00000000`;
  const scale = powerOfTen(decimals);
  const fraction = value % scale;
  // Both operands are safe integers and the division leaves no rest: it is exact.
  const whole = (value - fraction) / scale;
  const digits = fraction === 0 ? zeros[decimals] : String(fraction).padStart(decimals, "0");
  return `${whole}.${digits}${zeros[API_DECIMALS - decimals]}`;
}

/** The same for sums that pass the safe integers; `fractionDigits` cuts off, it does not round. */
export function printWide(value: bigint, decimals: number, fractionDigits = API_DECIMALS): string {
  if (value < 0n) return `-${printWide(-value, decimals, fractionDigits)}`;
  const digits = value.toString().padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const fraction = digits.slice(point).padEnd(fractionDigits, "0").slice(0, fractionDigits);
  return `${digits.slice(0, point)}.${fraction}`;
}

/** `tickSize` and the like from the configuration: the fewest decimals that hold it, and its value there. */
export function parseStep(text: string): { decimals: number; step: number } {
  const point = text.indexOf(".");
  const fraction = point < 0 ? "" : text.slice(point + 1).replace(/0+$/, "");
  const decimals = fraction.length;
  return { decimals, step: parseDecimal(text, decimals) };
}
