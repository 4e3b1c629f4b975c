// What every loss of one part must leave untouched. The bound on the gap is the project's promise
// for the silent loss of a zone; a crash that is noticed is over sooner.

import type { Tolerance } from "../experiment.ts";

export const nothingLost: readonly Tolerance[] = [
  { measure: "lost", most: 0 },
  { measure: "duplicated", most: 0 },
  { measure: "contradicted", most: 0 },
  { measure: "unknown", most: 0 },
  { measure: "hashesEqual", is: true },
  { measure: "historyEqual", is: true },
  { measure: "linearizable", is: true },
  { measure: "gapMs", most: 1000 },
];
