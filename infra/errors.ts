// Operating errors of the infrastructure program and its commands (docs/errors.md lists them).

export type InfraErrorCode =
  | "STACK_CONFIG_INVALID"
  | "STACK_UNKNOWN"
  | "STACKS_DISAGREE"
  | "STACK_NOT_DEPLOYED"
  | "ARTEFACT_MISSING"
  | "INSTANCE_TYPE_UNFIT"
  | "SECRET_MISSING"
  | "AWS_CALL_FAILED";

/** Branch on `code`; `message` says what to do. */
export class InfraError extends Error {
  readonly code: InfraErrorCode;

  constructor(code: InfraErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "InfraError";
    this.code = code;
  }
}
