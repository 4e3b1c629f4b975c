// The one table of operating errors of the engine program (docs/errors.md lists them).
// A rejection is a value, not an error; a bug is `InvariantViolated`.

export type ErrorCode =
  | "OVERLOADED"
  | "UNSUPPORTED_COMMAND"
  | "NOT_SERVING"
  | "CONFIG_INVALID"
  | "JOURNAL_DAMAGED"
  | "REDIS_TOO_OLD"
  | "REDIS_UNREACHABLE"
  | "REDIS_EVICTS"
  | "PORT_TAKEN"
  | "DIRECTORY_IN_USE"
  | "DISK_FULL"
  | "DISK_FAILED"
  | "FRAME_MALFORMED"
  | "FRAME_TOO_LARGE"
  | "FLOW_UNREADABLE"
  | "HISTORY_UNAVAILABLE"
  | "HISTORY_SUPERSEDED"
  | "VERSION_MISMATCH";

const retryableCodes: ReadonlySet<ErrorCode> = new Set([
  "OVERLOADED",
  "NOT_SERVING",
  "REDIS_UNREACHABLE",
  "REDIS_EVICTS",
  "HISTORY_UNAVAILABLE",
]);

/** An operating error. Branch on `code`; `message` says what to do. */
export class CastleError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "CastleError";
    this.code = code;
    this.details = details;
  }

  /** Whether the same call may succeed later. */
  get retryable(): boolean {
    return retryableCodes.has(this.code);
  }
}
