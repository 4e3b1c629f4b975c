// The one table of operating errors of the local cluster and its commands (docs/errors.md lists them).

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
  | "OPTION_INVALID";

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
