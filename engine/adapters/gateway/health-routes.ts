// Health of a gateway on its public port, for what sends clients to it: load balancers and DNS ask every
// few seconds, so the answer is two comparisons, and nobody may keep it.
// `/live`: 200 as long as this process answers, whatever the engines do: for whoever replaces what fails
// (decision 10). `/health`: 200 wherever this gateway reaches a serving primary, be it in another
// region: it can serve clients. `/health/primary`: 200 only where that primary is of this gateway's own
// region, which is then the active one. Else 503.

import type { HttpResponse, TemplatedApp } from "uWebSockets.js";
import type { ExchangePort } from "../exchange-port.ts";

export function listenForHealth(app: TemplatedApp, port: ExchangePort): void {
  app.get("/live", (response) => answer(response, port, true));
  app.get("/health", (response) => answer(response, port, port.isServing));
  app.get("/health/primary", (response) => answer(response, port, port.isPrimaryHere));
}

function answer(response: HttpResponse, port: ExchangePort, isHealthy: boolean): void {
  const { isServing, isPrimaryHere, epoch } = port;
  response.writeStatus(isHealthy ? "200 OK" : "503 Service Unavailable");
  response.writeHeader("content-type", "application/json;charset=UTF-8");
  response.writeHeader("cache-control", "no-store");
  response.end(JSON.stringify({ isServing, isPrimaryHere, epoch }));
}
