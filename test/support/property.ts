// Properties whose failure is one line to paste: fast-check prints seed and path, and FC_SEED and
// FC_PATH run exactly that case again.

import fc from "fast-check";

export function property<Ts extends [unknown, ...unknown[]]>(
  checked: fc.IPropertyWithHooks<Ts>,
  runs: number,
): void {
  const { FC_SEED, FC_PATH } = process.env;
  fc.assert(checked, {
    numRuns: runs,
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
  });
}
