// A finding of castle doctor: what is wrong or well, and what to do. Pure checks make them from what was gathered.

export interface Finding {
  readonly id: string;
  readonly level: "ok" | "warn" | "fail";
  readonly text: string;
  /** What to do; absent where all is well. */
  readonly advice?: string;
}

export const well = (id: string, text: string): Finding => ({ id, level: "ok", text });
export const bad = (level: "warn" | "fail", id: string, text: string, advice: string): Finding => ({
  id,
  level,
  text,
  advice,
});
