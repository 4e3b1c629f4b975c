// One operation under way: what was sent, what came back. `retry-policy.ts` reads it as an
// observation; only the trading client writes it.

import type { ApiFault } from "./api-errors.ts";
import type { Connection, OrderReport } from "./connection.ts";
import type { Observation } from "./retry-policy.ts";
import type { Parameters, Signer } from "./signer.ts";

export type OperationKind = "place" | "cancel" | "reduce";

/** What became of an operation. Times are wall clock milliseconds. */
export interface Acknowledgement {
  readonly kind: OperationKind;
  /** Of the order, not of the request to cancel it. */
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly outcome: "accepted" | "rejected" | "unknown";
  /** Rejected, but an attempt was never answered and might still arrive. */
  readonly inDoubt: boolean;
  readonly orderId: number;
  /** Of the order, in the API's words; empty where unknown. */
  readonly status: string;
  /** Of the order, as the API prints them; empty where the report did not say. */
  readonly origQty: string;
  readonly executedQty: string;
  readonly errorCode: number;
  readonly errorMessage: string;
  /** When the caller wanted it to be sent: latency counts from here. */
  readonly intendedMs: number;
  readonly firstSentMs: number;
  readonly acknowledgedMs: number;
  readonly attempts: number;
  /** The gateway that gave the answer. */
  readonly via: string;
  /** How it was learned: the answer itself, a later attempt called duplicate, or a query. */
  readonly learnedBy: "answer" | "duplicate" | "query" | "none";
}

export interface Attempt {
  readonly connection: Connection;
  readonly requestId: number;
  readonly isQuery: boolean;
  isAnswered: boolean;
  isLost: boolean;
}

export interface OperationRequest {
  readonly kind: OperationKind;
  readonly method: string;
  readonly params: Parameters;
  readonly signer: Signer;
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly intendedMs: number;
  readonly deadlineMs: number;
  readonly giveUpMs: number;
}

export class Operation implements Observation {
  readonly request: OperationRequest;
  readonly resolve: (acknowledgement: Acknowledgement) => void;
  readonly sends: Attempt[] = [];
  /** Nothing can change before this time unless something is heard. */
  wakeMs = 0;
  isSettled = false;

  report: OrderReport | undefined;
  learnedBy: Acknowledgement["learnedBy"] = "none";
  answeredBy: Connection | undefined;
  rejection: ApiFault | undefined;
  isFoundAbsent = false;
  resendAtMs = 0;
  firstSentMs = 0;
  lastSentMs = 0;
  queries = 0;
  lastQueryMs = 0;
  attempts = 0;

  constructor(request: OperationRequest, resolve: Operation["resolve"]) {
    this.request = request;
    this.resolve = resolve;
  }

  get isAccepted(): boolean {
    return this.report !== undefined;
  }

  get deadlineMs(): number {
    return this.request.deadlineMs;
  }

  get giveUpMs(): number {
    return this.request.giveUpMs;
  }

  get unanswered(): number {
    return this.sends.filter((one) => !one.isQuery && !one.isAnswered).length;
  }

  get unansweredOpen(): number {
    return this.sends.filter((one) => !one.isQuery && !one.isAnswered && !one.isLost).length;
  }

  /** Connections that have brought this operation no answer, or none that told anything. */
  get fruitless(): Connection[] {
    return this.sends.filter((one) => !one.isQuery && !one.isAnswered).map((one) => one.connection);
  }

  /** Connections that carry an attempt nobody has answered yet. */
  get busy(): Connection[] {
    return this.sends
      .filter((one) => !one.isQuery && !one.isAnswered && !one.isLost)
      .map((one) => one.connection);
  }

  acknowledgement(
    outcome: Acknowledgement["outcome"],
    inDoubt: boolean,
    nowMs: number,
  ): Acknowledgement {
    return {
      kind: this.request.kind,
      clientOrderId: this.request.clientOrderId,
      symbol: this.request.symbol,
      outcome,
      inDoubt,
      orderId: this.report?.orderId ?? 0,
      status: this.report?.status ?? "",
      origQty: this.report?.origQty ?? this.report?.qty ?? "",
      executedQty: this.report?.executedQty ?? "",
      errorCode: outcome === "accepted" ? 0 : (this.rejection?.code ?? 0),
      errorMessage: outcome === "accepted" ? "" : (this.rejection?.message ?? ""),
      intendedMs: this.request.intendedMs,
      firstSentMs: this.firstSentMs,
      acknowledgedMs: nowMs,
      attempts: this.attempts,
      via: this.answeredBy?.endpoint.name ?? "",
      learnedBy: this.learnedBy,
    };
  }
}
