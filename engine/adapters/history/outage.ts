// Outage: which errors of PostgreSQL pass by themselves, and how long to wait for it. A restart, a
// failover and a lost connection pass; a violated constraint is a bug and does not.

const passingClasses = [
  "08", // connection exception
  "40", // serialization failure, deadlock
  "53", // insufficient resources
  "57", // operator intervention: shutdown, crash, not accepting connections yet, statement timeout
  "58", // system error
];
const passingCodes = new Set([
  "25006", // read-only: a replica that is about to be promoted
  "25P03", // idle in transaction for too long
  "55P03", // lock not available
]);

/** Whether the same step may succeed later. Errors without an SQLSTATE come from the connection. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) {
    return passingCodes.has(code) || passingClasses.includes(code.slice(0, 2));
  }
  return isOfConnection(error);
}

// pg reports a lost connection by message only.
const connectionMessages =
  /Connection terminated|Client has encountered a connection error|not queryable|timeout expired/;

function isOfConnection(error: Error): boolean {
  const code = (error as { code?: unknown }).code;
  const isOfSystem = typeof code === "string" && /^(E[A-Z]+|ERR_STREAM_\w+)$/.test(code);
  const isAggregate = error instanceof AggregateError && error.errors.every(isPassing);
  return isOfSystem || isAggregate || connectionMessages.test(error.message);
}

const pauseMsMin = 20;
const pauseMsMax = 1000;

/** Doubles from 20 ms to 1 s: short for a restart, easy on a database that is coming up. */
export function pauseMs(attempt: number): number {
  return Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(attempt, 16));
}
