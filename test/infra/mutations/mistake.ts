// Mistakes in what a stack registers, one each: where it is planted, and who must catch it. A row whose
// type a stack does not have is left out, and the test counts what it has shown.

export const plantedStacks = [
  "global",
  "prod",
  "dr",
  "seed-000",
  "seed-001",
  "seed-003",
  "seed-004",
] as const;

type Inputs = Readonly<Record<string, unknown>>;

export interface ResourceMistake {
  readonly mistake: string;
  /** A stack, or an example where no stack has it. */
  readonly stack: (typeof plantedStacks)[number];
  readonly type: string;
  /** End of the logical name, where the first of its type will not do. */
  readonly nameEnd?: string;
  readonly caughtBy: "schema" | "range" | "policy";
  /** What the fault says. */
  readonly says: RegExp;
  readonly inputs?: (inputs: Inputs) => Inputs;
  readonly options?: { readonly protect?: boolean; readonly ignoreChanges?: readonly string[] };
  /** The resource is forgotten altogether. */
  readonly isForgotten?: boolean;
}

export const having =
  (changes: Inputs) =>
  (inputs: Inputs): Inputs => ({ ...inputs, ...changes });
export const without =
  (key: string) =>
  (inputs: Inputs): Inputs =>
    Object.fromEntries(Object.entries(inputs).filter(([one]) => one !== key));
export const nested =
  (key: string, changes: Inputs) =>
  (inputs: Inputs): Inputs => ({ ...inputs, [key]: { ...(inputs[key] as Inputs), ...changes } });
export const firstOf =
  (key: string, changes: Inputs) =>
  (inputs: Inputs): Inputs => {
    const [first, ...others] = inputs[key] as Inputs[];
    return { ...inputs, [key]: [{ ...first, ...changes }, ...others] };
  };
export const allowing = (action: string, resource: string) => () => ({
  role: "role",
  policy: JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: action, Resource: resource }],
  }),
});
