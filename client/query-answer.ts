// What an order's status says about an operation on it: done, not done, or nothing.

import { classify } from "./api-errors.ts";
import type { OrderReport, Reply } from "./connection.ts";
import type { OperationRequest } from "./operation.ts";

export type QueryFinding =
  | { readonly kind: "done"; readonly report: OrderReport }
  /** It has not taken effect up to the query. */
  | { readonly kind: "notDone" }
  | { readonly kind: "nothing" };

export function interpretQuery(
  request: Pick<OperationRequest, "kind" | "params">,
  reply: Reply,
): QueryFinding {
  if (reply.error !== undefined) {
    const fault = classify(reply.status, reply.error.code, reply.error.msg);
    return fault.kind === "absent" ? { kind: "notDone" } : { kind: "nothing" };
  }
  const report = reply.result as OrderReport;
  if (request.kind === "place") return { kind: "done", report };
  if (request.kind === "cancel") {
    return report.status === "CANCELED" ? { kind: "done", report } : { kind: "notDone" };
  }
  const isReduced = Number(report.origQty) === Number(request.params.newQty);
  return isReduced ? { kind: "done", report } : { kind: "notDone" };
}
