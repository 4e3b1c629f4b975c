// The tables of operating errors of the local cluster and its commands, and of moves between regions
// (docs/errors.md lists them).

export type ClusterErrorCode =
  | "ALREADY_RUNNING"
  | "NOT_RUNNING"
  | "NOT_ANSWERING"
  | "PORT_TAKEN"
  | "REDIS_MISSING"
  | "REDIS_TOO_OLD"
  | "REDIS_UNREACHABLE"
  | "POSTGRES_FAILED"
  | "POSTGRES_TOO_OLD"
  | "POSTGRES_UNREACHABLE"
  | "ZONES_UNSUPPORTED"
  | "START_FAILED"
  | "OPTION_INVALID"
  | "NOT_POSSIBLE"
  | "NOT_CONFIRMED"
  | "OPERATION_UNFINISHED"
  | "OPERATION_UNKNOWN"
  | "OPERATION_RUNNING";

/** Branch on `code`; `message` says what to do. */
export class ClusterError extends Error {
  readonly code: ClusterErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ClusterErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ClusterError";
    this.code = code;
    this.details = details;
  }
}

export type FailoverErrorCode =
  | "REGISTER_CONFLICT"
  | "REGISTER_UNREACHABLE"
  | "REGISTER_DAMAGED"
  | "AWS_THROTTLED"
  | "AWS_DENIED"
  | "AWS_UNREACHABLE"
  | "AWS_NOT_FOUND"
  | "AWS_FAILED"
  | "TRAFFIC_UNSAFE"
  | "DATABASE_NOT_MOVED"
  | "JOURNALS_INCOMPARABLE";

const retryableCodes: ReadonlySet<FailoverErrorCode> = new Set([
  "REGISTER_UNREACHABLE",
  "AWS_THROTTLED",
  "AWS_UNREACHABLE",
  "DATABASE_NOT_MOVED",
]);

/** Branch on `code`; `message` says what to do. */
export class FailoverError extends Error {
  readonly code: FailoverErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: FailoverErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "FailoverError";
    this.code = code;
    this.details = details;
  }

  /** Whether the same call may succeed later. Every call of the adapters may be repeated safely. */
  get retryable(): boolean {
    return retryableCodes.has(this.code);
  }
}
