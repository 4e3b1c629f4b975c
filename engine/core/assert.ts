// Assertions stay on in production: a wrong state must end the process, so that the standby takes
// over, and never reach a client.

export class InvariantViolated extends Error {
  constructor(mustHold: string) {
    super(`must hold: ${mustHold}`);
    this.name = "InvariantViolated";
  }
}

export function assert(condition: boolean, mustHold: string): asserts condition {
  if (!condition) throw new InvariantViolated(mustHold);
}

/** The end of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new InvariantViolated(`no such case: ${JSON.stringify(value)}`);
}
