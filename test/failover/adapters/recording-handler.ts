// Stand-ins for the network below an SDK client. The recording one is scripted: what each request must be
// and what is answered; an unexpected request, or one left over, fails the test.

import { deepStrictEqual, fail } from "node:assert/strict";
import { Readable } from "node:stream";
import type { AwsAccess } from "../../../failover/adapters/client-options.ts";

/** What goes over the wire, as far as a test looks. */
export interface Sent {
  readonly method: string;
  readonly host: string;
  /** With its query. */
  readonly path: string;
  /** `x-amz-target`, for JSON protocols. */
  readonly target: string | undefined;
  readonly authorization: string;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request's answer, or an error of the network. */
export type Script = (sent: Sent) => Answer | Error | Promise<Answer>;

interface RawRequest {
  readonly method: string;
  readonly hostname: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Stands in the place of the network: every request goes to `answer`. */
export class StandInNetwork {
  readonly sent: Sent[] = [];
  readonly metadata = { handlerProtocol: "http/1.1" };
  private readonly answer: Script;

  constructor(answer: Script) {
    this.answer = answer;
  }

  /** What the adapter under test is made with. */
  get access(): AwsAccess {
    return {
      region: "us-east-1",
      // A name of its own keeps the SDK from looking for credentials on the machine.
      endpoint: "http://aws.test",
      limits: { connectionTimeoutMs: 100, requestTimeoutMs: 100, attempts: 2, callTimeoutMs: 3000 },
      requestHandler: this as unknown as NonNullable<AwsAccess["requestHandler"]>,
    };
  }

  async handle(request: RawRequest): Promise<{ response: object }> {
    const sent = asSent(request);
    this.sent.push(sent);
    const answer = await this.answer(sent);
    if (answer instanceof Error) throw answer;
    const { status, headers, body } = answer;
    return {
      response: {
        statusCode: status,
        headers: { ...headers },
        body: Readable.from([Buffer.from(body)]),
      },
    };
  }

  destroy(): void {
    // Nothing is held open.
  }

  updateHttpClientConfig(): void {
    // Has no configuration.
  }

  httpHandlerConfigs(): object {
    return {};
  }
}

export class RecordingHandler extends StandInNetwork {
  private readonly scripts: Script[];

  /** @param scripts one per request, in order. */
  constructor(...scripts: Script[]) {
    super((sent) => {
      const script = this.scripts.shift();
      if (script === undefined) return fail(`an unexpected request: ${JSON.stringify(sent)}`);
      return script(sent);
    });
    this.scripts = scripts;
  }

  /** Every scripted request was made. */
  assertDone(): void {
    deepStrictEqual(this.scripts.length, 0, "requests that were expected and not made");
  }
}

function asSent(request: RawRequest): Sent {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) query.append(name, `${value}`);
  const text = query.toString();
  return {
    method: request.method,
    host: request.hostname,
    path: text === "" ? request.path : `${request.path}?${text}`,
    target: request.headers["x-amz-target"],
    authorization: request.headers.authorization ?? "",
    body: bodyText(request.body),
  };
}

function bodyText(body: unknown): string {
  if (body === undefined || body === null) return "";
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : String(body);
}

/** An error of the JSON protocols (DynamoDB, Global Accelerator). */
export const jsonError = (name: string, message: string, status = 400): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: JSON.stringify({ __type: `com.amazonaws#${name}`, message }),
});

/** An error of the XML protocols (Route 53, RDS, ElastiCache). */
export const xmlError = (name: string, message: string, status = 400): Answer =>
  xml(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    status,
  );

export const xml = (body: string, status = 200): Answer => ({
  status,
  headers: { "content-type": "text/xml" },
  body: `<?xml version="1.0"?>${body}`,
});

export const json = (body: object): Answer => ({
  status: 200,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: JSON.stringify(body),
});

/** As the network's own errors are. */
export const networkError = (code: string): Error => Object.assign(new Error(code), { code });
