// The one table of operating errors of drills (docs/errors.md lists them).

export type ChaosErrorCode =
  | "DRILL_INTERRUPTED"
  | "DRILL_ABORTED"
  | "LOAD_FAILED"
  | "BLAST_RADIUS_EXCEEDED"
  | "NO_TARGET"
  | "FAULT_UNSUPPORTED"
  | "DRILL_OPTION_INVALID";

/** Branch on `code`; `message` says what to do. */
export class ChaosError extends Error {
  readonly code: ChaosErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ChaosErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ChaosError";
    this.code = code;
    this.details = details;
  }
}
