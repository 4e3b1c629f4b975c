// One call to AWS: ended by the caller's signal or the call's own limit, its error one of the table.
// An SDK does not heed a signal while it pauses between attempts or looks for credentials, so the
// wait for it is cut here. What was cut may still happen: every call of the adapters can be repeated.

import { FailoverError, type FailoverErrorCode } from "../errors.ts";
import { type CallLimits, controlLimits } from "./client-options.ts";

/** @throws FailoverError AWS_THROTTLED, AWS_DENIED, AWS_UNREACHABLE, AWS_NOT_FOUND or AWS_FAILED. */
export async function awsCall<T>(
  name: string,
  signal: AbortSignal,
  send: (signal: AbortSignal) => Promise<T>,
  limits: CallLimits = controlLimits,
): Promise<T> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(limits.callTimeoutMs)]);
  try {
    bounded.throwIfAborted();
    return await untilAborted(send(bounded), bounded);
  } catch (error) {
    throw asFailoverError(name, error);
  }
}

/** Settles with the work, or fails with the signal. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

const throttledNames: ReadonlySet<string> = new Set([
  "LimitExceededException",
  "PriorRequestNotComplete",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ReplicatedWriteConflictException",
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
]);

const deniedNames: ReadonlySet<string> = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "MissingAuthenticationToken",
  "OptInRequired",
  "SignatureDoesNotMatch",
  "TokenRefreshRequired",
  "UnrecognizedClientException",
]);

const unreachableNames: ReadonlySet<string> = new Set(["AbortError", "TimeoutError"]);

const unreachableCodes: ReadonlySet<string> = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/** Whether a call ended by one of AWS's own errors of these names. */
export const isAwsError = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof FailoverError && names.includes(String(error.details.name));

/** The SDK's word for what happened: the name of AWS's own error, or of the network's. */
const errorNameOf = (error: unknown): string =>
  error instanceof Error ? error.name : String(error);

function asFailoverError(call: string, error: unknown): FailoverError {
  if (error instanceof FailoverError) return error;
  const name = errorNameOf(error);
  const code = codeOf(name, error);
  const words = error instanceof Error ? error.message : String(error);
  const message = `${call}: ${words === "" || words === name ? name : `${name}: ${words}`}`;
  return new FailoverError(code, message, { call, name }, { cause: error });
}

function codeOf(name: string, error: unknown): FailoverErrorCode {
  if (throttledNames.has(name)) return "AWS_THROTTLED";
  if (deniedNames.has(name)) return "AWS_DENIED";
  if (unreachableNames.has(name) || unreachableCodes.has(networkCodeOf(error))) {
    return "AWS_UNREACHABLE";
  }
  const status = statusOf(error);
  // 5xx after all attempts: the service is there and unwell, which is no other case for us.
  if (status !== undefined && status >= 500) return "AWS_UNREACHABLE";
  if (status === 429) return "AWS_THROTTLED";
  return /NotFound(Exception|Fault)?$|^NoSuch/.test(name) ? "AWS_NOT_FOUND" : "AWS_FAILED";
}

const networkCodeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("$metadata" in error)) return undefined;
  const metadata = error.$metadata as { readonly httpStatusCode?: number };
  return metadata.httpStatusCode;
}
