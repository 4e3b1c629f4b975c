// Did the hypothesis hold? Pure. A measure that is missing makes the verdict "unknown", which is
// never a pass; a measure outside its tolerance makes it "deviated", whatever else is missing.

import type { Measure, Tolerance } from "./experiment.ts";

export type Verdict = "held" | "deviated" | "unknown";

/** Missing or `undefined`: could not be measured. */
export type Measures = Readonly<Partial<Record<Measure, number | boolean | undefined>>>;

export interface Judgement {
  readonly measure: Measure;
  readonly tolerance: string;
  readonly measured: number | boolean | undefined;
  readonly verdict: Verdict;
}

export function judge(
  tolerances: readonly Tolerance[],
  measures: Measures,
): { readonly verdict: Verdict; readonly judgements: readonly Judgement[] } {
  const judgements = tolerances.map((tolerance): Judgement => {
    const measured = measures[tolerance.measure];
    const isWithin =
      "most" in tolerance ? Number(measured) <= tolerance.most : measured === tolerance.is;
    return {
      measure: tolerance.measure,
      tolerance: "most" in tolerance ? `at most ${tolerance.most}` : String(tolerance.is),
      measured,
      verdict: measured === undefined ? "unknown" : isWithin ? "held" : "deviated",
    };
  });
  const has = (verdict: Verdict) => judgements.some((one) => one.verdict === verdict);
  return {
    verdict: has("deviated") ? "deviated" : has("unknown") ? "unknown" : "held",
    judgements,
  };
}
