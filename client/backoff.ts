// How long to wait before the next try: grows by two, is bounded, and carries full jitter on its
// upper half, so that clients that lost one gateway together do not come back together.

export interface BackoffOptions {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** @param failures counts from 1. @param chance is in [0, 1). */
export function backoffMs(options: BackoffOptions, failures: number, chance: number): number {
  const ceilingMs = Math.min(options.mostMs, options.firstMs * 2 ** Math.min(failures - 1, 30));
  return ceilingMs * (0.5 + chance / 2);
}
