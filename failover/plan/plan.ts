// Plan: what an operation does, as ordered steps. A step first looks whether its effect is there already, so
// that a plan which was interrupted anywhere is simply run again: done steps are skipped. What a later
// step needs of an earlier one is its note, which the operation log keeps across a crash.

/** What a step found out, by its id: plain JSON. */
export type Notes = ReadonlyMap<string, unknown>;

export interface Step {
  readonly id: string;
  /** One sentence for people: shown by --dry-run and while it runs. */
  readonly what: string;
  /** What it takes when all is well. It is cut off at a multiple of it. */
  readonly budgetMs: number;
  /** Orders or data may suffer, or clients notice: asks for consent. */
  readonly isDestructive: boolean;
  /** An accelerator, or a courtesy to what may be dead: its failure is recorded and the plan goes on. */
  readonly isOptional?: boolean;
  isDone(signal: AbortSignal, notes: Notes): Promise<boolean>;
  /** Resolves with its note, when the effect is there. */
  run(signal: AbortSignal, notes: Notes): Promise<unknown>;
}

export interface Plan {
  readonly verb: string;
  /** One sentence. */
  readonly title: string;
  /** From these the same plan is built again after a crash: plain JSON. */
  readonly parameters: object;
  readonly by: string;
  readonly reason: string;
  readonly steps: readonly Step[];
}

export const budgetOf = ({ steps }: Plan): number =>
  steps.reduce((sumMs, step) => sumMs + step.budgetMs, 0);
