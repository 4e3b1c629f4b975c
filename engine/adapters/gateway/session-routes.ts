// Session routes: what only the WebSocket API has: user data subscriptions, session status, logon.

import { ApiCall } from "./api-call.ts";
import { ApiError, apiErrors } from "./api-error.ts";
import type { Call, Route } from "./call.ts";
import type { GatewayContext } from "./context.ts";
import type { UserStreams } from "./user-streams.ts";

export function sessionRoutes(context: GatewayContext, userStreams: UserStreams): Route[] {
  const { clock } = context;

  const socketOf = (call: Call) => {
    if (!(call instanceof ApiCall)) throw apiErrors.unknownMethod();
    return call.socket;
  };

  function subscribe(call: Call): void {
    const subscription = userStreams.subscribe(call.account.accountId, socketOf(call));
    if (subscription === undefined) throw apiErrors.subscriptionActive();
    call.done(`{"subscriptionId":${subscription.subscriptionId}}`);
  }

  function unsubscribe(call: Call): void {
    const subscriptionId = call.params.integer("subscriptionId");
    if (!userStreams.unsubscribe(socketOf(call), subscriptionId))
      throw new ApiError(400, -2036, "User Data Stream subscription is inactive.");
    call.done("{}");
  }

  /** All keys of this exchange are HMAC keys, and those cannot log on: a session is never authorized. */
  function status(call: Call): void {
    const { connection, subscriptions } = socketOf(call);
    const connectedSince = Math.floor(connection.openedMs);
    call.done(
      `{"apiKey":null,"authorizedSince":null,"connectedSince":${connectedSince},"returnRateLimits":${connection.returnsRateLimits},"serverTime":${Math.floor(clock.nowMs())},"userDataStream":${subscriptions.size > 0}}`,
    );
  }

  function subscriptions(call: Call): void {
    const ids = [...socketOf(call).subscriptions.values()].map(
      ({ subscriptionId }) => `{"subscriptionId":${subscriptionId}}`,
    );
    call.done(`[${ids.join(",")}]`);
  }

  function needsLogon(): void {
    throw new ApiError(
      400,
      -2015,
      "Invalid API-key, IP, or permissions for action.",
      "needs session.logon, which takes Ed25519 keys only; use userDataStream.subscribe.signature",
    );
  }

  const route = (
    method: string,
    security: Route["security"],
    weight: number,
    handle: Route["handle"],
  ): Route => ({ method, security, weight, handle });
  return [
    route("userDataStream.subscribe.signature", "USER_DATA", 2, subscribe),
    route("userDataStream.subscribe", "NONE", 2, needsLogon),
    route("userDataStream.unsubscribe", "NONE", 2, unsubscribe),
    route("session.status", "NONE", 2, status),
    route("session.subscriptions", "NONE", 2, subscriptions),
    route("session.logon", "USER_DATA", 2, () => {
      throw apiErrors.hmacLogon();
    }),
    route("session.logout", "NONE", 2, status),
  ];
}
