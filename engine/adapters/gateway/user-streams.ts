// UserStreams: which WebSocket API connections follow which account. One subscription per account and
// connection; every event reaches all of them, in the journal's order.

import type { ApiSocket } from "./api-socket.ts";

export interface Subscription {
  readonly subscriptionId: number;
  readonly socket: ApiSocket;
}

export class UserStreams {
  readonly #byAccount = new Map<number, Set<Subscription>>();

  isFollowed(accountId: number): boolean {
    return this.#byAccount.has(accountId);
  }

  /** `undefined` where this connection follows the account already. */
  subscribe(accountId: number, socket: ApiSocket): Subscription | undefined {
    if (socket.subscriptions.has(accountId)) return undefined;
    const subscription = { subscriptionId: socket.nextSubscriptionId(), socket };
    socket.subscriptions.set(accountId, subscription);
    const followers = this.#byAccount.get(accountId) ?? new Set();
    followers.add(subscription);
    this.#byAccount.set(accountId, followers);
    return subscription;
  }

  /** All of a connection's where no id is given; false where there is no such subscription. */
  unsubscribe(socket: ApiSocket, subscriptionId?: number): boolean {
    let isFound = subscriptionId === undefined;
    for (const [accountId, subscription] of socket.subscriptions) {
      if (subscriptionId !== undefined && subscription.subscriptionId !== subscriptionId) continue;
      isFound = true;
      socket.subscriptions.delete(accountId);
      const followers = this.#byAccount.get(accountId);
      followers?.delete(subscription);
      if (followers?.size === 0) this.#byAccount.delete(accountId);
    }
    return isFound;
  }

  publish(accountId: number, json: string): void {
    const followers = this.#byAccount.get(accountId);
    if (followers === undefined) return;
    for (const { subscriptionId, socket } of followers)
      socket.send(`{"subscriptionId":${subscriptionId},"event":${json}}`);
  }
}
