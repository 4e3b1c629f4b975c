// Whole steps (ticks, lots) to decimals and back, exactly: no floating point touches a price.

export interface StepSize {
  /** One step in units of 10^-decimals. */
  readonly units: number;
  readonly decimals: number;
}

/** @throws RangeError on anything but a positive plain decimal. */
export function parseStepSize(text: string): StepSize {
  const trimmed = text.includes(".") ? text.replace(/0+$/, "") : text;
  const match = /^(\d+)(?:\.(\d*))?$/.exec(trimmed);
  const units = Number(`${match?.[1] ?? ""}${match?.[2] ?? ""}`);
  if (match === null || units === 0) throw new RangeError(`not a step size: ${text}`);
  return { units, decimals: match[2]?.length ?? 0 };
}

export function toDecimal(steps: number, size: StepSize): string {
  const digits = String(steps * size.units).padStart(size.decimals + 1, "0");
  if (size.decimals === 0) return digits;
  const point = digits.length - size.decimals;
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The nearest number of steps. */
export function toSteps(value: number, size: StepSize): number {
  return Math.round((value * 10 ** size.decimals) / size.units);
}

/** Approximate, for estimates. */
export function approximate(size: StepSize): number {
  return size.units / 10 ** size.decimals;
}
