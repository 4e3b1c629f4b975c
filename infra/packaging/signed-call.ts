// One signed call to AWS, with the credentials of the task, pod or host that it runs on. For the few calls that a
// node makes before its program runs or after it has ended: a client of each service would be larger than they are.

import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SignatureV4 } from "@smithy/signature-v4";
import { InfraError } from "../errors.ts";

export interface SignedCall {
  /** As it is signed: acm, s3. */
  readonly service: string;
  readonly region: string;
  readonly method: "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Beside it a start waits, and a host that swallows calls is one of the faults that nodes start in. */
const timeoutMs = 10_000;
const attempts = 4;
const pauseMs = 1_000;

/** @throws InfraError AWS_CALL_FAILED after the last attempt, or at once where another would end the same */
export async function signedCall(call: SignedCall): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await callOnce(call).catch((error: Error) => ({
      problem: error.message,
      mayHelp: true,
    }));
    if (typeof outcome === "string") return outcome;
    if (!outcome.mayHelp || attempt === attempts) {
      const text = `${call.service} ${call.url.host}: ${outcome.problem}`;
      throw new InfraError("AWS_CALL_FAILED", text);
    }
    // All tasks of a zone start at once; ACM gives its keys out one after the other.
    await new Promise((wake) => setTimeout(wake, pauseMs * attempt * (0.5 + Math.random())));
  }
}

async function callOnce(call: SignedCall): Promise<string | { problem: string; mayHelp: boolean }> {
  const { service, region, method, url, body } = call;
  // Any client knows where the credentials of this machine are.
  const { credentials } = new DynamoDBClient({ region }).config;
  const signer = new SignatureV4({
    ...{ credentials, region, service, sha256: Sha256 },
    // S3 takes paths as they are; all others have them escaped once more.
    uriEscapePath: service !== "s3",
  });
  const { protocol, hostname, port, pathname, host } = url;
  const signed = await signer.sign({
    ...{ method, protocol, hostname, path: pathname, query: {}, body },
    ...(port === "" ? {} : { port: Number(port) }),
    headers: { host, ...call.headers },
  });
  const response = await fetch(url, {
    method,
    headers: signed.headers,
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await response.text();
  if (response.ok) return text;
  const problem = `${response.status} ${text.slice(0, 300)}`;
  const isThrottled = response.status === 429 || text.includes("Throttling");
  return { problem, mayHelp: isThrottled || response.status >= 500 };
}

/** SHA-256 as the SDK's signer asks for it. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest());
  }

  reset(): never {
    throw new Error("a hash of the signer is used once");
  }
}

function bytesOf(given: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof given === "string") return Buffer.from(given);
  return given instanceof ArrayBuffer
    ? new Uint8Array(given)
    : new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
}
