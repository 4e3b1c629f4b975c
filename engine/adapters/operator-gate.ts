// OperatorGate: POST /admin/<verb> of a status port (engine/admin.ts): who may ask, and whether what was
// asked can be read. The verbs themselves are carried out behind it.

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { type AdminAnswer, type AdminVerb, adminRequests } from "../admin.ts";

export type AdminRequest<V extends AdminVerb = AdminVerb> = z.infer<(typeof adminRequests)[V]>;

/** A verb carried out; `isDone: false` is answered with 409 and says why in `code`. */
export type CarryOut = (verb: AdminVerb, request: AdminRequest) => Promise<AdminAnswer>;

/** Far above any request; what is longer is none. */
const bodyBytesMax = 16_384;

const isVerb = (text: string): text is AdminVerb => Object.hasOwn(adminRequests, text);

/** Equal lengths whatever was sent, so that the time tells nothing of the token. */
function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

export class OperatorGate {
  private readonly expected: Buffer | null;
  private readonly carryOut: CarryOut;

  /** Without a token nobody may ask. */
  constructor(token: string | undefined, carryOut: CarryOut) {
    this.expected = token === undefined ? null : digestOf(`Bearer ${token}`);
    this.carryOut = carryOut;
  }

  /** `path` is what follows /admin/. */
  async handle(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, answer } = await this.answer(path, request);
    const text = JSON.stringify(answer);
    response.writeHead(status, { "content-type": "application/json" }).end(`${text}\n`);
  }

  private async answer(
    path: string,
    request: IncomingMessage,
  ): Promise<{ status: number; answer: AdminAnswer }> {
    if (!this.isAllowed(request.headers.authorization ?? "")) {
      return refusal(403, "FORBIDDEN", "the operators' token is missing or wrong");
    }
    if (!isVerb(path)) return refusal(404, "UNKNOWN_VERB", `there is no verb ${path}`);
    if (request.method !== "POST") return refusal(405, "NOT_POST", "operators' verbs are POST");
    const parsed = adminRequests[path].safeParse(await bodyOf(request));
    if (!parsed.success) return refusal(400, "MALFORMED", z.prettifyError(parsed.error));
    const answer = await this.carryOut(path, parsed.data);
    return { status: answer.isDone ? 200 : 409, answer };
  }

  private isAllowed(header: string): boolean {
    return this.expected !== null && timingSafeEqual(this.expected, digestOf(header));
  }
}

function refusal(status: number, code: string, message: string) {
  return { status, answer: { isDone: false, code, message } };
}

/** `undefined` where it is too long or no JSON: no schema fits that. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > bodyBytesMax) return undefined;
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}
